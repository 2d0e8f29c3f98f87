"""What the user trains on: ``dataset.toml``, media, captions, buckets and steps, by the trainer's own rules."""
