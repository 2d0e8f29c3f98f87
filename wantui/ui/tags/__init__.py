"""The tags of the items with their counts."""
