"""The job table: runs, their jobs, and what is done with them."""
