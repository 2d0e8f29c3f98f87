"""What a captioning job prints, and what a reader makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.formatting import plain_plural
from wantui.runs.counted_output import CountedOutput

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMED = 3
"""How many items a sentence names before it counts the rest."""
_FAILURE = "not captioned: "


def failure_line(failed: Sequence[tuple[str, str]], count: int) -> str:
    """The last line where something went wrong.

    Args:
        failed: names of files, and why there is no caption.
        count: how many items there were.
    """
    named = "; ".join(f"{' '.join(name.split())}: {why}" for name, why in failed[:NAMED])
    more = f"; and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
    return f"{_FAILURE}{len(failed)} of {plain_plural(count, 'item')}: {named}{more}"


class CaptioningOutput(CountedOutput):
    """Reads the output of a captioning job."""

    def __init__(self) -> None:
        super().__init__("captioning", "items? to caption ")

    def take(self, line: bytes) -> None:
        """Also what went wrong."""
        super().take(line)
        if line.startswith(_FAILURE.encode()):
            self.known = replace(self.known, cause=line.decode(errors="replace"))
