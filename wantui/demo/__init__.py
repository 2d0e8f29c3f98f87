"""The sample workspace of ``wantui demo``: pictures drawn on the spot, their captions, and settings."""
