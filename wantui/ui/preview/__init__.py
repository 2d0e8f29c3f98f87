"""Pictures and clips on the screen."""
