"""Pictures as lines of half blocks: the upper pixel is the foreground of a cell, the lower one its background."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from wantui.ui.drawing.glyphs import GLYPHS, Glyphs

if TYPE_CHECKING:
    from wantui.ui.preview.thumbnails import Picture

_RAMP = " .:-=+*#%@"
"""From dark to light, for terminals without half blocks."""


@lru_cache(maxsize=8192)
def _colour(pixel: bytes) -> Color:
    red, green, blue = pixel
    return Color(f"#{red:02x}{green:02x}{blue:02x}", ColorType.TRUECOLOR, None, ColorTriplet(red, green, blue))


@lru_cache(maxsize=16384)
def two_colours(fore: bytes, back: bytes) -> Style:
    """A style of two colours, of three bytes each."""
    return Style(color=_colour(fore), bgcolor=_colour(back))


def half_blocks(picture: Picture, width: int, base: Style, glyphs: Glyphs = GLYPHS) -> list[Strip]:
    """The lines of a picture in the middle of `width` cells; neighbours of the same two colours share a segment."""
    left = max(0, (width - picture.width) // 2)
    margin = [Segment(" " * left, base)] if left else []
    rest = width - left - picture.width
    behind = [Segment(" " * rest, base)] if rest > 0 else []
    draw = _plain_line if not glyphs.upper_half else _block_line
    return [
        Strip([*margin, *draw(picture, y, base, glyphs), *behind], max(width, picture.width))
        for y in range(0, picture.height, 2)
    ]


def _block_line(picture: Picture, y: int, base: Style, glyphs: Glyphs) -> list[Segment]:
    stride = picture.width * 3
    upper = picture.pixels[y * stride : (y + 1) * stride]
    lower = picture.pixels[(y + 1) * stride : (y + 2) * stride]
    if not lower:
        return [
            Segment(glyphs.upper_half, base + Style(color=_colour(upper[x : x + 3]))) for x in range(0, stride, 3)
        ]
    segments: list[Segment] = []
    x = 0
    while x < stride:
        top, bottom = upper[x : x + 3], lower[x : x + 3]
        end = x + 3
        while end < stride and upper[end : end + 3] == top and lower[end : end + 3] == bottom:
            end += 3
        length = (end - x) // 3
        segments.append(Segment((" " if top == bottom else glyphs.upper_half) * length, two_colours(top, bottom)))
        x = end
    return segments


def _plain_line(picture: Picture, y: int, base: Style, glyphs: Glyphs) -> list[Segment]:  # noqa: ARG001  one signature
    stride = picture.width * 3
    row = picture.pixels[y * stride : (y + 1) * stride]
    segments: list[Segment] = []
    for x in range(0, stride, 3):
        red, green, blue = row[x : x + 3]
        light = (299 * red + 587 * green + 114 * blue) // 1000
        segments.append(Segment(_RAMP[light * len(_RAMP) // 256], base + Style(color=_colour(row[x : x + 3]))))
    return segments
