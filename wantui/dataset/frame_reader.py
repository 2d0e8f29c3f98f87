"""Single frames of a clip, in any order, without decoding the whole of it for each."""

from __future__ import annotations

from bisect import bisect_left
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.dataset.errors import BROKEN_IMAGE, MediaError
from wantui.dataset.video import images_in, opened, shows_each_packet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL.Image import Image

FAR = 60
"""Frames ahead from which on a seek is tried; a nearer one is decoded on to."""


class FrameReader:
    """A clip that stays open, for one thread at a time; it is closed when nobody holds it any more.

    Frames are numbered from 0 as they are in the file, as the trainer counts what it decodes. One that cannot be
    decoded keeps its number where the file's packets tell that it is there.
    """

    def __init__(self, path: Path) -> None:
        """Make it; nothing is opened yet.

        Args:
            path: a video file, or a folder of images.
        """
        self._path = path
        self._open: ExitStack | None = None
        self._container: Any = None
        self._decoded: Iterator[Any] = iter(())
        self._last = -1
        """Number of the frame that was decoded last; -1: none since the file was opened."""
        self._times: list[int] | None = None
        """When frames are shown, in the stream's units: of all frames, or of those that have been decoded so far."""
        self._are_all_timed = False

    def read(self, frames: range) -> Iterator[tuple[int, Image | MediaError]]:
        """Frames one after the other, each with its number; of one that is broken why it is not there.

        Raises:
            MediaError: the file cannot be opened.
        """
        if self._path.is_dir():
            for number in frames:
                yield number, self._image(number)
            return
        if self._times is None:
            self._look()
        wanted = frames.start
        for number, frame in self._from(wanted):
            while wanted < min(number, frames.stop):
                yield wanted, _broken(wanted)
                wanted += 1
            if wanted >= frames.stop:
                return
            if number == wanted:
                yield number, frame.to_image()
                wanted += 1
                if wanted >= frames.stop:
                    return
        for number in range(wanted, frames.stop):
            yield number, _broken(number)

    def close(self) -> None:
        """Close the file; the next frame opens it again."""
        if self._open is not None:
            self._open.close()
        self._open, self._container, self._decoded, self._last = None, None, iter(()), -1

    def _look(self) -> None:
        """Find out when each frame is shown, where the packets tell."""
        times: list[int] = []
        with opened(self._path) as (container, stream):
            is_told = shows_each_packet(self._path)
            if is_told:
                times = sorted(
                    packet.pts for packet in container.demux(stream) if packet.size and not packet.is_discard
                )
        self._are_all_timed = is_told and len(set(times)) == len(times)
        self._times = times if self._are_all_timed else []

    def _from(self, wanted: int) -> Iterator[tuple[int, Any]]:
        """Decoded frames, each with its number, from `wanted` or a little before it on."""
        times = self._times or []
        if self._container is None or not self._last < wanted <= self._last + FAR:
            first = self._sought(times[wanted]) if 0 < wanted < len(times) else None
            if first is not None:
                yield first
            elif self._container is None or wanted <= self._last:
                self._reopen()
        for frame in self._decoded:
            yield self._numbered(frame), frame

    def _sought(self, time: int) -> tuple[int, Any] | None:
        """The first frame behind the key frame before a time; None where the seek has gone too far, or nowhere."""
        if self._container is None:
            self._reopen()
        stream = self._container.streams.video[0]
        try:
            self._container.seek(time, stream=stream)
        except _ffmpeg_error():
            self.close()
            return None
        self._decoded = _decoded(self._container)
        first = next(self._decoded, None)
        if first is None or first.pts is None or first.pts > time:  # as MPEG program streams do
            self.close()
            return None
        number = bisect_left(self._times or [], first.pts)
        self._last = number
        return number, first

    def _reopen(self) -> None:
        self.close()
        self._open = ExitStack()
        self._container, _ = self._open.enter_context(opened(self._path))
        self._decoded = _decoded(self._container)

    def _numbered(self, frame: Any) -> int:
        """The number of a frame that has been decoded behind the last one."""
        times = self._times if self._times is not None else []
        number = self._last + 1
        if self._are_all_timed and frame.pts is not None:
            number = max(number, bisect_left(times, frame.pts))
        elif number == len(times) and frame.pts is not None and (not times or frame.pts > times[-1]):
            times.append(frame.pts)
        self._last = number
        return number

    def _image(self, number: int) -> Image | MediaError:
        from PIL import Image  # noqa: PLC0415  only folders of images need it

        names = images_in(self._path)
        if number >= len(names):
            return _broken(number)
        try:
            with reading.open_file(self._path / names[number]) as file, Image.open(file) as image:
                return image.convert("RGB")
        except (*BROKEN_IMAGE, Image.DecompressionBombError) as error:
            return MediaError(f"{names[number]} cannot be read: {error}")


def _broken(number: int) -> MediaError:
    return MediaError(f"frame {number + 1} of the file cannot be decoded")


def _ffmpeg_error() -> type[Exception]:
    import av  # noqa: PLC0415  slow to import

    return av.error.FFmpegError


def _decoded(container: Any) -> Iterator[Any]:
    """The frames that can be decoded; what is broken between them is left out."""
    stream, failure = container.streams.video[0], _ffmpeg_error()
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except failure:
            return
        if packet is None:
            return
        try:
            frames = packet.decode()
        except failure:
            continue
        yield from frames
