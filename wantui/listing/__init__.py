"""The dataset as a list: rows, order, selection, marks, filters."""
