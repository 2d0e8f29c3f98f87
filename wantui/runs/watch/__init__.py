"""The process that encodes again what has changed on the disk."""
