"""Pictures as a terminal takes them: half-cells, quadrants, sextants, sixel, kitty."""
