"""What is done after a run, once: its release is uploaded, and then a command of the person's is run."""
