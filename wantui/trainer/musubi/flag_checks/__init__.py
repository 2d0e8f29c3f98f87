"""What the training script refuses of its flags only once caches and model are loaded, known before the start."""
