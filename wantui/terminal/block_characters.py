"""Which terminals draw quadrants and sextants themselves, so that they fit their cells whatever the font has.

A terminal is believed by the name that it answers to XTVERSION (xterm's ctlseqs). Answers came to the following ones
no earlier than sextants did: kitty 0.19 and 0.21.2, foot 1.7, VTE 0.62 and 0.76, Konsole 22.04 (their change logs and
histories), and ghostty. Alacritty does not answer it, but tells its version in its secondary attributes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SEXTANT_ROWS = 3
"""Rows of a cell's pixels in sextants."""
QUADRANT_ROWS = 2
"""The same in quadrants."""
_SINCE = {
    "kitty": ((0,), (0,)),
    "foot": ((0,), (0,)),
    "vte": ((0,), (0,)),
    "konsole": ((0,), (0,)),
    "ghostty": ((0,), (0,)),
    "wezterm": ((20210814,), (20210314,)),  # its documents: custom_block_glyphs
    "alacritty": ((0, 13, 2), (0, 10)),  # its change log
}
"""By the name: the first version that draws sextants, and quadrants."""
_NAME = re.compile(r"([a-z]+)[ (]v?(\d+(?:\.\d+)*)", re.IGNORECASE)


def rows_drawn(name: str) -> int:
    """Rows of pixels that a terminal tells apart in a cell of two columns: 3, 2, or 0 where that is not known.

    Args:
        name: with its version, as ``foot(1.16.2)`` or ``WezTerm 20240203-110809-5046fc22``.
    """
    found = _NAME.match(name)
    if found is None or found[1].lower() not in _SINCE:
        return 0
    version = tuple(int(part) for part in found[2].split("."))
    sextants, quadrants = _SINCE[found[1].lower()]
    if version >= sextants:
        return SEXTANT_ROWS
    return QUADRANT_ROWS if version >= quadrants else 0


def rows_drawn_by_all(names: Iterable[str]) -> int:
    """The least of what several terminals draw; 0 where there is none of them."""
    return min(map(rows_drawn, names), default=0)


def alacritty(version: int) -> str:
    """The name of the Alacritty that tells this version: 1302 for 0.13.2 (its ``terminal::version_number``)."""
    return f"alacritty {version // 10000}.{version // 100 % 100}.{version % 100}"
