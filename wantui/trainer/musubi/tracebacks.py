"""Finds the exception that ended a Python program in what the program printed.

The output of an accelerated training ends with the launcher's own traceback, whose last line is always
``subprocess.CalledProcessError``: what counts is the last exception before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADER = "Traceback (most recent call last):"

_LAUNCHER_EXCEPTION = "subprocess.CalledProcessError"
_FRAME = re.compile(r'^\s+File "([^"]+)", line \d+, in (.+)$')
_EXCEPTION = re.compile(
    r"^((?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*|\w*(?:Error|Exception|Exit|Group|Interrupt|Iteration|Warning))(?::\s+(.*)|:?)$"
)
"""Built-in exceptions end like this, and others are printed with their module."""

_DIED = re.compile(r"died with <Signals\.(SIG\w+):")
_RANK = re.compile(r"^\[rank\d+\]:\s?")
_MOST_FRAMES = 60
_LONGEST_MESSAGE = 1000


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception as a program printed it."""

    exception: str
    """Its class with the module: ``torch.OutOfMemoryError``; ``argparse`` for a refused command line."""
    message: str
    """Its message, first line; empty when it had none."""
    frames: tuple[str, ...] = ()
    """``file:function``, outermost first, files by their last two parts: ``modules/vae.py:_video_vae``."""

    @property
    def name(self) -> str:
        """The class without its module."""
        return self.exception.rpartition(".")[2]

    def passed(self, part: str) -> bool:
        """Whether a frame contains `part`."""
        return any(part in frame for frame in self.frames)


class TracebackReader:
    """Takes a program's lines one by one and remembers the last exception that counts."""

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self._inside = False
        self._wants_detail = False
        self._announces = False
        self._frames: list[str] = []

    @property
    def is_busy(self) -> bool:
        """Whether the next line may belong to a traceback."""
        return self._inside or self._wants_detail

    def start(self) -> None:
        """A traceback's header has come."""
        self._inside, self._wants_detail = True, False
        self._frames = []

    def take(self, line: str) -> bool:
        """Look at the next line while `is_busy`.

        Returns:
            True when the line was the exception itself, so that `failure` is new.
        """
        line = _RANK.sub("", line)
        if self._wants_detail:
            return self._take_detail(line)
        if line[:1] in {" ", "\t", ""}:
            frame = _FRAME.match(line)
            if frame is not None and len(self._frames) < _MOST_FRAMES:
                self._frames.append(f"{'/'.join(frame[1].split('/')[-2:])}:{frame[2]}")
            return False
        exception = _EXCEPTION.match(line)
        if exception is None:
            return False  # another process or thread wrote in between
        self._inside = False
        self._announces = line.endswith(":")
        return self._remember(exception[1], (exception[2] or "")[:_LONGEST_MESSAGE])

    def _remember(self, exception: str, message: str) -> bool:
        if exception == _LAUNCHER_EXCEPTION:
            died = _DIED.search(message)
            if self.failure is not None or died is None:
                return False
            self.failure = Failure("signal", died[1])
            return True
        if exception == "KeyboardInterrupt" and self.failure is not None:
            return False  # the launcher's own, after what happened
        self.failure = Failure(exception, message, tuple(self._frames))
        self._wants_detail = self._announces
        return True

    def _take_detail(self, line: str) -> bool:
        """Add the line after a message that is empty or ends in a colon: it says what the message announces."""
        if self.failure is None:
            self._wants_detail = False
            return False
        if not self.failure.message:
            self._wants_detail = self._announces and not line.strip()
            is_detail = self._announces and bool(line.strip())
        else:
            self._wants_detail = False
            is_detail = line.startswith(("\t", " "))
        if not is_detail:
            return False
        message = f"{self.failure.message} {line.strip()}".strip()[:_LONGEST_MESSAGE]
        self.failure = Failure(self.failure.exception, message, self.failure.frames)
        return True
