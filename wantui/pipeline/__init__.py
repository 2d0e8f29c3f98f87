"""A run, from the request to two LoRA files: the plan, and the gates its jobs pass."""
