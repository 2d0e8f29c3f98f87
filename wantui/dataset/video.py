"""The size, length and frames of videos, as the trainer's decoder sees them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from wantui import reading
from wantui.dataset.errors import MediaError
from wantui.dataset.frame_counts import Decoded, FrameCounts, Stamp, stamp_of
from wantui.dataset.media import IMAGE_SUFFIXES, is_taken
from wantui.dataset.media import image_size as size_of_image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from PIL.Image import Image

SEEK_FROM = 8
"""Frames from the start that are decoded one after the other rather than sought."""
MOST_DECODED = 4_000_000_000
"""Pixels of all frames of a clip that a quick look decodes, some seconds' worth: 2,000 frames of 1920x1080."""
_COUNTABLE = {
    "mov,mp4,m4a,3gp,3g2,mj2": frozenset({"h264", "hevc", "av1", "vp9", "prores", "mjpeg"}),
    "matroska,webm": frozenset({"h264", "hevc", "av1", "vp9", "ffv1"}),
}
"""Containers and codecs (FFmpeg's names) in which each packet is a frame that is shown, unless there are signs of the
contrary. Elsewhere a packet may be a field, a frame that is never shown (VP8's references) or a placeholder (AVI)."""

_NOT_READ = "is not a video that can be read"
_FOUND: dict[tuple[Path, Stamp], Decoded] = {}
"""What is known in this process, for looks at single clips that know nothing of a workspace."""


class VideoShape(NamedTuple):
    """What is known of a video."""

    width: int
    """In pixels."""
    height: int
    frames: int
    """Frames that the trainer gets out of the file, before resampling."""
    changed_ns: int
    """Modification time in nanoseconds since 1970."""
    fps: float | None = None
    """Frames per second that the file tells; None for a folder of images, and where it tells nothing."""
    missing: int = 0
    """Frames that the file's index lists and that are not there, or cannot be decoded; 0 where it has no index."""
    failure: str | None = None
    """What the decoder says after the last of `frames`; None where it comes to the end, as far as that is known."""


def video_shape(path: Path, counts: FrameCounts | None = None) -> VideoShape:
    """Size and length of a video, or of a folder of images, which the trainer takes for one.

    The trainer counts the frames that it decodes. Where they can be told from the packets, these are counted; else
    the clip is decoded, once, unless that takes too long (`MOST_DECODED`).

    Args:
        path: the file or folder.
        counts: what is known from earlier, and gets to know what is found; None: nothing is.

    Raises:
        MediaError: the trainer could not decode any of it.
    """
    if path.is_dir():
        return _folder_shape(path)
    try:
        state = reading.require_regular(path)
    except FileNotFoundError as error:
        raise MediaError("is not there") from error
    except reading.NotAFileError as error:
        raise MediaError(str(error.strerror)) from error
    except OSError as error:
        raise MediaError(f"cannot be read: {error.strerror}") from error
    stamp = state.st_mtime_ns, state.st_size
    packets = _packets(path, *stamp)
    found = None if counts is None else counts.known(str(path), stamp)
    if found is None:
        found = _FOUND.get((path, stamp))
        if found is None:
            is_told = packets.are_frames or packets.pixels > MOST_DECODED
            found = Decoded(packets.shown) if is_told else decode(path)
            if counts is not None and not is_told:
                counts.put(str(path), stamp, found)
    _FOUND[path, stamp] = found
    if not found.frames:
        raise MediaError(f"cannot be decoded: {found.failure}" if found.failure else "has no frames")
    missing = max(packets.listed - found.frames, 0)
    return VideoShape(
        packets.width, packets.height, found.frames, state.st_mtime_ns, packets.fps, missing, found.failure
    )


def frame_rate(path: Path) -> float | None:
    """Frames per second that a file tells; None for a folder of images, and where it tells nothing.

    Raises:
        MediaError: it is no video, or gone.
    """
    if path.is_dir():
        return None
    try:
        return _packets(path, *stamp_of(path)).fps
    except OSError as error:
        raise MediaError(f"cannot be read: {error.strerror}") from error


def shows_each_packet(path: Path) -> bool:
    """Whether each packet of a file surely becomes a frame.

    Raises:
        MediaError: it is no video, or gone.
    """
    try:
        return _packets(path, *stamp_of(path)).are_frames
    except OSError as error:
        raise MediaError(f"cannot be read: {error.strerror}") from error


def decode(path: Path) -> Decoded:
    """Decode a whole clip as the trainer does (`load_video`), to count the frames that it gets.

    The first frame has the display matrix, with every version of FFmpeg; the trainer obeys none.
    """
    frames, turned, failure = 0, 0, None
    try:
        with opened(path) as (container, stream):
            for frame in container.decode(stream):
                if frames == 0:
                    turned = -int(frame.rotation) % 360
                frames += 1
    except MediaError as error:
        failure = str(error).removeprefix(f"{_NOT_READ}: ")
    return Decoded(frames, failure, turned)


def images_in(folder: Path) -> list[str]:
    """Names of the images that the trainer takes for the frames of a clip, in its order."""
    return sorted(name for name in os.listdir(folder) if is_taken(name, IMAGE_SUFFIXES))  # noqa: PTH208  names only


def _folder_shape(folder: Path) -> VideoShape:
    changed_ns = folder.stat().st_mtime_ns
    names = images_in(folder)
    if not names:
        raise MediaError("is a folder without images")
    (width, height), image_changed_ns = size_of_image(folder / names[0])
    return VideoShape(width, height, len(names), max(changed_ns, image_changed_ns))


class _Packets(NamedTuple):
    """What a file tells without being decoded."""

    width: int
    height: int
    shown: int
    """Packets that are to be shown."""
    listed: int
    """That the file's index lists as to be shown; 0 where it has no index."""
    fps: float | None
    are_frames: bool
    """Whether each of them surely becomes a frame."""

    @property
    def pixels(self) -> int:
        """Of all frames."""
        return self.width * self.height * self.shown


@lru_cache(maxsize=4096)
def _packets(path: Path, changed_ns: int, size: int) -> _Packets:  # noqa: ARG001  the key
    """Look at every packet of a file.

    Raises:
        MediaError: it is no video.
    """
    with opened(path) as (container, stream):
        signs = _Signs()
        for packet in container.demux(stream):
            signs.take(packet)
        codec = stream.codec_context
        fps = float(stream.average_rate) if stream.average_rate else None
        listed = max(stream.frames - signs.hidden, 0) if container.format.name.startswith("mov,") else 0
        is_countable = codec is not None and codec.name in _COUNTABLE.get(container.format.name, ())
    if codec is None or not signs.count or not codec.width or not codec.height:
        raise MediaError("has no frames")
    are_frames = is_countable and not signs.are_bad and listed <= signs.count
    return _Packets(codec.width, codec.height, signs.count, listed, fps, are_frames)


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """A video file and its first stream, open as the trainer opens it.

    Raises:
        MediaError: the file, or what is asked of it, cannot be read.
    """
    import av  # noqa: PLC0415  slow to import, and most datasets have no video

    try:
        with av.open(path) as container:
            if not container.streams.video:
                raise MediaError("has no video in it")
            yield container, container.streams.video[0]
    except UnicodeDecodeError as error:  # PyAV reads it strictly, in the trainer as well
        raise MediaError("has a title or comment that is not UTF-8, which the trainer does not read") from error
    except (av.error.FFmpegError, OSError) as error:
        raise MediaError(f"{_NOT_READ}: {error.strerror}") from error


class _Signs:
    """Counts packets, and looks for signs that not all of them become frames."""

    def __init__(self) -> None:
        self.count = 0
        self.hidden = 0
        """Packets that an edit list leaves out."""
        self.are_bad = False
        """A cut that does not begin at a keyframe, frames before it, an edit list, or damage."""
        self._first_shown: int | None = None

    def take(self, packet: Any) -> None:
        if packet.is_discard or packet.is_corrupt:
            self.are_bad = True
        self.hidden += packet.is_discard
        if not packet.size or packet.is_discard:
            return
        self.count += 1
        if packet.pts is None or (self.count == 1 and not packet.is_keyframe):
            self.are_bad = True
        elif self._first_shown is None:
            self._first_shown = packet.pts
        elif packet.pts < self._first_shown:
            self.are_bad = True  # it is shown before the keyframe, and refers to frames that were cut off


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
    with opened(path) as (container, stream):
        times = sorted(packet.pts for packet in container.demux(stream) if packet.size and packet.pts is not None)
    with opened(path) as (container, _):
        for frame in frames:
            yield frame, _read_frame(container, times, frame)


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

    names = images_in(folder)
    if not names:
        raise MediaError("is a folder without images")
    for frame in frames:
        name = names[min(frame, len(names) - 1)]
        with reading.open_file(folder / name) as file, Image.open(file) as image:
            yield frame, image.convert("RGB")
