"""Runs and their jobs: states, records on disk, logs."""
