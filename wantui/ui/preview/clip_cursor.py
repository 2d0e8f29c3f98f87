"""Where one is in a clip: stepping from frame to frame, and playing; plain values without a screen."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wantui.dataset.clips import TARGET_FPS

if TYPE_CHECKING:
    from wantui.dataset.model import Item

MEASURED = 9
"""Frames shown last of which the rate of playing is told."""


@dataclass
class Playback:
    """A clip that is played from one frame on, at the frames per second that the trainer takes it for.

    What there is no time for is left out, so that the clip takes as long as it is.
    """

    first: int
    """The frame that it began with, from 0."""
    started: float
    """When, in seconds of a clock that only goes forward."""
    _shown: deque[float] = field(default_factory=lambda: deque(maxlen=MEASURED))

    def due(self, now: float) -> int:
        """The frame that is to be seen at a time; beyond the last one when it is over."""
        return self.first + int(max(0.0, now - self.started) * TARGET_FPS)

    def wait(self, now: float) -> float:
        """Seconds until the frame after the one that is due."""
        return max(0.0, self.started + (self.due(now) - self.first + 1) / TARGET_FPS - now)

    def was_shown(self, now: float) -> None:
        """A frame has been drawn."""
        self._shown.append(now)

    @property
    def rate(self) -> float | None:
        """Frames per second that are seen; None: too few to tell."""
        if len(self._shown) < MEASURED or self._shown[-1] <= self._shown[0]:
            return None
        return min(TARGET_FPS, (MEASURED - 1) / (self._shown[-1] - self._shown[0]))


class ClipCursor:
    """A place in a clip, as the trainer counts its frames after resampling."""

    def __init__(self, frames: int, first: int = 0) -> None:
        """Make it; at first it is at no frame.

        Args:
            frames: of the clip.
            first: the one that stepping and playing begin at, from 0.
        """
        self.frames = frames
        self._first = min(first, max(0, frames - 1))
        self.position: int | None = None
        """The frame, from 0; None: the clip as a whole is shown."""
        self.playback: Playback | None = None
        """While it plays."""

    @classmethod
    def of(cls, item: Item) -> ClipCursor:
        """For an item; it begins at the first frame that is trained on."""
        return cls(item.frame_count or 0, min((clip.start for clip in item.clips), default=0))

    def step(self, frames: int) -> None:
        """Go on (negative: back) by so many; from the whole to where it begins, before the first to the whole."""
        self.playback = None
        if not self.frames:
            return
        if self.position is None:
            self.position = self._first
        elif self.position == 0 and frames < 0:
            self.position = None
        else:
            self.position = max(0, min(self.position + frames, self.frames - 1))

    def play(self, now: float) -> None:
        """Play on from here, from the beginning where this is the end."""
        if self.frames:
            position = self._first if self.position is None else self.position
            self.position = 0 if position >= self.frames - 1 else position
            self.playback = Playback(self.position, now)

    def pause(self) -> None:
        """Stay at this frame."""
        self.playback = None

    def advance(self, now: float) -> None:
        """Go to the frame that is due while it plays; at the last one it pauses."""
        if self.playback is None:
            return
        self.position = min(self.playback.due(now), self.frames - 1)
        if self.position == self.frames - 1:
            self.playback = None
