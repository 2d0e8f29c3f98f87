"""Pictures small enough for a pane, decoded off the event loop and kept for as long as they are looked at."""

from __future__ import annotations

import struct
import threading
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Item

KEPT = 48
"""Thumbnails kept: at 100x90 pixels 27 kB each."""


class Palette(StrEnum):
    """How many colours the terminal has."""

    TRUE = "true"
    CUBE = "256"
    """6x6x6 levels and 24 greys (xterm's 256 colours, entries 16 to 255)."""
    SIXTEEN = "16"


_LEVELS = (0, 95, 135, 175, 215, 255)
_CUBE = (
    *((red, green, blue) for red in _LEVELS for green in _LEVELS for blue in _LEVELS),
    *((grey, grey, grey) for grey in range(8, 248, 10)),
)
_SIXTEEN = (
    (0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0), (0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170),
    (85, 85, 85), (255, 85, 85), (85, 255, 85), (255, 255, 85), (85, 85, 255), (255, 85, 255), (85, 255, 255),
    (255, 255, 255),
)  # fmt: skip
"""The sixteen colours as rich counts them (``rich.palette`` of version 15), so that each is sent as itself."""


BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, struct.error, LookupError, TypeError, ArithmeticError, MemoryError,
)  # fmt: skip
"""What Pillow's readers raise on files that are not what they begin as."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels to draw."""

    width: int
    height: int
    pixels: bytes
    """Red, green, blue, row by row from the top."""


@dataclass(frozen=True, slots=True)
class PictureKey:
    """Which pixels: of which file as it was when, in which box, in how many colours, on which ground."""

    path: Path
    mtime_ns: int
    width: int
    height: int
    """Pixels that it must fit into."""
    palette: Palette
    background: tuple[int, int, int]
    is_video: bool = False


def key_of(item: Item, cells: tuple[int, int], palette: Palette, background: tuple[int, int, int]) -> PictureKey:
    """The pixels wanted for an item in a box of cells, two pixels a cell above each other."""
    width, height = max(1, cells[0]), max(1, cells[1] * 2)
    return PictureKey(item.media, item.media_mtime_ns, width, height, palette, background, item.is_video)


class Thumbnails:
    """Makes pictures and keeps the newest; one is decoded at a time, whatever the number of threads that ask."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept: OrderedDict[PictureKey, Picture | str] = OrderedDict()
        self._most = kept
        self._decoding = threading.Lock()

    def known(self, key: PictureKey) -> Picture | str | None:
        """The picture, or why there is none, without decoding; None where it is not kept."""
        found = self._kept.get(key)
        if found is not None:
            try:
                self._kept.move_to_end(key)
            except KeyError:
                return found  # another thread has just dropped it
        return found

    def make(self, key: PictureKey) -> Picture | str:
        """The picture, or why there is none, decoding it where need be."""
        with self._decoding:
            found = self.known(key)
            if found is None:
                found = decode(key)
                self._kept[key] = found
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            return found


def decode(key: PictureKey) -> Picture | str:
    """Read a file into pixels; a sentence where that cannot be done."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415  65 ms that the first screen must not pay

    try:
        if key.is_video:
            image: Any = _first_frame(key.path)
            if image is None:
                return "no frame can be decoded"
        else:
            image = Image.open(key.path)
            longer = max(key.width, key.height)
            image.draft("RGB", (longer, longer))
            image = ImageOps.exif_transpose(image)
        image = _flat(image, key.background)
        scale = min(key.width / image.width, key.height / image.height)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
        image = _reduced(image, key.palette)
        return Picture(image.width, image.height, image.tobytes())
    except UnidentifiedImageError:
        return "this is no image that can be read"
    except (*BROKEN, Image.DecompressionBombError) as error:
        return f"cannot be read: {error}"


def _flat(image: Any, background: tuple[int, int, int]) -> Any:
    """Without transparency: what is transparent shows the pane's own ground."""
    from PIL import Image  # noqa: PLC0415  see `decode`

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (*background, 255))
        return Image.alpha_composite(ground, layer).convert("RGB")
    return image.convert("RGB")


def _reduced(image: Any, palette: Palette) -> Any:
    """In colours that the terminal has, so that nothing has to be looked up while drawing."""
    from PIL import Image  # noqa: PLC0415  see `decode`

    match palette:
        case Palette.TRUE:
            return image
        case _:
            sheet = Image.new("P", (1, 1))
            colours = _SIXTEEN if palette is Palette.SIXTEEN else _CUBE
            sheet.putpalette([part for colour in colours for part in colour])
            # Sixteen colours need dithering to tell anything; with 240 it would only be noise.
            dither = Image.Dither.FLOYDSTEINBERG if palette is Palette.SIXTEEN else Image.Dither.NONE
            return image.quantize(palette=sheet, dither=dither).convert("RGB")


def _first_frame(path: Path) -> Any:
    """The first frame of a video; None where there is none."""
    import av  # noqa: PLC0415  only videos need it

    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                return frame.to_image()  # type: ignore[no-untyped-call]
    except (av.FFmpegError, IndexError) as error:
        raise OSError(str(error)) from error
    return None
