"""Pictures and frames of videos as the trainer reads them, made small.

The trainer opens images with Pillow and converts them to RGB: it takes the first frame of an animation, drops an
alpha channel, and ignores the orientation that EXIF tells. What looks different elsewhere for that reason is said in
a note.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from wantui import reading
from wantui.dataset.errors import BROKEN_IMAGE, MediaError
from wantui.dataset.presentation import Otherwise, declared
from wantui.dataset.video import read_frames

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # it would be written across the screen


class StillError(Exception):
    """A picture that cannot be shown; the message is a sentence about it, without its name."""


@dataclass(frozen=True, slots=True)
class Still:
    """A small picture."""

    image: Image.Image
    """In RGB."""
    note: str = ""
    """How the trainer sees the file otherwise than other programs do; empty where it does not."""


def read_still(path: Path, side: int) -> Still:
    """An image as the trainer reads it.

    Args:
        path: the file.
        side: pixels that neither side is to exceed by much; a JPEG is decoded at no more than it takes.

    Raises:
        StillError: the trainer could not read it either.
    """
    try:
        with reading.open_file(path) as file, Image.open(file) as image:
            note = _note(image)
            image.draft("RGB", (side, side))
            return Still(shrunk(image.convert("RGB"), side), note)
    except UnidentifiedImageError as error:
        raise StillError("this is no image that can be read") from error
    except Image.DecompressionBombError as error:
        raise StillError("it has more pixels than the trainer opens (179 million)") from error
    except BROKEN_IMAGE as error:
        raise StillError(f"cannot be read: {error}") from error


def read_stills(path: Path, frames: Sequence[int], side: int) -> dict[int, Still]:
    """Frames of a video.

    Args:
        path: a video file, or a folder of images.
        frames: which, from 0, as they are in the file.
        side: pixels that neither side is to exceed.

    Raises:
        StillError: one of them cannot be decoded.
    """
    try:
        return {number: Still(shrunk(image, side)) for number, image in read_frames(path, frames)}
    except MediaError as error:
        raise StillError(f"the video {error}") from error
    except (*BROKEN_IMAGE, Image.DecompressionBombError) as error:
        raise StillError(f"cannot be read: {error}") from error


def shrunk(image: Image.Image, side: int) -> Image.Image:
    """The picture with no side over `side`; never enlarged."""
    scale = side / max(image.size)
    if scale >= 1:
        return image
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


_NOTES = {
    Otherwise.DEEP: "16-bit grey: the trainer turns nearly all of it white; save it with 8 bits",
    Otherwise.TURNED: "EXIF turns it elsewhere; the trainer reads it as shown",
    Otherwise.ANIMATED: "animated: the trainer takes the first frame",
    Otherwise.TRANSPARENT: "transparent elsewhere; the trainer drops the alpha channel",
}


def _note(image: Image.Image) -> str:
    otherwise = declared(image)
    return "" if otherwise is None else _NOTES[otherwise]
