"""The panes and lines of the screen, one a module; most draw line by line and only what is seen."""
