"""The report of a run: what it took and what has come of it, as one page, as a few lines, and as numbers."""
