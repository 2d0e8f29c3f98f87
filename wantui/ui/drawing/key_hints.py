"""Keys look like keys wherever they stand: in the accent colour, beside what they do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from wantui.ui.drawing.styles import Part, TextStyles

KEY = r"(?:enter|esc|tab|space|arrows|pgdn|pgup|(?:ctrl|shift)\+\S|f\d{1,2}|[^\W\d_]|[/!?:+,.<>-])"
_HINT = re.compile(rf"(?:(?<=  )|(?<=[·-] )|^){KEY}(?: {KEY})*(?=[ ,]|$)|\b(?:ctrl|shift)\+\w\b")
"""Keys where a hint begins: at the beginning, and behind two blanks or a dot."""
_QUOTED = re.compile(rf"`({KEY}|\S|up|down|left|right|home|end|insert|delete|backspace)`")


def key_hints(text: str) -> Content:
    """A border's hints, as ``enter start  esc close``, for `border_subtitle`."""
    content = Content(text)
    for match in _HINT.finditer(text):
        content = content.stylize("$primary bold", match.start(), match.end())
    return content


def sentence_parts(text: str, styles: TextStyles) -> list[Part]:
    """A sentence whose keys are in backticks: ``No jobs yet: `t` opens the run form``."""
    pieces = _QUOTED.split(text)
    return [(piece, styles.accent if at % 2 else styles.dim) for at, piece in enumerate(pieces) if piece]
