"""Lines of a log for the clipboard of the terminal (OSC 52)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.formatting import plural
from wantui.ui.copying import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable


def copied(line: Callable[[int], str], first: int, last: int) -> tuple[str, str]:
    """The text of some lines, and what is said of it.

    Args:
        line: a line by its number.
        first: number of the first one.
        last: number of the last one; where they are too many for a terminal, the last ones are left out.
    """
    taken: list[str] = []
    size = 0
    for number in range(first, last + 1):
        text = line(number)
        size += len(text.encode()) + 1
        if size > MOST_BYTES and taken:
            wanted = plural(last + 1 - first, "line")
            said = f"{len(taken):,} of {wanted} are copied: terminals take no more than 100 kB at a time."
            return "\n".join(taken), said
        taken.append(text)
    said = "The line is copied." if len(taken) == 1 else f"{plural(len(taken), 'line')} are copied."
    return "\n".join(taken), said
