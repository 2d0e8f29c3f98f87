"""The screen on which one works: its panes, and what keeps them up to date."""
