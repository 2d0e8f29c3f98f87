"""Which runs are laid over the curves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.containers import Vertical

from wantui.formatting import clock_and_day, count, plural
from wantui.terminal.foreign_text import clean
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.row_list import RowList
from wantui.ui.drawing.styles import Part, fit, right
from wantui.ui.drawing.stylesheets import dialogs_sheet

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from textual.app import ComposeResult

    from wantui.services.curves import ComparedRun

MOST = 8
"""Runs that may be laid over at once: more cannot be told from each other."""


class ComparedList(RowList):
    """Runs that have made a step."""

    HEAD_LINES = 0

    def __init__(self, runs: Sequence[ComparedRun], chosen: Collection[int]) -> None:
        super().__init__(id="compared")
        self.runs = tuple(runs)
        self.chosen = {*chosen} & {each.run for each in runs}

    def on_mount(self) -> None:
        """Measure."""
        self.rows_changed()

    @property
    def row_count(self) -> int:
        """How many runs there are."""
        return len(self.runs)

    def empty(self, width: int) -> list[list[Part]]:
        """There is none."""
        return self.said("No other run has made a step yet.", width)

    def now(self) -> float:
        """The time, which tests hold still."""
        return time.time()

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """A run: whether it is chosen, its number and name, when it was queued, its steps."""
        each, styles = self.runs[index], self.text_styles
        is_chosen = each.run in self.chosen
        steps = "  ".join(f"{kind} {count(step)}" for kind, step in each.last)
        said = right(f"{clock_and_day(each.created, now=self.now())}  {steps}", 0)
        room = max(8, width - len(said) - 12)
        return [
            (f"{GLYPHS.marked if is_chosen else ' '} ", styles.accent),
            (f"{each.run:>4}  ", styles.strong if under_cursor or is_chosen else styles.plain),
            (fit(clean(each.suffix), room, GLYPHS.ellipsis), styles.plain),
            (f"  {said}", styles.dim),
        ]

    def toggle(self) -> bool:
        """Choose the run under the cursor, or do not; whether that may be."""
        if not self.runs:
            return False
        run = self.runs[self.cursor].run
        if run not in self.chosen and len(self.chosen) >= MOST:
            return False
        self.chosen ^= {run}
        self.refresh()
        self.move_to(self.cursor + 1)
        return True


class ComparedRuns(Dialog[tuple[int, ...]]):
    """Comes back with the runs that are to be laid over, the newest first; None: as before.

    The keys are the dialog's own, so that they are obeyed before the list has the focus.
    """

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        ("escape,q", "dismiss", "As before"),
        ("enter", "done", "Overlay them"),
        ("space", "choose", "Choose the run, or do not"),
        ("x", "none", "Choose none"),
        ("j,down", "move(1)", "Go to the next run"),
        ("k,up", "move(-1)", "Go to the previous run"),
        ("pagedown", "move(10)", "Go down a page"),
        ("pageup", "move(-10)", "Go up a page"),
        ("ctrl+d", "move(5)", "Go down half a page"),
        ("ctrl+u", "move(-5)", "Go up half a page"),
    ]

    def __init__(self, runs: Sequence[ComparedRun], chosen: Collection[int]) -> None:
        super().__init__()
        self._list = ComparedList(runs, chosen)
        self._list.can_focus = False

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(id="compared-runs", classes="dialog") as box:
            box.border_title = "Overlay other runs"
            box.border_subtitle = key_hints("space choose  x none  enter overlay  esc")
            yield self._list

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self._list.move_to(self._list.cursor + by)

    def action_choose(self) -> None:
        """Choose the run under the cursor, or do not."""
        if not self._list.toggle() and self._list.runs:
            self.notify(f"{plural(MOST, 'run')} at most can be overlaid.", timeout=3, markup=False)

    def action_none(self) -> None:
        """Choose none."""
        self._list.chosen.clear()
        self._list.refresh()

    def action_done(self) -> None:
        """Overlay them."""
        self.dismiss(tuple(each.run for each in self._list.runs if each.run in self._list.chosen))
