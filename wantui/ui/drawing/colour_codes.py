"""Cells as they are sent: colours and weight are told where they differ from those of the cell before.

Rich tells all of them for each stretch of one style, and takes them back behind it: 30 to 50 bytes. Cells beside each
other mostly have the same ground, and the next line goes on where the last one ended.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.color import ColorSystem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console
    from rich.segment import Segment
    from rich.style import Style


class Codes(NamedTuple):
    """Parameters of ``CSI m`` (ECMA-48, 8.3.117)."""

    weight: str = ""
    """Bold, dim, reverse and their like; empty: none of them."""
    ink: str = "39"
    ground: str = "49"


PLAIN = Codes()


class Pen:
    """Writes stretches of text, and knows how the terminal writes at the moment."""

    def __init__(self, console: Console) -> None:
        """Begin with a terminal that writes plainly.

        Args:
            console: whose colours are those of the terminal.
        """
        self._system = console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001  as `textual.strip.Strip.render`
        self._at = PLAIN

    def write(self, segments: Iterable[Segment]) -> str:
        """What the terminal is sent for `segments`, control codes as they are."""
        parts: list[str] = []
        for text, style, control in segments:
            if not text:
                continue
            if control or style is None or style.link is not None:
                parts.append(self.end())
                parts.append(text if control or style is None else style.render(text, color_system=self._system))
            else:
                parts += (self._turn(codes(style, self._system)), text)
        return "".join(parts)

    def end(self) -> str:
        """Back to plain writing."""
        return self._turn(PLAIN)

    def _turn(self, to: Codes) -> str:
        before, self._at = self._at, to
        if to == before:
            return ""
        if to == PLAIN:
            return "\x1b[0m"
        if to.weight != before.weight:  # what is no longer wanted ends with everything else
            wanted = ["0", to.weight, *(each for each in to[1:] if each not in PLAIN)]
        else:
            wanted = [each for each, was in zip(to[1:], before[1:], strict=True) if each != was]
        return f"\x1b[{';'.join(filter(None, wanted))}m"


@lru_cache(maxsize=4096)
def codes(style: Style, system: ColorSystem) -> Codes:
    """How a terminal of so many colours writes in a style."""
    weight = style.without_color.render("x", color_system=system).removeprefix("\x1b[").partition("m")[0]
    ink = PLAIN.ink if style.color is None else ";".join(style.color.downgrade(system).get_ansi_codes())
    ground = (
        PLAIN.ground
        if style.bgcolor is None
        else ";".join(style.bgcolor.downgrade(system).get_ansi_codes(foreground=False))
    )
    return Codes("" if weight == "x" else weight, ink, ground)
