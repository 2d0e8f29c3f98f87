"""What the headers of the trainer's cache files tell of how they were made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.caches.content import text_digest

if TYPE_CHECKING:
    from wantui.caches.header import Header

ARCHITECTURE = "wan"
FOREIGN = "made for another model"
REHEARSAL = "wantui.rehearsal"
"""In the metadata of everything that the built-in rehearsal trainer writes: it must never pass for the real thing."""
_LATENTS_TENSOR = re.compile(r"latents_(\d+)x(\d+)x(\d+)_")


@dataclass(frozen=True, slots=True)
class LatentsFacts:
    """What the header of a latent cache tells."""

    frames: int
    """Of the latents, like `height` and `width`."""
    height: int
    width: int
    frame_count: str | None
    """Pixel frames of a clip, as it is written there; None for an image."""
    has_first_frame: bool
    """Whether image-to-video can be trained on it."""
    has_control: bool
    is_rehearsal: bool
    """Whether the rehearsal trainer made it."""


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What the header of a text encoder's cache tells."""

    caption: str | None
    """Digest of the caption that was encoded."""
    is_rehearsal: bool
    """Whether the rehearsal trainer made it."""


def latents_facts(header: Header) -> LatentsFacts | str:
    """The facts of a latent cache; or why it is none."""
    if header.metadata.get("architecture") != ARCHITECTURE:
        return FOREIGN
    found = next((found for name in header.shapes if (found := _LATENTS_TENSOR.match(name))), None)
    if found is None:
        return "holds no latents"
    frames, height, width = map(int, found.groups())
    first_frame, control = _has(header, "latents_image_"), _has(header, "latents_control_")
    frame_count, is_rehearsal = header.metadata.get("frame_count"), REHEARSAL in header.metadata
    return LatentsFacts(frames, height, width, frame_count, first_frame, control, is_rehearsal)


def text_facts(header: Header) -> TextFacts | str:
    """The facts of a text encoder's cache; or why it is none."""
    if header.metadata.get("architecture") != ARCHITECTURE or not _has(header, "varlen_t5_"):
        return FOREIGN
    caption = header.metadata.get("caption1")
    digest = text_digest(caption) if isinstance(caption, str) else None
    return TextFacts(digest, REHEARSAL in header.metadata)


def _has(header: Header, prefix: str) -> bool:
    return any(name.startswith(prefix) for name in header.shapes)
