"""The logs of all attempts at a job as one, line by line, with a line of wantui's own where a further one begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.log.file import LogFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wantui.services.annotations import AttemptLog, JobView
    from wantui.ui.log.search import Sought


@dataclass(frozen=True, slots=True)
class LogPart:
    """One attempt."""

    file: LogFile
    mark: str = ""
    """The line before its first one; empty: there is none."""
    absolute: Callable[[str], str] | None = None
    """Makes a line absolute; None: they are as they are."""
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class _Placed:
    """A part among the lines of the whole."""

    part: LogPart
    start: int
    """The number of its mark, or of its first line."""
    marks: int
    """Lines of wantui's own before its first one: none or one."""

    @property
    def count(self) -> int:
        return self.marks + self.part.file.line_count

    @property
    def end(self) -> int:
        return self.start + self.count


class WholeLog:
    """The log of a job. Use from one thread, apart from `count_lines` and `find`.

    While `is_counted` is False, only the lines at the end of the last attempt are known, numbered from 0.
    """

    def __init__(self, *parts: LogPart) -> None:
        self._parts = parts
        self._told: tuple[Path, tuple[AttemptLog, ...]] | None = None

    @classmethod
    def of(cls, view: JobView) -> WholeLog:
        """The log of a job."""
        log = cls()
        log.update(view)
        return log

    def update(self, view: JobView) -> bool:
        """Take what is known of the job's attempts now; whether that is anything new."""
        if self._told == (view.log, view.logs):
            return False
        self._told = (view.log, view.logs)
        before = {part.file.path: part.file for part in self._parts}
        self._parts = tuple(
            LogPart(
                before.get(each.path) or LogFile(each.path),
                each.mark_line(GLYPHS.rule * 2, GLYPHS.dot),
                each.absolute_lines(),
                each.number,
            )
            for each in view.logs
        ) or (LogPart(before.get(view.log) or LogFile(view.log), attempt=view.job.attempt),)
        kept = {part.file.path for part in self._parts}
        for path in before.keys() - kept:
            before[path].close()
        return True

    @property
    def size(self) -> int:
        """Bytes, as of the last `look`."""
        return sum(part.file.size for part in self._parts)

    @property
    def is_counted(self) -> bool:
        """Whether every line has its number."""
        return all(part.file.is_counted or not part.file.size for part in self._parts)

    @property
    def line_count(self) -> int:
        """Lines known, marks included."""
        placed = self._placed()
        return placed[-1].end if placed else 0

    def _placed(self) -> list[_Placed]:
        """The parts that have lines, with their places."""
        parts = [part for part in self._parts if part.file.size]
        is_counted = self.is_counted
        placed: list[_Placed] = []
        for part in parts if is_counted else parts[-1:]:
            start = placed[-1].end if placed else 0
            placed.append(_Placed(part, start, 1 if part.mark and is_counted else 0))
        return placed

    def _at(self, number: int) -> _Placed | None:
        return next((each for each in self._placed() if each.start <= number < each.end), None)

    def close(self) -> None:
        """Let go of the files."""
        for part in self._parts:
            part.file.close()

    def look(self) -> bool:
        """Whether a file has changed since the last look."""
        changed = [part.file.look() for part in self._parts]
        return any(changed)

    def count_lines(self, is_cancelled: Callable[[], bool] = lambda: False) -> bool:
        """Number every line; may run in a thread. See `LogFile.count_lines`."""
        uncounted = [part.file for part in self._parts if part.file.size and not part.file.is_counted]
        return all(file.count_lines(is_cancelled) for file in uncounted)

    def is_mark(self, number: int) -> bool:
        """Whether a line is wantui's own."""
        placed = self._at(number)
        return placed is not None and number - placed.start < placed.marks

    def attempt_of(self, number: int) -> int | None:
        """Number of the attempt that has written a line; None: it is wantui's own."""
        placed = self._at(number)
        return None if placed is None or number - placed.start < placed.marks else placed.part.attempt

    @property
    def ends_in_a_line_under_way(self) -> bool:
        """Whether the last line may still change: a progress bar is drawn over, or half a line is written."""
        placed = self._placed()
        return bool(placed) and placed[-1].part.file.ends_in_a_line_under_way

    def line(self, number: int) -> str:
        """A line, from 0, with absolute numbers; of a very long one its end."""
        placed = self._at(number)
        if placed is None:
            return ""
        within = number - placed.start - placed.marks
        if within < 0:
            return placed.part.mark
        text, absolute = placed.part.file.line(within).decode("utf-8", "replace"), placed.part.absolute
        return text if absolute is None else absolute(text)

    def find(
        self, sought: Sought, start: int, step: int, is_cancelled: Callable[[], bool] = lambda: False
    ) -> int | None:
        """The next line, from `start` in the direction of `step`, that has what is sought in it as it is shown.

        Goes past the end to the start. May run in a thread once everything is counted.

        Raises:
            TimeoutError: it takes too long to tell whether a line has it.
        """
        placed = self._placed()
        if not self.is_counted or not placed:
            return None
        start %= placed[-1].end
        first = next(at for at, each in enumerate(placed) if start < each.end)
        for turn in range(len(placed) + 1):
            each = placed[(first + turn * step) % len(placed)]
            begin = start - each.start if turn == 0 else 0 if step > 0 else each.count - 1
            for found in self._found_in(each, sought, begin, step, is_cancelled):
                return each.start + found
        return None

    def _found_in(
        self, placed: _Placed, sought: Sought, begin: int, step: int, is_cancelled: Callable[[], bool]
    ) -> Iterator[int]:
        """Lines of a part that have it, from its line `begin` on: of the mark and of the file one at most."""
        mark = placed.part.mark.encode()
        if step > 0 and begin < placed.marks and sought.is_in(mark):
            yield 0
        within = max(0, begin - placed.marks) if step > 0 else begin - placed.marks
        if within >= 0:
            part = placed.part
            found = part.file.find(sought, within, step, is_cancelled, wraps=False, absolute=part.absolute)
            if found is not None:
                yield placed.marks + found
        if step < 0 and placed.marks and sought.is_in(mark):
            yield 0
