"""One line of text being typed: a value, so that filter and search need no widget of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class LineEdit:
    """Text with a caret in it."""

    text: str = ""
    caret: int = 0
    """How many characters are before the caret."""

    @classmethod
    def at_end(cls, text: str) -> LineEdit:
        """`text` with the caret behind it."""
        return cls(text, len(text))

    def typed(self, text: str) -> LineEdit:
        """Something typed or pasted; of several lines only the first is taken."""
        piece = "".join(character for character in (text.splitlines() or [""])[0] if character.isprintable())
        whole = self.text[: self.caret] + piece + self.text[self.caret :]
        return LineEdit(whole, self.caret + len(piece))

    def key(self, name: str) -> LineEdit | None:  # noqa: PLR0911  one for each key
        """What an editing key makes of it; None for a key that edits nothing."""
        before, after = self.text[: self.caret], self.text[self.caret :]
        match name:
            case "backspace" | "ctrl+h":
                return LineEdit(before[:-1] + after, max(0, self.caret - 1))
            case "delete":
                return replace(self, text=before + after[1:])
            case "left":
                return replace(self, caret=max(0, self.caret - 1))
            case "right":
                return replace(self, caret=min(len(self.text), self.caret + 1))
            case "home" | "ctrl+a":
                return replace(self, caret=0)
            case "end" | "ctrl+e":
                return replace(self, caret=len(self.text))
            case "ctrl+u":
                return LineEdit(after, 0)
            case "ctrl+w":
                kept = before.rstrip()
                kept = kept[: kept.rfind(" ") + 1]
                return LineEdit(kept + after, len(kept))
            case _:
                return None
