"""The weight files: which there are, how they get here whole, and whether they still are."""
