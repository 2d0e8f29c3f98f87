"""A post-hoc EMA of a run's checkpoints: which files, and the job that makes it."""
