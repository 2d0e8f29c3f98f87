"""Whole screens: the work screen, and the ones that are laid over it when asked for."""
