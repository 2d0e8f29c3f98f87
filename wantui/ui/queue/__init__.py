"""The runs that wait, and their order."""
