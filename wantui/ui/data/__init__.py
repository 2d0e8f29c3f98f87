"""What the screen shows, as values: the seam to the rooms below, and what is computed without drawing."""
