"""The seam to a trainer: command lines in, progress and causes of failure out."""
