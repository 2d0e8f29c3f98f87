"""Captions as they would become: what goes and what comes, told by signs as well as by colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from wantui.captions.differences import DifferenceKind, difference
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.row_list import RowList
from wantui.ui.drawing.styles import Part, cells, fit

if TYPE_CHECKING:
    from wantui.services.annotations import CaptionChange
    from wantui.ui.drawing.styles import TextStyles

CONTEXT = 24
"""Cells of what stays that are shown in front of a row's first difference."""
NAME_SHARE = 0.3


def difference_parts(before: str, after: str, styles: TextStyles) -> list[Part]:
    """One line: what stays is dim, what goes stands in ``[- -]``, what comes in ``{+ +}``."""
    parts: list[Part] = []
    for part in difference(before, after):
        text = clean(part.text.replace("\n", GLYPHS.line_end))
        match part.kind:
            case DifferenceKind.KEPT:
                parts.append((text, styles.dim))
            case DifferenceKind.REMOVED:
                parts.append((f"[-{text}-]", styles.bad))
            case DifferenceKind.ADDED:
                parts.append((f"{{+{text}+}}", styles.good))
    return parts


def difference_line(before: str, after: str, styles: TextStyles) -> list[Part]:
    """The same from a little before the first difference."""
    parts = difference_parts(before, after, styles)
    if parts and parts[0][1] is styles.dim and cells(parts[:1]) > CONTEXT:
        parts[0] = (GLYPHS.ellipsis + parts[0][0][-CONTEXT:], styles.dim)
    return parts


class DifferenceList(RowList):
    """One change a row; a row is made when it is drawn."""

    HEAD_LINES = 0

    changes: reactive[tuple[CaptionChange, ...]] = reactive((), repaint=False)
    """What would become what."""
    note: reactive[str] = reactive("")
    """What is said where there are no changes."""

    @property
    def row_count(self) -> int:
        """How many captions change."""
        return len(self.changes)

    def watch_changes(self) -> None:
        """Other changes."""
        self.rows_changed()

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is none
        """No head."""
        return []

    def empty(self, width: int) -> list[list[Part]]:
        """Why nothing changes."""
        return self.said(self.note, width)

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """Name, and the caption from a little before its first difference."""
        change, styles = self.changes[index], self.text_styles
        name_width = max(8, int(width * NAME_SHARE))
        name = fit(clean(change.item.media.name), name_width, GLYPHS.ellipsis)
        parts = difference_line(change.before or "", change.after, styles)
        return [(f"{name}  ", styles.strong if under_cursor else styles.plain), *parts]
