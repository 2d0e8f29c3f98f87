"""The built-in trainer: the same flags, files and output as musubi-tuner's, without a GPU or weights."""
