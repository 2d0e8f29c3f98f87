"""Every change of a person's files: written down before, taken back after; trash and imports."""
