"""The names that the trainer gives its cache files.

Both are named after the stem of the media file. The trainer globs for the endings, and deletes every match that
belongs to no item.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wantui.dataset.model import Clip

LATENTS_ENDING = "_wan.safetensors"
TEXT_ENDING = "_wan_te.safetensors"

_IMAGE_NAME = re.compile(r"(.+)_\d{4,}x\d{4,}_wan\.safetensors", re.DOTALL)
_CLIP_NAME = re.compile(r"(.+)_\d{5,}-\d{3,}_\d{4,}x\d{4,}_wan\.safetensors", re.DOTALL)


def image_latents_name(stem: str, width: int, height: int) -> str:
    """The latent cache of an image; `width` and `height` are those of the original, in pixels."""
    return f"{stem}_{width:04d}x{height:04d}{LATENTS_ENDING}"


def clip_latents_name(stem: str, clip: Clip, bucket: tuple[int, int]) -> str:
    """The latent cache of one clip of a video; the size in its name is the bucket's."""
    return f"{stem}_{clip.start:05d}-{clip.frames:03d}_{bucket[0]:04d}x{bucket[1]:04d}{LATENTS_ENDING}"


def text_name(stem: str) -> str:
    """The text encoder's cache, shared by all clips of a video."""
    return f"{stem}{TEXT_ENDING}"


def latents_stem(name: str, *, is_video: bool) -> str | None:
    """The stem of the media that a latent cache was made of; None when the trainer gives no such name.

    Args:
        name: a file name.
        is_video: whether it lies in the cache folder of videos; it may still be left over from images.
    """
    found = (_CLIP_NAME.fullmatch(name) if is_video else None) or _IMAGE_NAME.fullmatch(name)
    return found[1] if found else None


def text_stem(name: str) -> str | None:
    """The stem of the media that a text cache was made for; None when it is no text cache."""
    return name.removesuffix(TEXT_ENDING) if name.endswith(TEXT_ENDING) else None
