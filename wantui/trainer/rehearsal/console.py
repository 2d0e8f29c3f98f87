"""Prints as the trainer prints: log lines and progress bars to stderr, the course of training to stdout.

The bars follow tqdm's format in a pipe: rewritten after a carriage return, ended by a newline when closed.
"""

from __future__ import annotations

import io
import sys
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_BAR_CELLS = 10
_REFRESH_S = 0.1
"""tqdm's `mininterval`."""


def use_utf8() -> None:
    """Print UTF-8 whatever the locale, and paths that are not UTF-8 as the bytes they are."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")


def say(text: str) -> None:
    """A line on stdout."""
    print(text, flush=True)  # noqa: T201


def info(source: str, message: str) -> None:
    """A line as Python's logging writes it by default: ``INFO:source:message``."""
    _log("INFO", source, message)


def warning(source: str, message: str) -> None:
    """Like `info`, at level WARNING."""
    _log("WARNING", source, message)


def _log(level: str, source: str, message: str) -> None:
    sys.stderr.write(f"{level}:{source}:{message}\n")
    sys.stderr.flush()


class ProgressBar:
    """A progress bar on stderr, to be used in a ``with`` block."""

    def __init__(self, description: str = "", total: int | None = None) -> None:
        self._description = description
        self._total = total
        self._count = 0
        self._postfix = ""
        self._started = _now()
        self._drawn = 0.0
        self._drawn_length = 0

    def __enter__(self) -> Self:
        self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._draw()
        sys.stderr.write("\n")
        sys.stderr.flush()

    def advance(self) -> None:
        """Count one, and redraw if the last drawing is old enough."""
        self._count += 1
        if _now() - self._drawn >= _REFRESH_S:
            self._draw()

    def postfix(self, text: str) -> None:
        """What stands behind the rate; redraws."""
        self._postfix = text
        self._draw()

    def _draw(self) -> None:
        self._drawn = _now()
        line = self._line(self._drawn - self._started)
        padding = " " * max(0, self._drawn_length - len(line))
        self._drawn_length = len(line)
        sys.stderr.write(f"\r{line}{padding}")
        sys.stderr.flush()

    def _line(self, elapsed_s: float) -> str:
        rate = self._count / elapsed_s if elapsed_s > 0 and self._count else None
        spent = interval(elapsed_s)
        if self._total is None:
            return f"{self._count}it [{spent}, {_rate(rate)}]"
        fraction = self._count / self._total if self._total else 0.0
        left = interval((self._total - self._count) / rate) if rate else "?"
        head = f"{self._description}: {100 * fraction:3.0f}%|{bar(fraction)}| {self._count}/{self._total}"
        return f"{head} [{spent}<{left}, {_rate(rate)}{', ' + self._postfix if self._postfix else ''}]"


_now: Callable[[], float] = time.monotonic


def interval(seconds: float) -> str:
    """``MM:SS``, or ``H:MM:SS`` from an hour on."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:d}:{minute:02d}:{second:02d}" if hours else f"{minute:02d}:{second:02d}"


def bar(fraction: float) -> str:
    """Ten cells, filled by eighths."""
    full, eighth = divmod(int(fraction * _BAR_CELLS * 8), 8)
    if full >= _BAR_CELLS:
        return _EIGHTHS[-1] * _BAR_CELLS
    return _EIGHTHS[-1] * full + _EIGHTHS[eighth] + " " * (_BAR_CELLS - full - 1)


def _rate(rate: float | None) -> str:
    """Items a second, or seconds an item where that is the larger number, or ``?``."""
    if rate is None:
        return "?it/s"
    return f"{1 / rate:5.2f}s/it" if rate < 1 else f"{rate:5.2f}it/s"
