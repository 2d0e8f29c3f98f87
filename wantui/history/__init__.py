"""What has been: steps of trainings, readings of GPUs and host, and events, kept for a year and more."""
