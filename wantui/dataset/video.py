"""The size, length and frames of videos, as the trainer's decoder sees them."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from wantui.dataset.clips import TARGET_FPS
from wantui.dataset.media import IMAGE_SUFFIXES, MediaError, is_taken
from wantui.dataset.media import image_size as size_of_image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from PIL.Image import Image

SEEK_FROM = 8
"""Frames from the start that are decoded one after the other rather than sought."""


class VideoShape(NamedTuple):
    """What is known of a video."""

    width: int
    """In pixels."""
    height: int
    frames: int
    """Frames in the file, before resampling."""
    changed_ns: int
    """Modification time in nanoseconds since 1970."""
    fps: float | None = None
    """Frames per second that the file tells; None for a folder of images, and where it tells nothing."""


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
    width, height, frames, fps = _measured(path, state.st_mtime_ns, state.st_size)
    return VideoShape(width, height, frames, state.st_mtime_ns, fps)


def _images_in(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if is_taken(name, IMAGE_SUFFIXES))  # noqa: PTH208  names only


def _folder_shape(folder: Path, changed_ns: int) -> VideoShape:
    names = _images_in(folder)
    if not names:
        raise MediaError("is a folder without images")
    (width, height), image_changed_ns = size_of_image(folder / names[0])
    return VideoShape(width, height, len(names), max(changed_ns, image_changed_ns))


@lru_cache(maxsize=4096)
def _measured(path: Path, changed_ns: int, size: int) -> tuple[int, int, int, float | None]:  # noqa: ARG001  the key
    """Width, height, frames, frames per second. Counts packets: what the container says of that may be wrong."""
    import av  # noqa: PLC0415  slow to import, and most datasets have no video

    try:
        with av.open(path) as container:
            if not container.streams.video:
                raise MediaError("has no video in it")
            stream = container.streams.video[0]
            frames = sum(1 for packet in container.demux(stream) if packet.size and not packet.is_discard)
            width, height = stream.codec_context.width, stream.codec_context.height
            fps = float(stream.average_rate) if stream.average_rate else None
    except (av.error.FFmpegError, OSError) as error:
        raise MediaError(f"is not a video that can be read: {error.strerror}") from error
    if not frames or not width or not height:
        raise MediaError("has no frames")
    return width, height, frames, fps


def file_frames(frames: Sequence[int], source_fps: float | None) -> tuple[int, ...]:
    """Where frames lie in their file.

    Args:
        frames: which, from 0, as the trainer counts them after resampling.
        source_fps: what is resampled from; None: nothing is.
    """
    if source_fps is None or not frames:
        return tuple(frames)
    step = TARGET_FPS / source_fps
    kept: list[int] = []
    previous, position, number = -1, 0.0, 0
    while len(kept) <= max(frames):  # added up as the trainer does, with its rounding errors
        if int(position) != previous:
            previous = int(position)
            kept.append(number)
        position += step
        number += 1
    return tuple(kept[frame] for frame in frames)


def read_frames(path: Path, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
    """Frames of a video file, or of a folder of images, each with its number.

    Args:
        path: the file or folder.
        frames: which, from 0, as they are in the file; of one that is not there the last one there is given.

    Raises:
        MediaError: it cannot be decoded.
    """
    if path.is_dir():
        yield from _read_images(path, frames)
        return
    import av  # noqa: PLC0415  as in `_measured`

    try:
        with av.open(path) as container:
            if not container.streams.video:
                raise MediaError("has no video in it")
            times = sorted(
                packet.pts for packet in container.demux(video=0) if packet.size and packet.pts is not None
            )
        with av.open(path) as container:
            for frame in frames:
                yield frame, _read_frame(container, times, frame)
    except av.error.FFmpegError as error:
        raise MediaError(f"cannot be decoded: {error.strerror}") from error


def _read_frame(container: Any, times: Sequence[int], frame: int) -> Image:
    """One frame, by the time at which it is shown; what has no times is decoded from its start."""
    wanted = times[min(frame, len(times) - 1)] if times else None
    found = None
    if wanted is not None and frame >= SEEK_FROM:
        found = _decoded_until(container, wanted, frame, start=wanted)
    if found is None:
        found = _decoded_until(container, wanted, frame, start=0)
    if found is None:
        raise MediaError("has no frame that can be decoded")
    image: Image = found.to_image()
    return image


def _decoded_until(container: Any, wanted: int | None, frame: int, *, start: int) -> Any:
    """The first frame shown at `wanted` or later, else the last one; None where the seek has gone too far."""
    stream = container.streams.video[0]
    container.seek(start, stream=stream)
    found = None
    for number, decoded in enumerate(container.decode(stream)):
        if number == 0 and start and (decoded.pts is None or decoded.pts > start):
            return None  # as MPEG program streams do
        found = decoded
        if number >= frame if wanted is None or decoded.pts is None else decoded.pts >= wanted:
            break
    return found


def _read_images(folder: Path, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
    from PIL import Image  # noqa: PLC0415  only folders of images need it

    names = _images_in(folder)
    if not names:
        raise MediaError("is a folder without images")
    for frame in frames:
        with Image.open(folder / names[min(frame, len(names) - 1)]) as image:
            yield frame, image.convert("RGB")
