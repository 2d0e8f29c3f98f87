"""Images that look alike: a small print of each, and the pairs whose prints are nearly the same.

The print is a difference hash (dHash): of the picture shrunk to 9x9 greys, whether each is brighter than its right
neighbour, 64 bits, and than the one below, 64 more. Resizing, saving again and small changes of brightness leave
nearly all of them. Since evenly grey areas give the same bits whatever they are next to, two pictures are said to be
alike only if the greys themselves, and the mean colour, are near each other too.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

from wantui import reading
from wantui.dataset.errors import BROKEN_IMAGE
from wantui.dataset.presentation import Otherwise, declared, is_seen_through

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL.Image import Image

SIDE = 9
"""Greys a side."""
BITS = 128
MOST_BITS_APART = 8
"""Of `BITS`. In the demo's pictures half the size at JPEG quality 40, or 3 % more brightness, changes up to 6; the
two different ones that are nearest to each other are 21 apart."""
MOST_GREYS_APART = 8.0
"""Mean difference of the greys, of 255."""
MOST_COLOUR_APART = 16
"""Difference of the mean colour in each channel, of 255."""
PRINT_BYTES = SIDE * SIDE + 3

_BANDS = MOST_BITS_APART + 1
"""Two hashes that differ in so many bits less one agree in one of so many bands: only those are compared."""


@dataclass(frozen=True)
class Print:
    """What a picture is compared by."""

    content: bytes
    """81 greys from the top left, then the mean red, green and blue."""
    otherwise: Otherwise | None = None
    """How the trainer sees the picture otherwise than other programs show it."""

    @cached_property
    def bits(self) -> int:
        """The difference hash."""
        greys, found = self.content, 0
        for y in range(SIDE - 1):
            for x in range(SIDE - 1):
                at = y * SIDE + x
                found = found << 2 | (greys[at] > greys[at + 1]) << 1 | (greys[at] > greys[at + SIDE])
        return found

    def is_like(self, other: Print) -> bool:
        """Whether a person would take the two for one picture."""
        if (self.bits ^ other.bits).bit_count() > MOST_BITS_APART:
            return False
        greys = zip(self.content[:-3], other.content[:-3], strict=True)
        if sum(abs(one - two) for one, two in greys) > MOST_GREYS_APART * SIDE * SIDE:
            return False
        colours = zip(self.content[-3:], other.content[-3:], strict=True)
        return all(abs(one - two) <= MOST_COLOUR_APART for one, two in colours)


class DamagedPictureError(Exception):
    """An image that cannot be decoded; the message is a clause about it."""


def print_of(path: str) -> Print:
    """The print of an image, which is decoded whole, at the smallest scale that its format can be decoded at.

    Raises:
        DamagedError: the trainer could not decode it either.
        OSError: the file cannot be read.
    """
    from PIL import Image as images  # noqa: N813, PLC0415  slow to import
    from PIL import UnidentifiedImageError  # noqa: PLC0415

    with reading.open_file(path) as file:  # cannot be read is told apart from what cannot be decoded
        try:
            with images.open(file) as image:
                otherwise = declared(image)
                image.draft("RGB", (SIDE * 8, SIDE * 8))
                if otherwise is Otherwise.TRANSPARENT and not is_seen_through(image):
                    otherwise = None
                return Print(_shrunk(image), otherwise)
        except UnidentifiedImageError as error:  # its message shows the open file as Python writes it
            raise DamagedPictureError("it is not an image that can be read") from error
        except (*BROKEN_IMAGE, images.DecompressionBombError) as error:
            raise DamagedPictureError(str(error) or "it cannot be decoded") from error


def _shrunk(image: Image) -> bytes:
    """81 greys and three colours; a picture that is no RGB is converted as the trainer converts it."""
    from PIL.Image import Resampling  # noqa: PLC0415  see above

    colours = image if image.mode in ("RGB", "L") else image.convert("RGB")
    small = colours.reduce(max(1, min(image.size) // (SIDE * 8))) if min(image.size) > SIDE * 16 else colours
    tiny = small.resize((SIDE, SIDE), Resampling.BOX).convert("RGB")
    mean = tiny.resize((1, 1), Resampling.BOX).tobytes()
    return tiny.convert("L").tobytes() + mean


def alike(prints: Sequence[Print | None]) -> Iterator[tuple[int, int]]:
    """Pairs of pictures that look alike, as indexes, the first one smaller; each picture is at most once the second.

    Pictures with the same hash are compared with the first of their kind alone, and different hashes only where they
    share a band of bits: no pair that is near enough is missed, and few others are looked at.

    Args:
        prints: in order; None: not known.
    """
    leaders: list[int] = []
    of_hash: defaultdict[int, list[int]] = defaultdict(list)
    for index, each in enumerate(prints):
        if each is None:
            continue
        same = next((at for at in of_hash[each.bits] if _is_like(prints, at, index)), None)
        if same is not None:
            yield same, index
        else:
            of_hash[each.bits].append(index)
            leaders.append(index)
    seconds: set[int] = set()
    for one, two in sorted(_near(prints, leaders)):
        if two not in seconds and one not in seconds:
            seconds.add(two)
            yield one, two


def _near(prints: Sequence[Print | None], leaders: Sequence[int]) -> set[tuple[int, int]]:
    """Pairs of `leaders` that look alike."""
    found: set[tuple[int, int]] = set()
    width = -(-BITS // _BANDS)
    mask = (1 << width) - 1
    for band in range(_BANDS):
        sharing: defaultdict[int, list[int]] = defaultdict(list)
        for index in leaders:
            each = prints[index]
            if each is not None:
                sharing[each.bits >> band * width & mask].append(index)
        for indexes in sharing.values():
            found.update(pair for pair in combinations(indexes, 2) if pair not in found and _is_like(prints, *pair))
    return found


def _is_like(prints: Sequence[Print | None], one: int, two: int) -> bool:
    first, second = prints[one], prints[two]
    return first is not None and second is not None and first.is_like(second)


def workers() -> int:
    """Threads that decode at once: Pillow lets others run while it decodes."""
    return min(8, len(os.sched_getaffinity(0)))
