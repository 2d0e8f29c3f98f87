"""Draws the cells of a screen as SVG, each where it belongs.

Textual's own `export_screenshot` leaves the places of letters to the font: where its letters are narrower than the
cells, words move to the left and lines of a border break, and some programs leave out spaces at the beginning of a
text. Here each word stands at its cell, and lines, blocks and braille dots are shapes that no font is asked for.
"""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.color import blend_rgb
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.color import Color
    from rich.segment import Segment

    from wantui.ui.app import WantuiApp

FONT = "DejaVu Sans Mono"
SIZE = 16.0
"""Of the letters, in pixels."""
CELL_WIDTH, CELL_HEIGHT = 9.632, 20.0
"""The font's letters are 0.602 of their size wide."""
BASE_LINE = 15.0
"""From the top of a cell to the foot of its letters."""
MARGIN, BAR = 10, 30
LINES = {  # arms of a cell's middle: left, right, up, down
    "─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "rud", "┤": "lud", "┬": "lrd", "┴": "lru",
    "┼": "lrud", "━": "lr", "╸": "l",
}  # fmt: skip
THICK = "━╸"
HEIGHTS = "▁▂▃▄▅▆▇█"
WIDTHS = {"▌": 0.5, "▏": 0.125}
BRAILLE = range(0x2800, 0x2900)
DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Column and row of each bit of a braille sign."""


def svg_of(app: WantuiApp, title: str) -> str:
    """What an app shows, in the frame of a window."""
    columns, lines = app.size
    ground = _hex(app.screen.styles.background.rich_color)
    drawn = [shape for y, strip in enumerate(app.screen._compositor.render_strips()) for shape in _line(strip, y)]  # noqa: SLF001  no other way
    width, height = columns * CELL_WIDTH + 2 * MARGIN, lines * CELL_HEIGHT + BAR + MARGIN
    ink = "#c5c8c6" if app.current_theme.dark else "#3a3f4b"
    lights = "".join(
        f'<circle cx="{20 + 20 * at}" cy="{BAR / 2}" r="6" fill="{colour}"/>'
        for at, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'font-family="{FONT}" font-size="{SIZE:g}">'
        f'<rect width="{width:g}" height="{height:g}" rx="8" fill="{ground}"/>{lights}'
        f'<text x="{width / 2:g}" y="20" text-anchor="middle" fill="{ink}" font-weight="bold">{escape(title)}</text>'
        f'<g transform="translate({MARGIN},{BAR})">{"".join(drawn)}</g></svg>'
    )


def _line(segments: Iterable[Segment], y: int) -> Iterator[str]:
    """Grounds first, so that no neighbour's lies over a letter."""
    shapes: list[str] = []
    column = 0
    for segment in segments:
        style = segment.style or Style()
        ink, ground = _colours(style)
        width = cell_len(segment.text)
        if style.bgcolor is not None:
            yield _rect((column, y), (width, 1), ground)
        shapes += _shapes(segment.text, column, y, ink, "bold" if style.bold else "normal")
        column += width
    yield from shapes


def _colours(style: Style) -> tuple[str, str]:
    ink, ground = _hex(style.color), _hex(style.bgcolor, is_ground=True)
    if style.reverse:
        ink, ground = ground, ink
    if style.dim and style.color is not None and style.bgcolor is not None:
        faded = blend_rgb(style.color.get_truecolor(), style.bgcolor.get_truecolor(), 0.4)
        ink = faded.hex
    return ink, ground


def _hex(colour: Color | None, *, is_ground: bool = False) -> str:
    if colour is None:
        return (SVG_EXPORT_THEME.background_color if is_ground else SVG_EXPORT_THEME.foreground_color).hex
    return colour.get_truecolor(SVG_EXPORT_THEME).hex


def _shapes(text: str, column: int, y: int, ink: str, weight: str) -> Iterator[str]:
    """Words as text, signs as shapes; equal signs beside each other as one."""
    for kind, group in groupby(text, key=lambda sign: sign if _is_shape(sign) else sign == " "):
        run = "".join(group)
        if isinstance(kind, str):
            yield from _sign(kind, column, y, len(run), ink)
        elif kind is False:
            x, foot = column * CELL_WIDTH, y * CELL_HEIGHT + BASE_LINE
            yield f'<text x="{x:g}" y="{foot:g}" fill="{ink}" font-weight="{weight}">{escape(run)}</text>'
        column += cell_len(run)


def _is_shape(sign: str) -> bool:
    return sign in LINES or sign in HEIGHTS or sign in WIDTHS or sign == "▀" or ord(sign) in BRAILLE


def _sign(sign: str, column: int, y: int, count: int, ink: str) -> Iterator[str]:
    """A sign, so many times beside itself."""
    if sign in HEIGHTS:
        part = (HEIGHTS.index(sign) + 1) / 8
        yield _rect((column, y + 1 - part), (count, part), ink)
    elif sign == "▀":
        yield _rect((column, y), (count, 0.5), ink)
    elif sign in WIDTHS:
        for at in range(count):
            yield _rect((column + at, y), (WIDTHS[sign], 1), ink)
    elif sign in LINES:
        yield from _arms(sign, column, y, count, ink)
    else:
        bits = ord(sign) - BRAILLE.start
        for at in range(count):
            for bit, (across, down) in enumerate(DOTS):
                if bits >> bit & 1:
                    x = (column + at + 0.25 + across / 2) * CELL_WIDTH
                    yield f'<circle cx="{x:g}" cy="{(y + (down + 0.5) / 4) * CELL_HEIGHT:g}" r="1.6" fill="{ink}"/>'


def _arms(sign: str, column: int, y: int, count: int, ink: str) -> Iterator[str]:
    arms, thick = LINES[sign], 2.6 if sign in THICK else 1.2
    across, down = thick / CELL_WIDTH / 2, thick / CELL_HEIGHT / 2
    if "l" in arms or "r" in arms:
        left = 0.0 if "l" in arms else 0.5 - across
        right = count if "r" in arms else count - 0.5 + across
        yield _rect((column + left, y + 0.5 - down), (right - left, 2 * down), ink)
    if "u" in arms or "d" in arms:
        top = 0.0 if "u" in arms else 0.5 - down
        foot = 1.0 if "d" in arms else 0.5 + down
        for at in range(count):
            yield _rect((column + at + 0.5 - across, y + top), (2 * across, foot - top), ink)


def _rect(corner: tuple[float, float], size: tuple[float, float], ink: str) -> str:
    """A rectangle, in cells."""
    x, y, width, height = corner[0] * CELL_WIDTH, corner[1] * CELL_HEIGHT, size[0] * CELL_WIDTH, size[1] * CELL_HEIGHT
    place = f'x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"'
    return f'<rect {place} fill="{ink}" shape-rendering="crispEdges"/>'
