"""How a download reads where somebody looks on: one line that changes on a terminal, now and then a line in a log."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, TextIO

from wantui.formatting import GIGABYTE, MEGABYTE, duration_in_hours, file_size, transfer_rate
from wantui.terminal.foreign_text import go_to_line_start
from wantui.weights.model import DownloadProgress, FileProgress, FileState

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.weights.state import WeightPlace

LOG_S = 10.0
"""Seconds between two lines in a log."""
READING_S = 0.25
"""Seconds between two states of the line about a file that is read."""


class Printer:
    """Prints the states of one download."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._is_terminal = out.isatty()
        self._told: dict[str, tuple[FileState, str]] = {}
        self._width = 0
        self._next = clock()

    def show(self, progress: DownloadProgress) -> None:
        """Print what is new of a state."""
        for file in progress.files:
            fact = (file.state, file.note)
            if self._told.get(file.key) != fact and (file.note or file.state is FileState.THERE):
                self.line(f"{file.key}: {file_line(file)}")
            self._told[file.key] = fact
        if self._is_terminal:
            text = overall(progress)[: shutil.get_terminal_size().columns - 1]
            go_to_line_start(self._out)
            self._out.write(text.ljust(self._width))
            self._width = len(text)
            self._out.flush()
        elif self._clock() >= self._next:
            self._next = self._clock() + LOG_S
            self.line(overall(progress))

    def end(self, progress: DownloadProgress) -> None:
        """Print what the last state tells beside the ones before."""
        self._next = self._clock() + LOG_S
        self.show(progress)
        if progress.ended == "done":
            self.line(f"all {len(progress.files)} files are here and whole: {file_size(progress.size)}")

    def line(self, text: str) -> None:
        """Print a line of its own."""
        _take_away(self._out, self._width)
        self._width = 0
        self._out.write(f"{text}\n")
        self._out.flush()


class ReadingLine:
    """Tells how far a file has been read, in a line that changes; nothing where nobody looks on."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._is_terminal = out.isatty()
        self._name = ""
        self._size = self._done = self._width = 0
        self._begun = self._next = 0.0

    def begins(self, each: WeightPlace) -> None:
        """A file is about to be read."""
        self._name, self._size, self._done = each.weight.key, each.here, 0
        self._begun = self._clock()
        self._next = self._begun + READING_S

    def read(self, count: int) -> None:
        """So many bytes more were read."""
        self._done += count
        now = self._clock()
        if not self._is_terminal or now < self._next:
            return
        self._next = now + READING_S
        speed = self._done / max(now - self._begun, READING_S)
        left = f"  {duration_in_hours((self._size - self._done) / speed)} left" if self._done < self._size else ""
        share = 100 * self._done // max(self._size, 1)
        text = f"  reading {self._name}: {share}% of {file_size(self._size)}  {transfer_rate(speed)}{left}"
        text = text[: shutil.get_terminal_size().columns - 1]
        go_to_line_start(self._out)
        self._out.write(text.ljust(self._width))
        self._out.flush()
        self._width = len(text)

    def ends(self) -> None:
        """Take the line away."""
        _take_away(self._out, self._width)
        self._width = 0


def _take_away(out: TextIO, width: int) -> None:
    """Blank the line that changes, where it has any width."""
    if width:
        go_to_line_start(out)
        out.write(" " * width)
        go_to_line_start(out)


def overall(progress: DownloadProgress) -> str:
    """``12.3 of 69.1 GB  250.3 MB/s  3:47 left  t2v_high 12%``."""
    parts = [f"{progress.done / GIGABYTE:.1f} of {file_size(progress.size)}"]
    if progress.speed > 0:
        parts.append(f"{progress.speed / MEGABYTE:.1f} MB/s")
    if progress.eta_s is not None:
        parts.append(f"{duration_in_hours(progress.eta_s)} left")
    for file in progress.files:
        if file.state in {FileState.CHECKING, FileState.LOADING, FileState.RETRYING} and file.size:
            word = "" if file.state is FileState.LOADING else f" {file.state}"
            parts.append(f"{file.key}{word} {100 * file.done // file.size}%")
    return "  ".join(parts)


def file_line(file: FileProgress) -> str:
    """State, size and note of a file."""
    words = [str(file.state), file_size(file.size) if file.size else "", file.note]
    return ", ".join(word for word in words if word)
