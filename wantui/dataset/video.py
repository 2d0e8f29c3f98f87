"""The size and length of videos, as the trainer's decoder sees them."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from wantui.dataset.media import IMAGE_SUFFIXES, MediaError, is_taken
from wantui.dataset.media import image_size as size_of_image

if TYPE_CHECKING:
    from pathlib import Path


class VideoShape(NamedTuple):
    """What is known of a video."""

    width: int
    """In pixels."""
    height: int
    frames: int
    """Frames in the file, before resampling."""
    changed_ns: int
    """Modification time in nanoseconds since 1970."""


def video_shape(path: Path) -> VideoShape:
    """Size and length of a video, or of a folder of images, which the trainer takes for one.

    Raises:
        MediaError: the trainer could not decode it.
    """
    try:
        state = path.stat()
    except FileNotFoundError as error:
        raise MediaError("is not there") from error
    except OSError as error:
        raise MediaError(f"cannot be read: {error.strerror}") from error
    if path.is_dir():
        return _folder_shape(path, state.st_mtime_ns)
    return VideoShape(*_measured(path, state.st_mtime_ns, state.st_size), state.st_mtime_ns)


def _folder_shape(folder: Path, changed_ns: int) -> VideoShape:
    names = sorted(name for name in os.listdir(folder) if is_taken(name, IMAGE_SUFFIXES))  # noqa: PTH208  names only
    if not names:
        raise MediaError("is a folder without images")
    (width, height), image_changed_ns = size_of_image(folder / names[0])
    return VideoShape(width, height, len(names), max(changed_ns, image_changed_ns))


@lru_cache(maxsize=4096)
def _measured(path: Path, changed_ns: int, size: int) -> tuple[int, int, int]:  # noqa: ARG001  part of the key
    """Width, height and frames. Counts packets: what the container says of its length may be nothing or wrong."""
    import av  # noqa: PLC0415  slow to import, and most datasets have no video

    try:
        with av.open(path) as container:
            if not container.streams.video:
                raise MediaError("has no video in it")
            stream = container.streams.video[0]
            frames = sum(1 for packet in container.demux(stream) if packet.size and not packet.is_discard)
            width, height = stream.codec_context.width, stream.codec_context.height
    except (av.error.FFmpegError, OSError) as error:
        raise MediaError(f"is not a video that can be read: {error.strerror}") from error
    if not frames or not width or not height:
        raise MediaError("has no frames")
    return width, height, frames
