"""Pictures in kitty's protocol, placed by placeholder characters (kitty's documents: "Unicode placeholders").

The pixels are sent once, under a number. Where the picture stands is told by characters, each of which says with two
marks above it which line and column of the picture it is, and with its colour which picture. To everybody in between
they are text: they are clipped, covered and cleared as text is.
"""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from wantui.terminal.tmux import passed_through

if TYPE_CHECKING:
    from wantui.ui.preview.thumbnails import Picture

_PLACEHOLDER = "\U0010eeee"
_CHUNK = 4096
"""Bytes of one escape sequence at most (the protocol's own limit)."""
_COMPRESSION = 3
"""Of the PNG: 6 takes twice as long for a twentieth less."""
_COMPRESSION_OF_FEW = 9
"""Of a PNG of few colours: a quarter less than 3."""
_RANGES = """\
0305 030D-030E 0310 0312 033D-033F 0346 034A-034C 0350-0352 0357 035B 0363-036F 0483-0487 0592-0595 0597-0599
059C-05A1 05A8-05A9 05AB-05AC 05AF 05C4 0610-0617 0657-065B 065D-065E 06D6-06DC 06DF-06E2 06E4 06E7-06E8 06EB-06EC
0730 0732-0733 0735-0736 073A 073D 073F-0741 0743 0745 0747 0749-074A 07EB-07F1 07F3 0816-0819 081B-0823 0825-0827
0829-082D 0951 0953-0954 0F82-0F83 0F86-0F87 135D-135F 17DD 193A 1A17 1A75-1A7C 1B6B 1B6D-1B73 1CD0-1CD2 1CDA-1CDB
1CE0 1DC0-1DC1 1DC3-1DC9 1DCB-1DCC 1DD1-1DE6 1DFE 20D0-20D1 20D4-20D7 20DB-20DC 20E1 20E7 20E9 20F0 2CEF-2CF1
2DE0-2DFF"""


def _marks() -> tuple[str, ...]:
    """The marks that stand for 0, 1, 2 and so on, as the protocol lists them."""
    found: list[str] = []
    for written in _RANGES.split():
        first, _, last = written.partition("-")
        found += [chr(code) for code in range(int(first, 16), int(last or first, 16) + 1)]
    return tuple(found)


MARKS = _marks()
MOST_CELLS = len(MARKS)
"""Columns or lines of a picture at most."""


def placeholders(number: int, columns: int, lines: int) -> list[Strip]:
    """The characters that a picture of `columns` x `lines` cells stands behind.

    Args:
        number: of the picture, 24 bits.
        columns: at most `MOST_CELLS`.
        lines: at most `MOST_CELLS`.
    """
    ink = Style(color=Color.from_rgb(number >> 16 & 255, number >> 8 & 255, number & 255))
    made = []
    for line in range(lines):
        text = "".join(_PLACEHOLDER + MARKS[line] + MARKS[column] for column in range(columns))
        made.append(Strip([Segment(text, ink)], columns))
    return made


def transmit(
    picture: Picture, number: int, columns: int, lines: int, *, in_tmux: bool, colours: int | None = None
) -> str:
    """The escape sequences that send a picture and say how many cells it takes; the terminal answers nothing.

    Args:
        picture: its pixels.
        number: of the picture, 24 bits.
        columns: that it takes.
        lines: that it takes.
        in_tmux: whether they have to be passed through tmux.
        colours: how many are enough, up to 256; None: all of them.
    """
    file = BytesIO()
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.pixels)
    if colours is not None:
        image = image.quantize(colours, dither=Image.Dither.NONE)
    image.save(file, "PNG", compress_level=_COMPRESSION if colours is None else _COMPRESSION_OF_FEW)
    data = base64.b64encode(file.getvalue()).decode("ascii")
    chunks = [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)]
    sequences = []
    for at, chunk in enumerate(chunks):
        head = f"a=T,U=1,i={number},f=100,c={columns},r={lines},q=2," if at == 0 else "q=2,"
        sequences.append(f"\x1b_G{head}m={int(at < len(chunks) - 1)};{chunk}\x1b\\")
    return "".join(passed_through(each) if in_tmux else each for each in sequences)


def forget(number: int, *, in_tmux: bool) -> str:
    """The escape sequence that lets the terminal drop a picture."""
    sequence = f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"
    return passed_through(sequence) if in_tmux else sequence
