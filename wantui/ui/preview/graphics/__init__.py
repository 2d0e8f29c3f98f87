"""Pictures as a terminal takes them: half-cells, sixel, kitty."""
