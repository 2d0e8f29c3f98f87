"""Media files: which ones the trainer takes, and how large their pictures are.

The size of an image is read from its header, as the trainer sees it: it ignores the orientation that EXIF tells.
Whatever the few lines here do not understand is left to Pillow, which the trainer opens images with.
"""

from __future__ import annotations

import os
import struct
from functools import cache
from typing import TYPE_CHECKING

from wantui import reading
from wantui.dataset.errors import BROKEN_IMAGE, MediaError

if TYPE_CHECKING:
    from pathlib import Path

Size = tuple[int, int]

IMAGE_SUFFIXES = ("png", "jpg", "jpeg", "webp", "bmp")
"""Without their dots; the trainer takes each all-lower or all-upper. It takes avif and jxl with plugins only."""
PLUGIN_SUFFIXES = ("avif", "jxl")
VIDEO_SUFFIXES = ("mp4", "webm", "avi", "mkv", "mov", "flv", "wmv", "m4v", "mpg", "mpeg")

_HEAD = 2048
"""Bytes read at first: enough but for JPEGs with a thumbnail or a colour profile, which are read on."""
_TAIL = 4096
"""Bytes searched for the mark that ends an image; some programs write more behind it."""
_LARGEST = 2 * 89_478_485
"""Pixels; Pillow refuses to open more (twice its `MAX_IMAGE_PIXELS`)."""
_JPEG_FILL = 0xFF
_JPEG_SIZE_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_BITMAP_HEADERS = frozenset({40, 52, 56, 64, 108, 124})


def is_taken(name: str, suffixes: tuple[str, ...]) -> bool:
    """Whether the trainer takes a file of this name: not hidden, and one of `suffixes` all-lower or all-upper."""
    return name.endswith(_endings(suffixes)) and not name.startswith(".")


@cache
def _endings(suffixes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f".{written}" for suffix in suffixes for written in (suffix, suffix.upper()))


def image_size(path: str | Path) -> tuple[Size, int]:
    """Width and height of an image in pixels, and its modification time in nanoseconds since 1970.

    Raises:
        MediaError: the trainer could not open it.
    """
    try:
        descriptor, status = reading.opened(path)
    except FileNotFoundError as error:
        raise MediaError("is not there") from error
    except reading.NotAFileError as error:
        raise MediaError(str(error.strerror)) from error
    except OSError as error:
        raise MediaError(f"cannot be read: {error.strerror}") from error
    try:
        size = _size_of(descriptor)
    except OSError as error:
        raise MediaError(f"cannot be read: {error.strerror}") from error
    finally:
        os.close(descriptor)
    if size is None:
        size = _size_by_pillow(path)
    if size[0] * size[1] > _LARGEST:
        raise MediaError(f"{size[0]}x{size[1]} is more pixels than the trainer opens")
    return size, status.st_mtime_ns


def is_whole(path: str | Path) -> bool:
    """Whether an image can be decoded to its end.

    Only a file whose last bytes lack the mark that its format ends with is decoded: that is one read for a good one.
    """
    descriptor = reading.open_descriptor(path)
    try:
        length = os.fstat(descriptor).st_size
        head = os.pread(descriptor, 12, 0)
        tail = os.pread(descriptor, _TAIL, max(length - _TAIL, 0))
    finally:
        os.close(descriptor)
    if head.startswith(b"\xff\xd8"):
        ended = b"\xff\xd9" in tail
    elif head.startswith(b"\x89PNG"):
        ended = b"IEND" in tail
    elif head.startswith(b"RIFF"):
        ended = length >= int.from_bytes(head[4:8], "little") + 8
    else:
        ended = False
    return ended or _is_whole_by_pillow(path)


def has_alpha(path: str | Path) -> bool:
    """Whether Pillow opens an image with a channel for transparency (mode RGBA); False where it is not readable."""
    from PIL import Image  # noqa: PLC0415  few files need it, and it is slow to import

    try:
        reading.require_regular(path)
        with Image.open(path) as image:
            return image.mode == "RGBA"
    except (OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError):
        return False


def _size_of(descriptor: int) -> Size | None:
    """The size that the header tells; None when it is not understood."""
    head = os.pread(descriptor, _HEAD, 0)
    try:
        if head.startswith(b"\xff\xd8\xff"):
            return _jpeg_size(descriptor, head)
        if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
            return _checked(*struct.unpack_from(">II", head, 16))
        if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
            return _webp_size(head)
        if head.startswith(b"BM"):
            return _bitmap_size(head)
    except struct.error:  # shorter than its header: Pillow has the words for it
        return None
    return None


def _checked(width: int, height: int) -> Size | None:
    return (width, height) if width > 0 and height > 0 else None


def _jpeg_size(descriptor: int, head: bytes) -> Size | None:
    """Go from segment to segment until the frame header, reading on where `head` ends."""
    offset = 2
    window, window_start = head, 0
    while True:
        if offset + 9 > window_start + len(window):
            window, window_start = os.pread(descriptor, _HEAD, offset), offset
        at = offset - window_start
        if window[at : at + 1] != b"\xff" or len(window) < at + 9:
            return None
        marker = window[at + 1]
        if marker == _JPEG_FILL:
            offset += 1
        elif marker in _JPEG_BARE_MARKERS:
            offset += 2
        elif marker in _JPEG_SIZE_MARKERS:
            height, width = struct.unpack_from(">HH", window, at + 5)
            return _checked(width, height)
        elif marker in {0xDA, 0xD9}:  # the picture itself, or the end, without a frame header
            return None
        else:
            (length,) = struct.unpack_from(">H", window, at + 2)
            offset += 2 + max(length, 2)


def _webp_size(head: bytes) -> Size | None:
    kind = head[12:16]
    if kind == b"VP8X":
        return _three_bytes(head, 24) + 1, _three_bytes(head, 27) + 1
    if kind == b"VP8L" and head[20:21] == b"\x2f":
        (bits,) = struct.unpack_from("<I", head, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 26)
        return _checked(width & 0x3FFF, height & 0x3FFF)
    return None


def _three_bytes(data: bytes, offset: int) -> int:
    low, high = struct.unpack_from("<HB", data, offset)
    return int(low | high << 16)


def _bitmap_size(head: bytes) -> Size | None:
    (header_length,) = struct.unpack_from("<I", head, 14)
    if header_length not in _BITMAP_HEADERS:
        return None
    width, height = struct.unpack_from("<ii", head, 18)
    return _checked(width, abs(height))  # a negative height: rows from the top


def _is_whole_by_pillow(path: str | Path) -> bool:
    from PIL import Image  # noqa: PLC0415  see below

    try:
        with Image.open(path) as image:
            image.load()
    except (*BROKEN_IMAGE, Image.DecompressionBombError):
        return False
    return True


def _size_by_pillow(path: str | Path) -> Size:
    from PIL import Image  # noqa: PLC0415  few files need it, and it is slow to import

    try:
        with Image.open(path) as image:
            return image.size
    except Image.DecompressionBombError as error:
        raise MediaError("has more pixels than the trainer opens") from error
    except BROKEN_IMAGE as error:
        raise MediaError("is not an image that can be read") from error
