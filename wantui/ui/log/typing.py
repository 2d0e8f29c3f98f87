"""The line that is typed at the bottom of a log: an expression behind ``/`` or ``&``, a place behind ``:``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wantui.ui.dialogs.line_edit import LineEdit
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import line

if TYPE_CHECKING:
    from textual import events
    from textual.strip import Strip

    from wantui.ui.drawing.styles import TextStyles

SEARCH, PLACE, ONLY = "/", ":", "&"


@dataclass(frozen=True, slots=True)
class Typing:
    """What is being typed."""

    sign: str
    """What it is for: `SEARCH`, `PLACE` or `ONLY`."""
    edit: LineEdit = field(default_factory=LineEdit)
    trouble: str = ""
    """Why it was not obeyed."""

    def key(self, event: events.Key) -> Typing | None:
        """What a key makes of it; None: it edits nothing."""
        typed = event.character if event.is_printable else None
        changed = self.edit.typed(typed) if typed else self.edit.key(event.key)
        return None if changed is None else Typing(self.sign, changed)

    def with_trouble(self, trouble: str) -> Typing:
        """The same with why it was not obeyed."""
        return replace(self, trouble=trouble)

    def strip(self, width: int, styles: TextStyles) -> Strip:
        """The line."""
        edit = self.edit
        return line(
            [(f" {self.sign} ", styles.accent), (edit.text[: edit.caret], styles.plain),
             (GLYPHS.caret, styles.accent), (edit.text[edit.caret :], styles.plain),
             (f"  {self.trouble}" if self.trouble else "", styles.bad)], width, styles.raised,
        )  # fmt: skip


def place_of(typed: str, count: int) -> int | None:
    """The number of the line, from 0, that a person means by ``120`` or ``50%``; None: by neither.

    Args:
        typed: what was typed.
        count: lines there are.
    """
    digits = typed.strip().removesuffix("%").strip()
    if not digits.isdecimal() or len(digits) > 15:  # noqa: PLR2004  more lines than a disk holds
        return None
    if typed.strip().endswith("%"):
        return max(0, min(count - 1, count * int(digits) // 100))
    return max(0, min(count, int(digits)) - 1)
