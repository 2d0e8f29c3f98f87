"""The log of a job, or of all jobs of a run."""
