"""What the doctor has found: a line a check, the fix beside it where there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.binding import Binding
from textual.reactive import reactive

from wantui.doctor.model import Mark
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.row_list import MOVES, RowList
from wantui.ui.drawing.styles import Part, fit

if TYPE_CHECKING:
    from wantui.doctor.model import Finding

CHECK = 15
"""Cells of a check's name."""


class FindingList(RowList):
    """Every check."""

    BINDINGS = [  # noqa: RUF012  Textual's way
        *MOVES,
        Binding("n", "step_trouble(1)", "Go to the next finding that needs something", show=False),
        Binding("N", "step_trouble(-1)", "Go to the one before", show=False),
    ]
    HEAD_LINES = 0

    findings: reactive[tuple[Finding, ...]] = reactive((), repaint=False)
    """In the doctor's order."""
    note: reactive[str] = reactive("")
    """What is said before there are any."""

    def __init__(self) -> None:
        super().__init__(id="findings")

    def watch_findings(self) -> None:
        """Others; the cursor goes to the first that needs something."""
        self.rows_changed()
        first = next((at for at, each in enumerate(self.findings) if each.mark is not Mark.GOOD), 0)
        self.move_to(first)

    @property
    def row_count(self) -> int:
        """Checks."""
        return len(self.findings)

    @property
    def chosen(self) -> Finding | None:
        """The one under the cursor."""
        return self.findings[self.cursor] if self.cursor < len(self.findings) else None

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is none
        """No head."""
        return []

    def empty(self, width: int) -> list[list[Part]]:
        """Nothing is known yet."""
        return self.said(self.note, width)

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """Sign, check, what was seen, and what fixes it."""
        finding, styles = self.findings[index], self.text_styles
        sign, ink = {
            Mark.GOOD: (GLYPHS.done, styles.good),
            Mark.CAUTION: (GLYPHS.problem, styles.caution),
            Mark.BAD: (GLYPHS.error, styles.bad),
        }[finding.mark]
        seen = clean(finding.seen)
        cure = "" if finding.cure is None else f"  {GLYPHS.arrow} {clean(finding.cure)}"
        room, taken = width - CHECK - 3, cell_len(seen)
        return [
            (f" {sign} ", ink),
            (fit(finding.check, CHECK), styles.strong if under_cursor else styles.plain),
            (fit(seen, min(taken, room), GLYPHS.ellipsis), styles.plain if finding.cure else styles.dim),
            (fit(cure, min(cell_len(cure), room - taken), GLYPHS.ellipsis), styles.dim),
        ]

    def action_step_trouble(self, step: int) -> None:
        """Go to the next or previous check that needs something."""
        wanted = [at for at, each in enumerate(self.findings) if each.mark is not Mark.GOOD]
        beyond = [at for at in wanted if (at > self.cursor if step > 0 else at < self.cursor)]
        if beyond:
            self.move_to(beyond[0] if step > 0 else beyond[-1])
