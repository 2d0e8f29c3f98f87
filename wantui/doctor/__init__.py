"""What this machine has and lacks for a night of training, and how to fix it."""
