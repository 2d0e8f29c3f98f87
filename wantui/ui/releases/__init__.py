"""Releasing and pruning the checkpoints of a run on the screen."""
