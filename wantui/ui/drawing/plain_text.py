"""For terminals that cannot show Unicode: whatever is drawn, ours or Textual's or foreign, leaves as ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import get_character_cell_size
from rich.segment import Segment
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color

_STAND_INS = {
    **dict.fromkeys("─━═╌╍┄┅▔▁", "-"),
    **dict.fromkeys("│┃║▏▕▎▊", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛", "+"),
    **dict.fromkeys("▂▃▄▅▆▇█▀▌▐▋▍▉▖▗▘▝", "#"),
    **dict.fromkeys("…", "~"),
    **dict.fromkeys("·•●○◐▪", "*"),
    **dict.fromkeys("‘’", "'"),  # noqa: RUF001  typographic quotes are what is replaced
    **dict.fromkeys("“”", '"'),
    **dict.fromkeys("–—", "-"),  # noqa: RUF001  likewise
}


def plain(text: str) -> str:
    """`text` in ASCII, as wide as before."""
    if text.isascii():
        return text
    return "".join(
        character if character.isascii() else _STAND_INS.get(character, "?") * get_character_cell_size(character)
        for character in text
    )


class PlainText(LineFilter):
    """The last thing that happens to a line before it is sent."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  Textual's signature
        """The same line in ASCII."""
        return [Segment(plain(segment.text), segment.style, segment.control) for segment in segments]
