"""How the trainer sees media otherwise than other programs show them.

It opens images with Pillow, converts them to RGB, and encodes what that gives: it takes the first frame of an
animation, drops an alpha channel, clips 16-bit greys to 255, and obeys no orientation that EXIF tells; of clips it
obeys no display matrix (`load_video`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from wantui.dataset.errors import BROKEN_IMAGE

if TYPE_CHECKING:
    from PIL.Image import Image

ORIENTATION = 0x0112
"""The EXIF tag of how a picture is to be turned (EXIF 2.32, 4.6.4 A)."""
UPRIGHT = 1
_OPAQUE = 255


class Otherwise(StrEnum):
    """In what way; each is the code of its problem."""

    TURNED = "exif-turned"
    DEEP = "sixteen-bit-image"
    TRANSPARENT = "transparent-image"
    ANIMATED = "animated-image"


def declared(image: Image) -> Otherwise | None:
    """How an image that is open differs, by its header alone: what may be transparent counts as transparent."""
    if image.mode.startswith(("I", "F")):
        return Otherwise.DEEP
    if orientation(image) != UPRIGHT:
        return Otherwise.TURNED
    if getattr(image, "is_animated", False):
        return Otherwise.ANIMATED
    return Otherwise.TRANSPARENT if has_alpha(image) else None


def is_seen_through(image: Image) -> bool:
    """Whether an image with an alpha channel has a pixel that is not opaque; it is decoded for that."""
    lowest, _ = image.convert("RGBA").getchannel("A").getextrema()
    return lowest != _OPAQUE


def has_alpha(image: Image) -> bool:
    """Whether an image has an alpha channel, or a colour that stands for transparency."""
    return image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info


def orientation(image: Image) -> int:
    """How EXIF has other programs turn an image, 1 to 8; broken EXIF is no concern of the trainer's.

    Raises:
        OSError, ValueError, ...: a PNG is damaged: its EXIF may stand behind the picture, which is decoded therefore.
    """
    if image.format == "PNG":
        image.load()
    try:
        found = int(image.getexif().get(ORIENTATION, UPRIGHT))
    except BROKEN_IMAGE:
        return UPRIGHT
    return found if found in range(UPRIGHT, 9) else UPRIGHT
