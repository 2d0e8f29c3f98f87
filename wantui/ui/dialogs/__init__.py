"""Dialogs and the fields that they are made of."""
