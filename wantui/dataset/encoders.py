"""What WAN's VAE and its text encoder make of media and captions: the shapes of what is cached."""

from __future__ import annotations

LATENT_CHANNELS = 16
"""Numbers that the VAE makes of a block of pixels."""
PIXELS_A_LATENT = 8
"""Pixels each way that one latent covers."""
FRAMES_A_LATENT = 4
"""Frames that every latent after the first covers; the first covers one."""
TEXT_WIDTH = 4096
"""Numbers a token, as umT5-xxl has them."""
MOST_TOKENS = 512
"""Tokens that the text encoder takes (``text_len`` of the trainer's ``wan/configs/shared_config.py``); the rest of a
caption is cut off."""


def latent_frames(frames: int) -> int:
    """Frames of the latents of a clip of `frames` frames."""
    return 1 + (frames - 1) // FRAMES_A_LATENT
