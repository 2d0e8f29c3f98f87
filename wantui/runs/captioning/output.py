"""What a captioning job prints, and what a reader makes of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.formatting import plain_plural
from wantui.runs.log_lines import LogLines

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMED = 3
"""How many items a sentence names before it counts the rest."""
_ITEM = re.compile(rb"\[(\d+)/(\d+) ([\d.]+)s\] ")
_TOTAL = re.compile(rb"(\d+) items? to caption ")
_FAILURE = "not captioned: "


def item_line(number: int, count: int, elapsed_s: float, name: str, said: str) -> str:
    """One item's line: ``[3/20 7.5s] anna_003.png: a woman in a field``."""
    return f"[{number}/{count} {elapsed_s:.1f}s] {' '.join(name.split())}: {' '.join(said.split())}"


def failure_line(failed: Sequence[tuple[str, str]], count: int) -> str:
    """The last line where something went wrong.

    Args:
        failed: names of files, and why there is no caption.
        count: how many items there were.
    """
    named = "; ".join(f"{' '.join(name.split())}: {why}" for name, why in failed[:NAMED])
    more = f"; and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
    return f"{_FAILURE}{len(failed)} of {plain_plural(count, 'item')}: {named}{more}"


class CaptioningOutput(LogLines):
    """Reads the output of a captioning job."""

    def __init__(self) -> None:
        super().__init__("captioning")

    def take(self, line: bytes) -> None:
        """An item that is done, how many there are, or what went wrong."""
        if found := _ITEM.match(line):
            step, steps = int(found[1]), int(found[2])
            step_s = float(found[3]) / step if step else None
            left = None if step_s is None else (steps - step) * step_s
            self.known = replace(self.known, step=step, steps=steps, step_s=step_s, eta_s=left)
        elif found := _TOTAL.match(line):
            self.known = replace(self.known, step=0, steps=int(found[1]))
        elif line.startswith(_FAILURE.encode()):
            self.known = replace(self.known, cause=line.decode(errors="replace"))
