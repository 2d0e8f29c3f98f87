"""The headless verbs."""
