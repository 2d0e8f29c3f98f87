"""What is typed in the head of the dataset list: a filter, a name to jump to, the letter of an order."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from wantui.terminal.foreign_text import clean
from wantui.ui.dialogs.line_edit import LineEdit
from wantui.ui.drawing.glyphs import GLYPHS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wantui.listing.filters import FilterError
    from wantui.ui.drawing.styles import Part, TextStyles

REMEMBERED = 50
"""Filters that are kept to be called back."""


class Outcome(Enum):
    """What a key has done to an entry."""

    PASSED = auto()
    """Nothing: it is for somebody else."""
    TAKEN = auto()
    """It was typed, and there is more to come."""
    ENDED = auto()
    """What stands there is wanted."""
    CANCELLED = auto()
    """Nothing is wanted any more."""


class Entry(Protocol):
    """Takes the keys of the list until it is at an end."""

    def head(self, styles: TextStyles) -> list[Part]:
        """What stands in the head of the list."""

    def typed(self, text: str) -> Outcome:
        """Take text that was typed or pasted."""

    def key(self, name: str) -> Outcome:
        """Take any other key, by Textual's name for it."""


class FilterEntry:
    """A filter, with those before it to be called back by up and down."""

    def __init__(self, text: str, before: Sequence[str]) -> None:
        """Begin with `text`; `before` are earlier filters, the newest last."""
        self._edit = LineEdit.at_end(text)
        self._lines = [*before, text]
        self._at = len(before)
        self.error: FilterError | None = None
        """What is wrong with the text, and where; None where it is a filter."""

    @property
    def text(self) -> str:
        """What stands there."""
        return self._edit.text

    def head(self, styles: TextStyles) -> list[Part]:
        """The text with its caret, what is wrong in another colour."""
        text, caret = self._edit.text, self._edit.caret
        start, end = (self.error.start, self.error.end) if self.error else (len(text), len(text))
        cuts = sorted({0, start, caret, end, len(text)})
        parts: list[Part] = [(" / ", styles.accent)]
        for begin, stop in zip(cuts, [*cuts[1:], len(text)], strict=True):
            if begin == caret:
                parts.append((GLYPHS.caret, styles.accent))
            parts.append((text[begin:stop], styles.bad if start <= begin < end else styles.plain))
        if self.error is not None:
            parts.append((f"   {clean(self.error.message)}", styles.bad))
        return parts

    def typed(self, text: str) -> Outcome:
        """Put it in at the caret."""
        self._edit = self._edit.typed(text)
        return Outcome.TAKEN

    def key(self, name: str) -> Outcome:
        """Edit, call an earlier filter back, or end; down from the newest goes on to the items."""
        if name in ("enter", "escape"):
            return Outcome.ENDED if name == "enter" else Outcome.CANCELLED
        if name in ("up", "down"):
            return self._call_back(-1 if name == "up" else 1)
        changed = self._edit.key(name)
        if changed is None:
            return Outcome.PASSED
        self._edit = changed
        return Outcome.TAKEN

    def _call_back(self, step: int) -> Outcome:
        self._lines[self._at] = self._edit.text
        at = self._at + step
        if at == len(self._lines):
            return Outcome.ENDED
        self._at = max(0, at)
        self._edit = LineEdit.at_end(self._lines[self._at])
        return Outcome.TAKEN


class NameEntry:
    """The start of a name to jump to."""

    def __init__(self) -> None:
        self.text = ""
        self.is_found = True

    def head(self, styles: TextStyles) -> list[Part]:
        """The letters so far."""
        ink = styles.plain if self.is_found else styles.bad
        said = "" if self.is_found else "   no such name"
        if not self.text:
            said = "name to jump to"
        return [
            (" ' ", styles.accent),
            (self.text, ink),
            (GLYPHS.caret, styles.accent),
            (said, styles.dim),
        ]

    def typed(self, text: str) -> Outcome:
        """Another letter."""
        self.text = LineEdit.at_end(self.text).typed(text).text
        return Outcome.TAKEN

    def key(self, name: str) -> Outcome:
        """Take a letter back, or end; any other key ends it and does what it always does."""
        if name in ("enter", "escape"):
            return Outcome.ENDED
        if name == "backspace":
            self.text = self.text[:-1]
            return Outcome.TAKEN
        return Outcome.PASSED


class SortEntry:
    """The letter of an order."""

    def __init__(self, letters: Mapping[str, str]) -> None:
        """Offer orders; `letters` has the key of each, a letter of its name, and the name."""
        self._letters = letters
        self.chosen = ""
        """The name of the order, when one has been chosen."""

    def head(self, styles: TextStyles) -> list[Part]:
        """The orders, the letter of each in another colour."""
        parts: list[Part] = [(" sort", styles.accent)]
        for letter, name in self._letters.items():
            before, _, after = name.partition(letter)
            parts += [(f"  {before}", styles.dim), (letter, styles.accent), (after, styles.dim)]
        return parts

    def typed(self, text: str) -> Outcome:
        """Choose; anything else is a change of mind."""
        self.chosen = self._letters.get(text, "")
        return Outcome.ENDED if self.chosen else Outcome.CANCELLED

    def key(self, name: str) -> Outcome:  # noqa: ARG002  whichever
        """A change of mind."""
        return Outcome.CANCELLED
