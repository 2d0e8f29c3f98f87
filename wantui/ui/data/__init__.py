"""What the screen shows, as values: the seam to the rooms below, and everything that can be computed without drawing."""
