"""What a cache run encodes again, and that it comes to the same as encoding everything."""
