"""Pictures that are trained otherwise than people see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.dataset.lint.telling import warning
from wantui.dataset.presentation import Otherwise

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Problem

_SAYS = {
    Otherwise.TURNED: (
        "EXIF has other programs turn it; the trainer reads it as it is stored, lying or upside down",
        "save it upright",
    ),
    Otherwise.DEEP: (
        "grey of more than 8 bits: the trainer cuts it off at 255, and nearly all of it is white",
        "save it with 8 bits",
    ),
    Otherwise.TRANSPARENT: (
        "partly transparent: the trainer drops the alpha channel and trains on the colours behind it, often black",
        "put it on a background",
    ),
    Otherwise.ANIMATED: (
        "animated: the trainer takes the first frame alone",
        "save the frame that is meant as a picture of its own",
    ),
}


def problem(path: Path, otherwise: Otherwise) -> Problem:
    """What is told of an image."""
    message, fix = _SAYS[otherwise]
    return warning(otherwise.value, path, message, fix)


def turned_clip(path: Path, degrees: int) -> Problem:
    """What is told of a clip with a display matrix."""
    message = f"players turn it by {degrees} degrees; the trainer reads it as it is stored"
    return warning("turned-clip", path, message, "encode it again upright, as `ffmpeg -i OLD NEW` does")
