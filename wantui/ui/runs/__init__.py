"""Runs on the screen: the form, the job table, logs, curves, reports."""
