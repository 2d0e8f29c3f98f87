"""Pictures small enough for a pane, made off the event loop and kept for as long as they are looked at."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from PIL import Image

from wantui.dataset.clips import file_frames
from wantui.ui.preview.stills import Still, StillError, read_still, read_stills
from wantui.ui.preview.thumbnail_store import ThumbnailStore, stored_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.dataset.crop import Crop
    from wantui.dataset.model import Item

KEPT = 48
"""Pictures kept at most: in half cells, at 100x90 pixels, 27 kB each."""
KEPT_BYTES = 24 << 20
"""What they take together at most."""
SIDES = (640, 1280)
"""Pixels of the longer side of what is stored: the smallest that does is taken, the last one for what is larger."""
_GAP = 2
"""Pixels between two frames of a video."""
_DIMMED = 0.35
"""How bright what is cut off stays."""
_FRAME = (255, 214, 90)
"""The line around what is trained on."""


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


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels to draw."""

    width: int
    height: int
    pixels: bytes
    """Red, green, blue, row by row from the top."""
    note: str = ""
    """How the trainer sees the file otherwise than other programs do."""
    palette: Palette = Palette.TRUE
    """The colours that the terminal has."""


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
    frames: tuple[int, ...] = ()
    """Of a video: which ones, from 0, as trained on; they stand next to each other. Empty for an image."""
    source_fps: float | None = None
    """Of a video: what it is resampled from; None: it is not."""
    crop: Crop | None = None
    """What is trained on of it, to be drawn on it; None: nothing is drawn."""
    split: tuple[int, int] | None = None
    """Pixels across and down in a cell that two colours share; None: each pixel has its own, and is a square."""

    @property
    def side(self) -> int:
        """Pixels of the longer side of the stored picture that does."""
        longer = max(self.width, round(self.height * self.tallness))
        return next((side for side in SIDES if side >= longer), SIDES[-1])

    @property
    def tallness(self) -> float:
        """How high a pixel is for its width: a cell is taken to be twice as high as wide."""
        return 1.0 if self.split is None else 2.0 * self.split[0] / self.split[1]


def shown_frames(item: Item) -> tuple[int, ...]:
    """The first, middle and last frame of a video that is trained on; without clips, of all there is."""
    if not item.is_video:
        return ()
    first = min((clip.start for clip in item.clips), default=0)
    end = max((clip.start + clip.frames for clip in item.clips), default=item.frame_count or 1)
    return tuple(dict.fromkeys((first, (first + end - 1) // 2, max(end - 1, first))))


def key_of(
    item: Item,
    box: tuple[int, int],
    palette: Palette,
    background: tuple[int, int, int],
    *,
    has_crop: bool = False,
    split: tuple[int, int] | None = None,
) -> PictureKey:
    """The pixels wanted for an item.

    Args:
        item: whose.
        box: width and height in pixels that they must fit into.
        palette: the colours that there are.
        background: the ground between two frames.
        has_crop: whether what is trained on is drawn.
        split: pixels across and down in a cell that two colours share; None: pixels are squares of a colour each.
    """
    crop = None
    if has_crop and item.bucket is not None and item.width and item.height:
        from wantui.dataset.crop import crop_to  # noqa: PLC0415  wanted on request only

        crop = crop_to((item.width, item.height), item.bucket)
    width, height = max(1, box[0]), max(1, box[1])
    return PictureKey(
        item.media, item.media_mtime_ns, width, height, palette, background, shown_frames(item), item.source_fps,
        crop, split,
    )  # fmt: skip


class Thumbnails:
    """Makes pictures and keeps the newest; one is decoded at a time, whatever the number of threads that ask."""

    def __init__(self, store: ThumbnailStore | None = None, kept: int = KEPT) -> None:
        """Make it.

        Args:
            store: where small pictures are kept on disk; None: nowhere.
            kept: pictures kept in memory.
        """
        self._store = store
        self._kept: OrderedDict[PictureKey, Picture | str] = OrderedDict()
        self._most = kept
        self._bytes = 0
        self._unsaved: list[tuple[str, Still]] = []
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
                found = self._decode(key)
                self._keep(key, found)
            return found

    def save(self) -> None:
        """Write to disk what has been decoded; `make` does not, so that nobody waits for the disk."""
        with self._decoding:
            unsaved, self._unsaved = self._unsaved, []
            for name, still in unsaved:
                if self._store is not None:
                    self._store.keep(name, still)

    def _keep(self, key: PictureKey, found: Picture | str) -> None:
        self._kept[key] = found
        self._bytes += _size(found)
        while len(self._kept) > 1 and (len(self._kept) > self._most or self._bytes > KEPT_BYTES):
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= _size(dropped)

    def _decode(self, key: PictureKey) -> Picture | str:
        try:
            stills = self._stills(key)
        except StillError as error:
            return str(error)
        except OSError as error:
            return f"cannot be read: {error}"
        return drawn(stills, key)

    def _stills(self, key: PictureKey) -> list[Still]:
        """The small pictures that a picture is made of, from disk where they are kept there."""
        state = key.path.stat()
        wanted: list[int | None] = [None]
        if key.frames:
            wanted = list(file_frames(key.frames, key.source_fps))
        names = {number: stored_name(key.path, state, key.side, number) for number in wanted}
        found: dict[int | None, Still] = {}
        if self._store is not None:
            stored = ((number, self._store.find(name)) for number, name in names.items())
            found = {number: still for number, still in stored if still is not None}
        for number, still in _read(key, [number for number in names if number not in found]):
            found[number] = still
            if self._store is not None:
                self._unsaved.append((names[number], still))
        return [found[number] for number in wanted if number in found]


def _read(key: PictureKey, missing: list[int | None]) -> Iterator[tuple[int | None, Still]]:
    """The image, or frames of the video, from the media file itself."""
    frames = [number for number in missing if number is not None]
    if frames:
        yield from read_stills(key.path, frames, key.side).items()
    elif missing:
        yield None, read_still(key.path, key.side)


def _size(found: Picture | str) -> int:
    return len(found.pixels) if isinstance(found, Picture) else len(found)


def decode(key: PictureKey) -> Picture | str:
    """Read a file into pixels; a sentence where that cannot be done."""
    return Thumbnails().make(key)


def drawn(stills: list[Still], key: PictureKey) -> Picture | str:
    """The picture made of one still, or of several next to each other, with what is trained on brought out."""
    if not stills:
        return "no frame can be decoded"
    images = [_framed(image, key.crop) for image in _fitted(stills, key)]
    sheet = images[0]
    if len(images) > 1:
        width = sum(image.width for image in images) + _GAP * (len(images) - 1)
        sheet = Image.new("RGB", (width, max(image.height for image in images)), key.background)
        left = 0
        for image in images:
            sheet.paste(image, (left, 0))
            left += image.width + _GAP
    sheet = reduced(sheet, key.palette)
    return Picture(sheet.width, sheet.height, sheet.tobytes(), stills[0].note, key.palette)


def _fitted(stills: list[Still], key: PictureKey) -> list[Image.Image]:
    """Every still at the size that it is drawn at, in whole cells if they are split; all as high as each other."""
    across, down = key.split or (1, 1)
    room = max(1, (key.width - _GAP * (len(stills) - 1)) // len(stills) // across) * across
    images = []
    for still in stills:
        image = still.image
        scale = min(room / image.width, key.height * key.tallness / image.height)
        width, height = image.width * scale / across, image.height * scale / key.tallness / down
        size = max(1, round(width)) * across, max(1, round(height)) * down
        images.append(image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0))
    return images


def _framed(image: Image.Image, crop: Crop | None) -> Image.Image:
    """The picture with what is cut off dimmed, and a line around what is kept."""
    if crop is None:
        return image
    from PIL import ImageDraw  # noqa: PLC0415  wanted on request only

    box = crop.frame(*image.size)
    framed = image.point(lambda level: int(level * _DIMMED))
    framed.paste(image.crop(box), box[:2])
    ImageDraw.Draw(framed).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), outline=_FRAME)
    return framed


def reduced(image: Image.Image, palette: Palette) -> Image.Image:
    """In colours that the terminal has, so that nothing has to be looked up while drawing."""
    if palette is Palette.TRUE:
        return image
    sheet = Image.new("P", (1, 1))
    colours = _SIXTEEN if palette is Palette.SIXTEEN else _CUBE
    sheet.putpalette([part for colour in colours for part in colour])
    # Sixteen colours need dithering to tell anything; with 240 it would only be noise.
    dither = Image.Dither.FLOYDSTEINBERG if palette is Palette.SIXTEEN else Image.Dither.NONE
    return image.quantize(palette=sheet, dither=dither).convert("RGB")
