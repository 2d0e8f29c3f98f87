"""The LoRA files of a run as something to hand out: one folder with all that belongs to it."""
