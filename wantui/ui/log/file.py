"""A log file of any size, line by line: the end at once, every other line as soon as it has been counted.

A progress bar overwrites itself: it is one line of many stretches, each begun with a carriage return. Only the last
stretch of a line is ever shown, so of a line of hundreds of megabytes only its end is read.
"""

from __future__ import annotations

import os
import re
from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING

from wantui import reading
from wantui.jobs.folding import last_drawing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wantui.ui.log.search import Sought

BLOCK = 1 << 18
"""Bytes between two entries of the index: at 100 bytes a line, one entry in 2,600 lines."""
LONGEST = 1 << 14
"""Bytes of the end of a line that are read for it."""
AT_ONCE = 1 << 22
"""Bytes that are counted without a thread: two milliseconds."""
TAIL = 1 << 19
"""Bytes of the end of the file that are read before anything is counted."""


class LogFile:
    """One file that grows, open for reading. Use from one thread, apart from `count_lines`.

    While `is_counted` is False, only the lines of the last `TAIL` bytes are known, numbered from 0.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None
        self._identity: tuple[int, int] | None = None
        self._size = 0
        self._lines_before = array("Q", [0])
        """By block: newlines before it. The last entry belongs to the block that the file ends in."""
        self._newlines = 0
        self._counted_to = 0
        self._ends_in_newline = True
        self._tail: list[bytes] = []
        self._newest: tuple[int, array[int]] | None = None
        self.is_counted = False
        self.generation = 0
        """Goes up when another file has taken the place of this one."""

    @property
    def size(self) -> int:
        """Bytes, as of the last `look`."""
        return self._size

    @property
    def line_count(self) -> int:
        """Lines known; a last one without a newline counts."""
        if not self.is_counted:
            return len(self._tail)
        return self._newlines + (0 if self._ends_in_newline else 1)

    @property
    def ends_in_a_line_under_way(self) -> bool:
        """Whether the last line has no newline yet."""
        return not self._ends_in_newline

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def look(self) -> bool:
        """Whether the file has changed since the last look: grown, shrunk, come or been replaced."""
        try:
            status = os.stat(self.path)  # noqa: PTH116  the descriptor would not see a replaced file
        except OSError:
            changed = self._descriptor is not None
            if changed:
                self._start_over()
            return changed
        identity = (status.st_dev, status.st_ino)
        if self._descriptor is None or identity != self._identity or status.st_size < self._size:
            self._start_over()
            try:
                self._descriptor = reading.open_descriptor(self.path)
            except OSError:
                return False
            self._identity = identity
        elif status.st_size == self._size:
            return False
        grown_by = status.st_size - self._size
        self._size = status.st_size
        self._ends_in_newline = self._read(self._size - 1, 1) == b"\n" if self._size else True
        uncounted = grown_by if self.is_counted else self._size
        if uncounted <= AT_ONCE:
            self.count_lines()
        else:
            self.is_counted = False
            self._read_tail()
        return True

    def _start_over(self) -> None:
        self.close()
        self._size = self._newlines = self._counted_to = 0
        self._lines_before = array("Q", [0])
        self._tail, self._newest, self._identity = [], None, None
        self._ends_in_newline, self.is_counted = True, False
        self.generation += 1

    def _read(self, start: int, length: int) -> bytes:
        if self._descriptor is None or length <= 0:
            return b""
        return os.pread(self._descriptor, length, max(0, start))

    def _read_tail(self) -> None:
        start = max(0, self._size - TAIL)
        lines = self._read(start, self._size - start).split(b"\n")
        if lines and not lines[-1]:
            lines.pop()
        self._tail = lines[1:] if start and len(lines) > 1 else lines

    def count_lines(self, is_cancelled: Callable[[], bool] = lambda: False) -> bool:
        """Count newlines from where counting last ended to the size of the last `look`. May run in a thread.

        Returns:
            Whether everything has been counted; False when cancelled or when the file was replaced meanwhile.
        """
        generation, descriptor = self.generation, self._descriptor
        if descriptor is None:
            return False
        buffer = bytearray(BLOCK)
        view = memoryview(buffer)
        while self._counted_to < self._size:
            if is_cancelled():
                return False
            room = BLOCK - self._counted_to % BLOCK
            want = min(room, self._size - self._counted_to)
            got = os.preadv(descriptor, [view[:want]], self._counted_to)
            if generation != self.generation or got <= 0:
                return False
            self._newlines += buffer.count(b"\n", 0, got)
            self._counted_to += got
            if self._counted_to % BLOCK == 0:
                self._lines_before.append(self._newlines)
        self._newest = None
        self._tail = []
        self.is_counted = True
        return True

    def line(self, number: int) -> bytes:
        """The last stretch of a line, from 0; of a very long one its end."""
        if not self.is_counted:
            return last_drawing(self._tail[number][-LONGEST:]) if 0 <= number < len(self._tail) else b""
        end = self._size if number >= self._newlines else self._newline(number)
        start = max(0, end - LONGEST)
        if number > 0:
            start = max(start, self._newline(number - 1) + 1)
        return last_drawing(self._read(start, end - start))

    def _newline(self, number: int) -> int:
        """Where newline `number`, from 0, is."""
        block = bisect_right(self._lines_before, number) - 1
        newest = self._newest
        if newest is None or newest[0] != block:
            data = self._read(block * BLOCK, min(BLOCK, self._size - block * BLOCK))
            newest = self._newest = (block, array("Q", (found.start() for found in re.finditer(rb"\n", data))))
        found = newest[1]
        at = number - self._lines_before[block]
        return block * BLOCK + (found[at] if at < len(found) else BLOCK - 1)

    def find(
        self,
        sought: Sought,
        start: int,
        step: int,
        is_cancelled: Callable[[], bool] = lambda: False,
        *,
        wraps: bool = True,
        absolute: Callable[[str], str] | None = None,
    ) -> int | None:
        """The next line, from `start` in the direction of `step`, that has what is sought in its last stretch.

        May run in a thread once everything is counted.

        Args:
            sought: what is looked for.
            start: a line's number.
            step: 1 or -1.
            is_cancelled: whether it is to be given up.
            wraps: whether the search goes past the end to the start.
            absolute: turns a line into what is shown of it, which has to have it; None: it is shown as it is.

        Raises:
            TimeoutError: it takes too long to tell whether a line has it.
        """
        if not self.is_counted:
            return None

        blocks = len(self._lines_before)
        start = max(0, min(start, self.line_count - 1))
        if step > 0:
            edge = self._newline(start - 1) + 1 if start else 0
        else:
            edge = self._newline(start) if start < self._newlines else max(0, self._size - 1)
        first = min(edge // BLOCK, blocks - 1)
        for turn in range(blocks + 1):
            block = first + turn * step
            if is_cancelled() or (not wraps and not 0 <= block < blocks):
                return None
            lines = self._lines_that_may_have(sought, block % blocks, absolute)
            for number, line in lines if step > 0 else reversed(lines):
                if is_cancelled():
                    return None
                if turn == 0 and (number < start if step > 0 else number > start):
                    continue
                if sought.is_in(line):
                    return number
        return None

    def _lines_that_may_have(
        self, sought: Sought, block: int, absolute: Callable[[str], str] | None
    ) -> list[tuple[int, bytes]]:
        """The lines that end in the block as they are shown, unless none of them has what is sought."""
        begin = block * BLOCK
        ends = min(begin + BLOCK, self._size)
        data = self._read(begin, ends - begin)
        lines = data.split(b"\n")
        if ends < self._size or not lines[-1]:
            lines.pop()  # it ends in a later block, or there is none
        first = int(self._lines_before[block])
        if absolute is None and len(lines) > 1 and not sought.may_be_in(data):
            del lines[1:]
        shown = [last_drawing(line[-LONGEST:]) for line in lines]
        if shown:
            shown[0] = self.line(first)  # it may have begun in an earlier block
        if absolute is not None:
            shown = [absolute(line.decode("utf-8", "replace")).encode() for line in shown]
        return list(enumerate(shown, first))
