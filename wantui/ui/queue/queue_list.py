"""The runs of the queue: one a line, in their order."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.reactive import reactive

from wantui.formatting import clock_and_day
from wantui.terminal.foreign_text import clean
from wantui.ui.commands.command_table import key_for
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.row_list import MOVES, RowList
from wantui.ui.drawing.styles import Part, fit, right

if TYPE_CHECKING:
    from wantui.services.annotations import QueuedRun, QueueView

EMPTY = (
    "Nothing is waiting or running.\n"
    "esc, then {train} opens the run form: what is started while other runs have the GPUs waits here for its turn. "
    "{copy} on a job queues a changed copy of its run."
)
UNKNOWN = "unknown"
"""Stands for a time that nobody knows."""
WIDE = 100
"""From this width on the times have room for a day and a date."""

STATE = 9
"""Cells of the column of how a run stands."""
WANTED_REASON = 20
"""Where there is less room for it, what a run waits for stands below the list alone, and the names get the room."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Widths of the columns; the last one takes what is left."""

    position: int
    run: int
    suffix: int
    state: int
    time: int
    reason: int

    @classmethod
    def for_width(cls, width: int, runs: tuple[QueuedRun, ...]) -> _Columns:
        position = len(str(len(runs))) + 1
        run = max([3, *(len(str(each.run)) for each in runs)]) + 2
        longest = max([6, *(len(_name(each)) for each in runs)]) + 2
        suffix, times = min(longest, 34 if width >= WIDE else 16), 16 if width >= WIDE else 12
        reason = max(0, width - position - 3 - run - suffix - STATE - 2 * times)
        if reason < WANTED_REASON:
            suffix, reason = min(longest, suffix + reason), 0
        return cls(position, run, suffix, STATE, times, reason)


def _name(row: QueuedRun) -> str:
    return clean(row.suffix or row.kind)


class QueueList(RowList):
    """Every run that has not ended."""

    BINDINGS = [*MOVES]  # noqa: RUF012  Textual's way

    queue: reactive[QueueView | None] = reactive(None, repaint=False)
    """None: it has not been looked at yet."""

    def __init__(self) -> None:
        super().__init__(id="queued")

    def watch_queue(self, old: QueueView | None, _new: QueueView | None) -> None:
        """Another order, or other runs; the cursor stays on its run."""
        chosen = old.runs[self.cursor].run if old is not None and self.cursor < len(old.runs) else None
        numbers = [row.run for row in self.runs]
        self.rows_changed()
        if chosen in numbers:
            self.move_to(numbers.index(chosen))

    @property
    def runs(self) -> tuple[QueuedRun, ...]:
        """What is listed."""
        return () if self.queue is None else self.queue.runs

    @property
    def row_count(self) -> int:
        """Runs."""
        return len(self.runs)

    @property
    def chosen(self) -> QueuedRun | None:
        """The run under the cursor."""
        return self.runs[self.cursor] if self.cursor < len(self.runs) else None

    def empty(self, width: int) -> list[list[Part]]:
        """How to get runs."""
        keys = {"train": key_for(self, "train"), "copy": key_for(self, "jobs.copy")}
        return self.said("Reading the queue." if self.queue is None else EMPTY.format(**keys), width)

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is one line
        """The names of the columns."""
        if not self.runs:
            return []
        columns, dim = _Columns.for_width(width - 2, self.runs), self.text_styles.dim
        return [
            (" " * (columns.position + 4), dim), (fit("run", columns.run), dim), (fit("name", columns.suffix), dim),
            (fit("state", columns.state), dim), (fit("start", columns.time), dim), (fit("end", columns.time), dim),
            (fit("waits for", columns.reason), dim),
        ]  # fmt: skip

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """Position, run, how it stands, when it starts and ends, what it waits for."""
        row, styles = self.runs[index], self.text_styles
        columns = _Columns.for_width(width, self.runs)
        sign, ink = {
            "running": (GLYPHS.running, styles.good),
            "waiting": (GLYPHS.waiting, styles.dim),
            "held": (GLYPHS.stopped, styles.caution),
            "paused": (GLYPHS.stopped, styles.dim),
        }[row.state]
        name = styles.strong if under_cursor else styles.plain
        has_started = row.start is not None and row.start <= self.now()
        return [
            (right(str(row.position), columns.position), styles.dim), (f" {sign} ", ink),
            (fit(str(row.run), columns.run), name),
            (fit(_name(row), columns.suffix - 1, GLYPHS.ellipsis) + " ", name),
            (fit(row.state, columns.state), ink),
            self._time(row.start, columns.time, is_certain=has_started), self._time(row.end, columns.time),
            (fit(clean(row.waiting_for), columns.reason, GLYPHS.ellipsis), styles.dim),
        ]  # fmt: skip

    def _time(self, moment: float | None, width: int, *, is_certain: bool = False) -> Part:
        if moment is None:
            return fit(UNKNOWN, width), self.text_styles.dim
        about = "" if is_certain else "~"
        return fit(about + clock_and_day(moment, now=self.now()), width), self.text_styles.plain

    def now(self) -> float:
        """The time, which tests hold still."""
        return time.time()
