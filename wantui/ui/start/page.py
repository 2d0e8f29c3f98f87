"""The steps drawn: ticks, titles, what was found, and the step to do next on a ground of its own."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from textual.reactive import reactive

from wantui.ui.commands.command_table import commands_of
from wantui.ui.drawing.drawn import DrawnBlock
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import Part, cells
from wantui.ui.start.steps import StartFacts, StepText, steps_of

if TYPE_CHECKING:
    from wantui.ui.drawing.styles import TextStyles

WIDEST = 100
"""Cells of the page, however wide the terminal is."""
BESIDE_FROM = 96
"""Cells from which on what was found stands beside a step's title, and below it where there are fewer."""
FOUND_AT = 38
"""Where it stands then."""
SPACIOUS = 26
"""Lines that the page mostly has where its steps stand apart: it stays in its place while facts come."""
INDENT = "     "
"""Below a step's title: its sign and its number."""
KEY_WIDTH = 6

Line = list[Part]


class StepsPage(DrawnBlock):
    """The whole page but for the lines at the top and the bottom."""

    seen: reactive[StartFacts] = reactive(StartFacts(), repaint=False)
    """What is known by now."""
    at: reactive[int] = reactive(0, repaint=False)
    """The step that enter acts on."""

    def watch_seen(self) -> None:
        """Other facts."""
        self.changed()

    def watch_at(self) -> None:
        """Another step."""
        self.changed()

    def block(self, width: int, height: int) -> list[Line]:
        """The page in as much air as there is room for."""
        lines = self._in(width, is_spacious=True)
        if len(lines) > height:
            return self._in(width, is_spacious=False)
        return [*([] for _ in range((height - SPACIOUS) // 2)), *lines]

    def _keys(self, step: StepText) -> list[tuple[str, str]]:
        table = commands_of(self).by_id
        given = ((table[command_id].key, says) for command_id, says in step.keys)
        return [("enter", step.enter), *((key, says) for key, says in given if key)]

    def _in(self, width: int, *, is_spacious: bool) -> list[Line]:
        styles = self.text_styles
        gap: list[Line] = [[]] if is_spacious else []
        lines: list[Line] = [
            [("  Train a WAN2.2 LoRA", styles.strong)],
            [
                (
                    "  Three steps, ticked as they are done. Nothing starts until you press a key.",
                    styles.dim,
                )
            ],
            *gap,
        ]
        for number, step in enumerate(steps_of(self.seen)):
            is_here = number == self.at
            own = step_lines(number, step, styles, width, self._keys(step) if is_here else None)
            if is_here:
                own = [_on(each, styles, width) for each in own]
            pad: list[Line] = [_on([], styles, width)] if is_here and is_spacious else [[]]
            lines += [*pad, *own, *(pad if is_spacious else [])]
        demo: Line = [
            ("  No GPU at hand?  ", styles.strong),
            ("D ", styles.accent),
            ("trains on sample pictures, in 40 s; q there comes back", styles.dim),
        ]
        return [*lines, [], *gap, demo]


def step_lines(
    number: int, step: StepText, styles: TextStyles, width: int, keys: list[tuple[str, str]] | None
) -> list[Line]:
    """One step in lines of `width` cells.

    Args:
        number: from 0.
        step: what it says.
        styles: of the theme.
        width: in cells.
        keys: and what each does; None: enter acts on another step.
    """
    is_here = keys is not None
    sign, ink = (
        (GLYPHS.done, styles.good)
        if step.is_done
        else (GLYPHS.running, styles.accent)
        if is_here
        else (GLYPHS.missing, styles.faint)
    )
    title: Line = [
        (f"  {sign} ", ink),
        (f"{number + 1}  ", styles.strong),
        (step.title, styles.strong if is_here or step.is_done else styles.dim),
    ]
    room = width - len(INDENT) - 4
    found_ink = styles.plain if is_here else styles.dim
    if width >= BESIDE_FROM:
        pieces = wrap(step.found, width - FOUND_AT - 2) or [""]
        lines: list[Line] = [[*title, (" " * (FOUND_AT - cells(title)), styles.plain), (pieces[0], found_ink)]]
        lines += [[(" " * FOUND_AT, styles.plain), (piece, found_ink)] for piece in pieces[1:]]
    else:
        lines = [title, *([("  " + INDENT, styles.plain), (piece, found_ink)] for piece in wrap(step.found, room))]
    for note in step.notes if is_here else ():
        lines += [[("  " + INDENT, styles.plain), (piece, styles.dim)] for piece in wrap(note, room)]
    lines += [
        [("  " + INDENT, styles.plain), (f"{key:<{KEY_WIDTH}}", styles.accent), (says, styles.dim)]
        for key, says in keys or ()
    ]
    lines += [[("  " + INDENT, styles.plain), (piece, styles.caution)] for piece in wrap(step.warning, room)]
    return lines


def _on(own: Line, styles: TextStyles, width: int) -> Line:
    """A line on the ground of the step that enter acts on."""
    ground = styles.cursor_row
    room = max(0, width - cells(own))
    return [*((text, ground + ink) for text, ink in own), (" " * room, ground)]
