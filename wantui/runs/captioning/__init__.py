"""The job that proposes captions."""
