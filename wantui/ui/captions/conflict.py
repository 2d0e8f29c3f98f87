"""A caption that two have changed: what both began with, what each made of it, and what they make together."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import VerticalScroll

from wantui.captions.merging import merged
from wantui.terminal.foreign_text import clean
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.difference_list import difference_parts
from wantui.ui.drawing.drawn import DrawnBlock
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.geometry import Size

    from wantui.ui.drawing.styles import Part

KEEP_EDITING = ""
THEIRS, YOURS, BOTH, EDIT = "theirs", "yours", "both", "edit"


class ConflictScreen(Dialog[str]):
    """Comes back with `THEIRS`, `YOURS`, `BOTH`, `EDIT`, or `KEEP_EDITING`."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("y", f"choose('{YOURS}')", "Keep mine", show=False),
        Binding("t", f"choose('{THEIRS}')", "Keep theirs", show=False),
        Binding("b", f"choose('{BOTH}')", "Keep both", show=False),
        Binding("e", f"choose('{EDIT}')", "Edit both", show=False),
        Binding("escape", f"choose('{KEEP_EDITING}')", "Keep editing", show=False),
    ]

    def __init__(self, name: str, base: str, yours: str, theirs: str) -> None:
        """Ask what is to become of a caption.

        Args:
            name: the file's.
            base: what the edit began with.
            yours: what was typed.
            theirs: what is on the disk.
        """
        super().__init__()
        self._file_name = name
        self._base, self._yours, self._theirs = base, yours, theirs
        self.together = merged(base, yours, theirs)

    def compose(self) -> ComposeResult:
        """The texts, the answers."""
        with VerticalScroll(id="conflict", classes="dialog") as box:
            box.border_title = "Changed by somebody else while you edited it"
            both = "" if self.together is None else "b keep both  "
            box.border_subtitle = key_hints(f"y keep mine  t keep theirs  {both}e edit both  esc back")
            yield ConflictTexts(self._file_name, self._base, self._yours, self._theirs, self.together)

    @property
    def to_edit(self) -> str:
        """What an edit of both begins with: both put together, or one above the other."""
        return f"{self._yours}\n{self._theirs}" if self.together is None else self.together

    def action_choose(self, answer: str) -> None:
        """Answer."""
        if answer == BOTH and self.together is None:
            self.app.bell()
        else:
            self.dismiss(answer)


class ConflictTexts(DrawnBlock):
    """Each version as it differs from what both began with."""

    def __init__(self, name: str, base: str, yours: str, theirs: str, together: str | None) -> None:
        super().__init__(id="texts")
        self._file_name = name
        self._base = base
        self._versions = [("yours", yours), ("theirs", theirs)]
        if together is not None:
            self._versions.append(("both together", together))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  Textual's
        """As many lines as it takes."""
        return len(self.block(width, 0))

    def block(self, width: int, height: int) -> list[list[Part]]:  # noqa: ARG002  one signature
        """The file's name; a heading and the text for each version."""
        styles = self.text_styles
        lines: list[list[Part]] = [[(each, styles.strong)] for each in wrap(clean(self._file_name), max(20, width))]
        lines += [[], [("both began with", styles.dim)]]
        lines += [[(piece, styles.plain)] for piece in wrap(clean(self._base), max(20, width)) or ["(no caption)"]]
        for title, text in self._versions:
            lines += [
                [],
                [(title, styles.accent)],
                *wrapped_parts(difference_parts(self._base, text, styles), width),
            ]
        if len(self._versions) == 2:  # noqa: PLR2004  yours and theirs
            lines += [
                [],
                [("Both changed the same words: combine them by hand (e), or choose one.", styles.dim)],
            ]
        return [*lines, [], [("Nothing is lost: what is not kept is saved in .wantui.", styles.dim)]]


def wrapped_parts(parts: list[Part], width: int) -> list[list[Part]]:
    """Parts on as many lines as they need, broken between words where that is possible."""
    lines: list[list[Part]] = [[]]
    used, width = 0, max(20, width)
    for text, style in parts:
        for word in _words(text, width):
            if used + len(word) > width and used:
                lines.append([])
                used = 0
                word = word.lstrip()  # noqa: PLW2901  a line does not begin with space
            lines[-1].append((word, style))
            used += len(word)
    return lines


def _words(text: str, width: int) -> list[str]:
    """`text` cut in front of every space, and where a word is longer than a line."""
    first, *others = text.split(" ")
    words = (first, *(" " + each for each in others))
    return [word[at : at + width] for word in words for at in range(0, max(1, len(word)), width)]
