"""The checkpoints of a run: a list, what one file says about itself, and the form for an average."""
