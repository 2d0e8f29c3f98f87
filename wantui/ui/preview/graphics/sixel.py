"""Pictures as sixels: bands of six lines, a pass over the band for each colour (DEC STD 070, chapter 9)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from wantui.ui.preview.thumbnails import Picture

COLOURS = 128
"""Of a picture; more take longer to send than they can be told apart."""
_BAND = 6
_EMPTY = ord("?")
"""The sign for six pixels of which none is set; the others follow it."""
_LEVEL = 100
"""Colours are written in per cent."""
_RUN = re.compile(rb"(.)\1{3,}")


@lru_cache(maxsize=COLOURS)
def _only(colour: int) -> bytes:
    """A table that turns one colour into 1 and the others into 0."""
    return bytes(1 if each == colour else 0 for each in range(256))


def encode(picture: Picture, colours: int = COLOURS) -> str:
    """The escape sequence that draws a picture where the cursor is."""
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.pixels)
    image = image.quantize(colours)
    palette = image.getpalette() or []
    head = [f'\x1bP0;1;0q"1;1;{picture.width};{picture.height}']
    for number in range(len(palette) // 3):
        red, green, blue = (round(level * _LEVEL / 255) for level in palette[number * 3 : number * 3 + 3])
        head.append(f"#{number};2;{red};{green};{blue}")
    pixels, stride = image.tobytes(), picture.width * _BAND
    bands = (_band(pixels[at : at + stride], picture.width) for at in range(0, len(pixels), stride))
    return "".join(head) + "-".join(bands) + "\x1b\\"


def _band(pixels: bytes, width: int) -> str:
    """One band: a pass for each colour that is in it. The bits of a column are put together as one long number."""
    empty = int.from_bytes(bytes([_EMPTY]) * width)
    passes = []
    for colour in sorted(set(pixels)):
        signs, only = empty, pixels.translate(_only(colour))
        for line in range(len(pixels) // width):
            signs += int.from_bytes(only[line * width : (line + 1) * width]) << line
        written = signs.to_bytes(width).rstrip(b"?")
        passes.append(f"#{colour}" + _RUN.sub(_shortened, written).decode("ascii"))
    return "$".join(passes)


def _shortened(run: re.Match[bytes]) -> bytes:
    return b"!%d%c" % (len(run[0]), run[1])
