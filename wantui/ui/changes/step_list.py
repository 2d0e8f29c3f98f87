"""What has been changed in this workspace: the steps of the journal, the newest first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.reactive import reactive

from wantui.formatting import plural
from wantui.journal.changes import Moved
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.difference_list import NAME_SHARE, difference_line
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.row_list import MOVES, RowList
from wantui.ui.drawing.styles import Part, fit

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.journal.changes import Kept, Step


class StepList(RowList):
    """One step a row."""

    BINDINGS = [*MOVES]  # noqa: RUF012  Textual's way
    HEAD_LINES = 0

    steps: reactive[tuple[Step, ...]] = reactive((), repaint=False)
    """The newest first."""

    def __init__(self) -> None:
        super().__init__(id="steps")

    def watch_steps(self) -> None:
        """Other steps, or some are undone."""
        self.rows_changed()

    @property
    def chosen(self) -> Step | None:
        """The step under the cursor."""
        return self.steps[self.cursor] if self.cursor < len(self.steps) else None

    @property
    def row_count(self) -> int:
        """How many steps there are."""
        return len(self.steps)

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is none
        """No head."""
        return []

    def empty(self, width: int) -> list[list[Part]]:
        """Nothing yet."""
        return self.said(
            "Nothing has been changed yet. Every edit, bulk change, removal and import is kept here.", width
        )

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """Number, when, whether it holds, what."""
        step, styles = self.steps[index], self.text_styles
        when = time.strftime("%m-%d %H:%M", time.localtime(step.when))
        files = plural(len(step.changes), "file")
        what = clean(step.what) + (" (undone)" if step.is_undone else "")
        number = f"{step.number:>3}  "
        room = max(10, width - len(number) - len(when) - len(files) - 4)
        ink = styles.dim if step.is_undone else styles.strong if under_cursor else styles.plain
        return [
            (f"{number}{when}  ", styles.dim),
            (fit(what, room, GLYPHS.ellipsis), ink),
            (f"  {files}", styles.dim),
        ]


class StepChanges(RowList):
    """What a step did to each of its files."""

    BINDINGS = [*MOVES]  # noqa: RUF012  Textual's way
    HEAD_LINES = 0

    changes: reactive[tuple[Kept, ...]] = reactive((), repaint=False)
    """One for each file."""
    note: reactive[str] = reactive("")
    """Why there are none."""

    def __init__(self, root: Path) -> None:
        """Show nothing yet; files in `root`, the workspace, are named from there."""
        super().__init__(id="step-changes")
        self._root = root

    def watch_changes(self) -> None:
        """Of another step."""
        self.rows_changed()
        self.move_to(0)

    @property
    def row_count(self) -> int:
        """How many files."""
        return len(self.changes)

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is none
        """No head."""
        return []

    def empty(self, width: int) -> list[list[Part]]:
        """Why there are none."""
        return self.said(clean(self.note), width)

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """A file: where it went, or its text before and after."""
        change, styles = self.changes[index], self.text_styles
        name_ink = styles.strong if under_cursor else styles.plain
        path = change.source if isinstance(change, Moved) else change.path
        name = fit(clean(path.name), max(8, int(width * NAME_SHARE)), GLYPHS.ellipsis)
        if isinstance(change, Moved):
            return [(f"{name}  ", name_ink), (f"{GLYPHS.arrow} {clean(self._place(change.target))}", styles.dim)]
        before, after = (side.decode(errors="replace") for side in (change.removed, change.inserted))
        state: list[Part] = []
        if change.before is None:
            state = [("new  ", styles.good)]
        elif change.after is None:
            state = [("removed  ", styles.bad)]
        return [(f"{name}  ", name_ink), *state, *difference_line(before, after, styles)]

    def _place(self, path: Path) -> str:
        return str(path.relative_to(self._root) if path.is_relative_to(self._root) else path)
