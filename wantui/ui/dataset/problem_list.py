"""Problems in groups of one kind, the worst first; a row is made when it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.binding import Binding
from textual.reactive import reactive

from wantui.dataset.model import Severity
from wantui.formatting import plural
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.row_list import MOVES, RowList
from wantui.ui.drawing.styles import Part, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.services.fixes import FixableProblem

NAME_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Group:
    """All problems of one kind."""

    code: str
    troubles: tuple[FixableProblem, ...]

    @property
    def fixable(self) -> int:
        """How many have a fix."""
        return sum(trouble.fix is not None for trouble in self.troubles)

    @property
    def is_error(self) -> bool:
        """Whether a run fails of it."""
        return self.troubles[0].problem.severity is Severity.ERROR


def groups_of(troubles: Sequence[FixableProblem]) -> tuple[Group, ...]:
    """The groups, errors first, then the larger ones."""
    by_code: dict[str, list[FixableProblem]] = {}
    for trouble in troubles:
        by_code.setdefault(trouble.problem.code, []).append(trouble)
    groups = [Group(code, tuple(found)) for code, found in by_code.items()]
    return tuple(sorted(groups, key=lambda group: (not group.is_error, -len(group.troubles), group.code)))


class ProblemList(RowList):
    """A heading for each group, and its problems below it."""

    BINDINGS = [  # noqa: RUF012  Textual's way
        *MOVES,
        Binding("n", "step_group(1)", "Go to the next kind", show=False),
        Binding("N", "step_group(-1)", "Go to the kind before", show=False),
    ]
    HEAD_LINES = 0

    troubles: reactive[tuple[FixableProblem, ...]] = reactive((), repaint=False)
    """What is wrong."""
    note: reactive[str] = reactive("")
    """What is said where nothing is."""

    def __init__(self) -> None:
        super().__init__(id="troubles")
        self._rows: list[Group | tuple[Group, FixableProblem]] = []

    def watch_troubles(self, troubles: tuple[FixableProblem, ...]) -> None:
        """Others; the cursor stays as far down as it was."""
        rows: list[Group | tuple[Group, FixableProblem]] = []
        for group in groups_of(troubles):
            rows.append(group)
            rows += [(group, trouble) for trouble in group.troubles]
        self._rows = rows
        self.rows_changed()

    @property
    def row_count(self) -> int:
        """Headings and problems."""
        return len(self._rows)

    @property
    def group(self) -> Group | None:
        """The group that the cursor is in."""
        if self.cursor >= len(self._rows):
            return None
        row = self._rows[self.cursor]
        return row if isinstance(row, Group) else row[0]

    @property
    def trouble(self) -> FixableProblem | None:
        """The problem under the cursor; on a heading the first one below it."""
        if self.cursor >= len(self._rows):
            return None
        row = self._rows[self.cursor]
        return row.troubles[0] if isinstance(row, Group) else row[1]

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is none
        """No head."""
        return []

    def empty(self, width: int) -> list[list[Part]]:
        """Nothing is wrong, or nothing is known yet."""
        return self.said(self.note, width)

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """A heading, or file, what is wrong and what helps."""
        row, styles = self._rows[index], self.text_styles
        if isinstance(row, Group):
            sign, ink = (GLYPHS.error, styles.bad) if row.is_error else (GLYPHS.problem, styles.caution)
            fixes = f"   {row.fixable} can be fixed" if row.fixable else "   fix by hand"
            return [
                (f"{sign} {plural(len(row.troubles), row.code, row.code)}", ink + styles.strong),
                (fixes, styles.dim),
            ]
        problem, fix = row[1].problem, row[1].fix
        name_width = max(8, int(width * NAME_SHARE))
        where = clean(problem.path.name) + (f":{problem.line}" if problem.line is not None else "")
        name, message = fit(where, name_width, GLYPHS.ellipsis), clean(problem.message)
        helps = f"  {GLYPHS.arrow} {clean(row[1].helps)}"
        room = max(0, width - name_width - 5)
        taken = min(cell_len(message), room)
        return [
            ("   ", styles.plain),
            (f"{name}  ", styles.strong if under_cursor else styles.plain),
            (fit(message, taken, GLYPHS.ellipsis), styles.plain),
            (
                fit(helps, min(cell_len(helps), room - taken), GLYPHS.ellipsis),
                styles.good if fix else styles.dim,
            ),
        ]

    def action_step_group(self, step: int) -> None:
        """Go to the next or previous heading."""
        headings = [at for at, row in enumerate(self._rows) if isinstance(row, Group)]
        if step > 0:
            self.move_to(next((at for at in headings if at > self.cursor), self.cursor))
        else:
            self.move_to(next((at for at in reversed(headings) if at < self.cursor), self.cursor))
