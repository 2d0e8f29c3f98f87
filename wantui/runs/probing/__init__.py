"""Asking the checkpoints of a run for their loss on items, held-out ones above all; what it says of over-fitting."""
