"""Frames of one clip made small, those seen last kept: stepping back and forth decodes little twice."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from wantui.dataset.clips import file_frames
from wantui.dataset.errors import MediaError
from wantui.dataset.frame_reader import FrameReader
from wantui.ui.preview.stills import Still, shrunk

if TYPE_CHECKING:
    from pathlib import Path

KEPT_BYTES = 32 << 20
"""What the frames of a clip take in memory at most, besides the one that is wanted."""
BEHIND = 8
"""Frames before the one that is gone back to that are kept as well: they are decoded on the way to it."""


class ClipFrames:
    """The frames of one clip, by the trainer's numbers; for threads, of which one decodes at a time."""

    def __init__(self, path: Path, frames: int, source_fps: float | None) -> None:
        """Make it; nothing is read yet.

        Args:
            path: a video file, or a folder of images.
            frames: after resampling.
            source_fps: what is resampled from; None: nothing is.
        """
        self._reader = FrameReader(path)
        self._frames, self._source_fps = frames, source_fps
        self._file_frames: tuple[int, ...] | None = None
        self._kept: OrderedDict[tuple[int, int], Still | str] = OrderedDict()
        """By number in the file and longer side in pixels, those wanted last at the end."""
        self._bytes = 0
        self._last = -1
        self._decoding = threading.Lock()

    def frame(self, number: int, side: int) -> Still | str:
        """One frame, or a sentence that says why it cannot be shown.

        Args:
            number: from 0, as the trainer counts after resampling.
            side: pixels that neither side is to exceed.
        """
        with self._decoding:
            if self._file_frames is None:
                self._file_frames = file_frames(range(self._frames), self._source_fps)
            wanted = self._file_frames[number]
            if (wanted, side) not in self._kept:
                self._read(wanted, side)
            self._last = wanted
            self._kept.move_to_end((wanted, side))
            return self._kept[wanted, side]

    def _read(self, wanted: int, side: int) -> None:
        first = max(0, wanted - BEHIND) if wanted < self._last else wanted
        try:
            for number, image in self._reader.read(range(first, wanted + 1)):
                found = str(image) if isinstance(image, MediaError) else Still(shrunk(image, side))
                self._keep((number, side), found)
        except MediaError as error:
            self._keep((wanted, side), f"the video {error}")

    def _keep(self, key: tuple[int, int], found: Still | str) -> None:
        self._bytes += _size(found) - _size(self._kept.pop(key, ""))
        self._kept[key] = found
        while len(self._kept) > 1 and self._bytes > KEPT_BYTES:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= _size(dropped)

    @property
    def kept_bytes(self) -> int:
        """What is kept in memory."""
        return self._bytes


def _size(found: Still | str) -> int:
    return found.image.width * found.image.height * 3 if isinstance(found, Still) else len(found)
