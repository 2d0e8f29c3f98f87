"""The curves of runs on the whole screen."""
