"""What has been changed in this workspace: the steps of the journal, the newest first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.binding import Binding

from wantui.formatting import plural
from wantui.terminal.foreign_text import clean
from wantui.ui.copying import copy
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.row_list import MOVES, RowList
from wantui.ui.drawing.styles import Part, fit
from wantui.ui.drawing.stylesheets import dialogs_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from wantui.journal.changes import Step


class StepList(RowList):
    """One step a row."""

    BINDINGS = [  # noqa: RUF012  Textual's way
        *MOVES,
    ]
    HEAD_LINES = 0

    def __init__(self, steps: Sequence[Step]) -> None:
        super().__init__(id="steps", classes="dialog")
        self._steps = list(reversed(steps))
        self.border_title = "What has been changed"
        self.border_subtitle = key_hints("u undo and ctrl+r redo, after leaving this list  esc close")

    def on_mount(self) -> None:
        """Measure."""
        self.rows_changed()

    @property
    def row_count(self) -> int:
        """How many steps there are."""
        return len(self._steps)

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is none
        """No head."""
        return []

    def empty(self, width: int) -> list[list[Part]]:
        """Nothing yet."""
        return self.said(
            "Nothing has been changed yet. Every edit, bulk change, removal and import is kept here.", width
        )

    @property
    def chosen(self) -> Step | None:
        """The step under the cursor."""
        return self._steps[self.cursor] if self._steps else None

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """When, whether it holds, what."""
        step, styles = self._steps[index], self.text_styles
        when = time.strftime("%m-%d %H:%M", time.localtime(step.when))
        files = plural(len(step.changes), "file")
        what = clean(step.what) + (" (undone)" if step.is_undone else "")
        room = max(10, width - len(when) - len(files) - 4)
        ink = styles.dim if step.is_undone else styles.strong if under_cursor else styles.plain
        return [
            (f"{when}  ", styles.dim),
            (fit(what, room, GLYPHS.ellipsis), ink),
            (f"  {files}", styles.dim),
        ]


class StepsScreen(Dialog[None]):
    """The list, until it is left."""

    CSS_PATH = dialogs_sheet()
    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,enter,q,H", "dismiss", "Leave", show=False),
        Binding("y", "copy", "Copy what was changed", show=False),
    ]

    def __init__(self, steps: Sequence[Step]) -> None:
        super().__init__()
        self._steps = steps

    def compose(self) -> ComposeResult:
        """The list."""
        yield StepList(self._steps)

    def action_copy(self) -> None:
        """Copy what the step under the cursor has changed."""
        step = self.query_one(StepList).chosen
        said = None if step is None else step.what
        copy(self, said, "the change")
