"""Pictures as characters that split a cell: quadrants (2x2 pixels) and sextants (2x3), each in two colours.

Of all ways to split a cell's pixels into two groups the one is taken whose pixels are nearest to the mean colours
of their groups (least squares of red, green and blue). Of `k` pixels `n` are in front. With D the sum, over these, of
how far a pixel is from the cell's mean, a split lets the squares fall by ``k |D|² / (n (k - n))``: where this is the
largest, the split is the best. All cells are computed at once, on planes of the picture, in whole numbers.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageMath
from rich.segment import Segment
from textual.strip import Strip

from wantui.ui.preview.half_blocks import two_colours
from wantui.ui.preview.thumbnails import reduced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wantui.ui.preview.thumbnails import Picture

QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By the sum of 1 upper left, 2 upper right, 4 lower left, 8 lower right."""
_OLDER = {0: " ", 21: "▌", 42: "▐", 63: "█"}
"""Sextants that were characters before the others came, which leave them out."""
SEXTANTS = "".join(
    _OLDER.get(number) or chr(0x1FB00 + number - 1 - sum(1 for older in (21, 42) if number > older))
    for number in range(64)
)
"""By the sum of 1, 2 for the upper two, 4, 8 for those in the middle, 16, 32 for the lower two (Unicode 13)."""
ACROSS = 2
"""Pixels side by side in a cell."""
_SIGNS = {2: QUADRANTS, 3: SEXTANTS}
"""By the pixels above each other in a cell."""
_BANDS = "rgb"
_WHOLE = {4: 12, 6: 360}
"""By the pixels of a cell: what ``n (k - n)`` divides for every n. Nothing that is computed leaves 32 bits."""


def strips(picture: Picture, rows: int) -> tuple[Strip, ...]:
    """The lines of a picture.

    Args:
        picture: its pixels, and the colours that it may be drawn in; filled up to whole cells if need be.
        rows: pixels above each other in a cell, 2 or 3.
    """
    columns, lines = -(-picture.width // ACROSS), -(-picture.height // rows)
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.pixels)
    image = image.resize((columns * ACROSS, lines * rows), Image.Resampling.NEAREST)
    numbers, front, back = split(image, rows)
    colours = [reduced(each, picture.palette).tobytes() for each in (front, back)]
    signs = _SIGNS[rows]
    return tuple(
        Strip(
            list(
                _segments(signs, numbers[at : at + columns], *(each[at * 3 : (at + columns) * 3] for each in colours))
            ),
            columns,
        )
        for at in range(0, columns * lines, columns)
    )


def _segments(signs: str, numbers: bytes, front: bytes, back: bytes) -> Iterator[Segment]:
    """A line of cells; neighbours of the same two colours share a segment."""
    text, inks = "", (b"", b"")
    for at, number in enumerate(numbers):
        behind = back[at * 3 : at * 3 + 3]
        found = (front[at * 3 : at * 3 + 3] if number else behind), behind
        if found != inks and text:
            yield Segment(text, two_colours(*inks))
            text = ""
        text, inks = text + signs[number], found
    yield Segment(text, two_colours(*inks))


def split(image: Image.Image, rows: int) -> tuple[bytes, Image.Image, Image.Image]:
    """How the cells of a picture are split, row by row.

    Args:
        image: in RGB; two pixels across and `rows` down for each cell.
        rows: 2 or 3.

    Returns:
        For each cell: which pixels are in front, as a sum of bits, never the last one; their colour; and that of the
        others. A cell of one colour has none in front, whose colour then means nothing.
    """
    count = ACROSS * rows
    size = image.width // ACROSS, image.height // rows
    planes = {
        f"{band}{number}": _plane(channel, size, number, rows)
        for band, channel in zip(_BANDS, image.split(), strict=True)
        for number in range(count)
    }
    numbers, *levels = ImageMath.lambda_eval(lambda given: _found(given, count), **planes)
    front, back = (Image.merge("RGB", [each.im.convert("L") for each in side]) for side in (levels[:3], levels[3:]))
    return numbers.im.convert("L").tobytes(), front, back


def _plane(channel: Image.Image, size: tuple[int, int], number: int, rows: int) -> Image.Image:
    """One pixel of each cell."""
    x, y = number % ACROSS, number // ACROSS
    moved = (ACROSS, 0, x + (1 - ACROSS) / 2, 0, rows, y + (1 - rows) / 2)  # from the middle of a cell to its pixel's
    return channel.transform(size, Image.Transform.AFFINE, moved, Image.Resampling.NEAREST).convert("I")


def _found(given: dict[str, Any], count: int) -> list[Any]:
    """For each cell the number of the best split, then the levels of red, green and blue in front, then behind."""
    bands = [[given[f"{band}{number}"] for number in range(count)] for band in _BANDS]
    totals = [_sum(band) for band in bands]
    far = [[pixel * count - total for pixel in band] for band, total in zip(bands, totals, strict=True)]
    numbers = _best(far, count, given["max"])
    masks = [numbers >> number & 1 for number in range(count)]
    front_count = _sum(masks)
    fronts = [_sum([mask * pixel for mask, pixel in zip(masks, band, strict=True)]) for band in bands]
    backs = [total - front for total, front in zip(totals, fronts, strict=True)]
    back_count = count - front_count
    return [
        numbers,
        *((front * 2 + front_count) / (front_count * 2) for front in fronts),
        *((back * 2 + back_count) / (back_count * 2) for back in backs),
    ]


def _best(far: list[list[Any]], count: int, greater: Callable[[Any, Any], Any]) -> Any:
    """For each cell the number of the best split, 0 where all are alike.

    Args:
        far: of red, green and blue the planes of how far each pixel is from the mean, times `count`.
        count: pixels of a cell.
        greater: gives the greater of two planes. (Pillow's planes have no public type.)
    """
    numbers = best = far[0][0] * 0
    sums = [best] * len(far)
    number = 0
    for step in range(1, 1 << (count - 1)):  # by Gray's code: from one split to the next a single pixel changes
        changed = (step & -step).bit_length() - 1
        number ^= 1 << changed
        is_in = number >> changed & 1
        sums = [each + band[changed] if is_in else each - band[changed] for each, band in zip(sums, far, strict=True)]
        in_front = number.bit_count()
        gain = _sum([each * each for each in sums]) * (_WHOLE[count] // (in_front * (count - in_front)))
        numbers = numbers + (gain > best) * (number - numbers)
        best = greater(gain, best)
    return numbers


def _sum(planes: list[Any]) -> Any:
    return reduce(add, planes)
