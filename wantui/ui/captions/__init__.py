"""Captions on the screen: seen, edited, compared, proposed."""
