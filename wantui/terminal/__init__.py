"""The terminal in front of the person: what it can show, and how that is found out."""
