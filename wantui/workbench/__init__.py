"""Work on a dataset: what to look at, what to change, and how to take it back. No screen needed."""
