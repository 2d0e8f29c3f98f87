"""The prompt of what is shown, on as many lines as it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.terminal.foreign_text import clean
from wantui.ui.captions.caption_view import wrapped
from wantui.ui.drawing.drawn import DrawnBlock
from wantui.ui.drawing.glyphs import GLYPHS

if TYPE_CHECKING:
    from textual.geometry import Size

    from wantui.ui.drawing.styles import Part

MOST_LINES = 3
"""The pictures need the rest of a small screen."""


class PromptHead(DrawnBlock):
    """A prompt that is seen whole, as far as that leaves room for pictures."""

    def __init__(self) -> None:
        super().__init__(classes="prompt-head")
        self._prompt = ""

    def show(self, prompt: str) -> None:
        """Show another one."""
        if prompt != self._prompt:
            self._prompt = prompt
            self.changed()
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  Textual's
        """As many lines as it takes."""
        return len(self.block(width, 0))

    def block(self, width: int, height: int) -> list[list[Part]]:  # noqa: ARG002  one signature
        """Every line."""
        pieces = wrapped(clean(self._prompt), width, MOST_LINES, GLYPHS.ellipsis)
        return [[(piece, self.text_styles.strong)] for piece in pieces]
