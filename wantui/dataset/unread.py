"""Media in formats that the trainer does not read, and what can be made of them.

The trainer looks for the suffixes that it knows and passes by everything else without a word. What a file holds may
be another matter: Pillow and FFmpeg go by its content.
"""

from __future__ import annotations

import shutil
import struct
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.dataset.errors import MediaError
from wantui.dataset.media import PLUGIN_SUFFIXES
from wantui.dataset.video import opened

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from PIL.Image import Image

RAW = frozenset({"dng", "cr2", "cr3", "nef", "arw", "raf", "orf", "rw2", "pef", "srw"})
"""Suffixes of what cameras save undeveloped: Pillow would take the small preview in some of them for the picture."""
UNREAD_IMAGES = RAW | {
    *("heic", "heif", "hif", "gif", "apng", "tif", "tiff", "jfif", "jpe", "jp2", "j2k", "jpx", "mpo", "psd", "tga"),
    *("ico", "qoi", "pgm", "ppm", "pnm", "exr", "hdr", "svg"),
}
"""Suffixes of images, in small letters and without their dots."""
UNREAD_VIDEOS = frozenset(
    {
        *("3gp", "3g2", "mts", "m2ts", "ts", "m2t", "gif", "ogv", "ogm", "vob", "mxf", "rm", "rmvb", "divx", "asf"),
        *("f4v", "m2v", "m1v", "mp4v", "mpe", "mpv", "qt", "dv", "y4m", "insv", "lrv"),
    }
)
"""The same of clips; a GIF may be either."""
_UNREAD = UNREAD_IMAGES | UNREAD_VIDEOS | frozenset(PLUGIN_SUFFIXES)
_COPIED = {"PNG": "png", "JPEG": "jpg", "MPO": "jpg", "WEBP": "webp", "BMP": "bmp"}
"""Suffixes for what is in a format that the trainer reads (Pillow's names) under a name that it does not look for."""
_SAVED_AS_THEY_ARE = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
_BROKEN = (OSError, ValueError, SyntaxError, struct.error, EOFError)
"""What Pillow's readers raise for a file that they cannot read."""


def suffix_of(name: str) -> str:
    """The suffix of a file, in small letters and without its dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def is_unread(name: str) -> bool:
    """Whether a file is an image or clip by its name, in a format that the trainer does not read."""
    return not name.startswith(".") and suffix_of(name) in _UNREAD


def summary(names: Iterable[str]) -> str:
    """How many there are of each format: ``3 .heic, 1 .gif``; empty where there are none."""
    counts = Counter(suffix_of(name) for name in names if is_unread(name))
    return ", ".join(f"{count} .{suffix}" for suffix, count in counts.most_common())


def target_of(path: Path, *, is_video: bool) -> Path | None:
    """Where a copy of a file that the trainer reads would be; None where none can be made here.

    Args:
        path: a file of a format that it does not read.
        is_video: whether clips are wanted.
    """
    suffix = suffix_of(path.name)
    if is_video:
        return path.with_suffix(".mp4") if suffix in UNREAD_VIDEOS and _is_clip(path) else None
    if suffix in RAW or (suffix not in UNREAD_IMAGES and suffix not in PLUGIN_SUFFIXES):
        return None
    kind = _format_of(path)
    return None if kind is None else path.with_suffix(f".{_COPIED.get(kind, 'png')}")


def convert(source: Path, target: Path) -> None:
    """Make a copy that the trainer reads.

    Args:
        source: of a format that it does not read.
        target: the new file; its suffix is what `target_of` has said.

    Raises:
        MediaError: the source cannot be decoded.
        OSError: the copy cannot be written.
    """
    if target.suffix == ".mp4":
        _encode(source, target)
    elif _format_of(source) in _COPIED:
        shutil.copyfile(source, target)
    else:
        _save_as_png(source, target)


def _is_clip(path: Path) -> bool:
    try:
        with opened(path):
            return True
    except MediaError:
        return False


def _format_of(path: Path) -> str | None:
    """What Pillow says that a file holds; None where it cannot tell."""
    from PIL import Image  # noqa: PLC0415  slow to import

    try:
        reading.require_regular(path)
        with Image.open(path) as image:
            return image.format
    except (*_BROKEN, Image.DecompressionBombError):
        return None


def _save_as_png(source: Path, target: Path) -> None:
    """The first picture of a file as it is looked at: turned as its EXIF says, with 8 bits a channel."""
    from PIL import Image, ImageOps  # noqa: PLC0415  slow to import

    try:
        with Image.open(source) as image:
            made = _eight_bit(ImageOps.exif_transpose(image))
    except (*_BROKEN, Image.DecompressionBombError) as error:
        raise MediaError(f"cannot be decoded: {error}") from error
    made.save(target, "PNG")


def _eight_bit(image: Image) -> Image:
    if image.mode in _SAVED_AS_THEY_ARE:
        return image.copy()
    if image.mode.startswith("I"):  # 16 bits a pixel, for which a conversion would clip
        return image.point(lambda value: value / 256).convert("L")
    return image.convert("RGB")


def _encode(source: Path, target: Path) -> None:
    """Every frame that decodes, anew as H.264 with hardly a loss; sides are made even, as it needs them."""
    import av  # noqa: PLC0415  slow to import

    with opened(source) as (old, stream), av.open(target, "w", options={"movflags": "+faststart"}) as new:
        rate = Fraction(stream.average_rate or 16)
        made: Any = new.add_stream("libx264", rate=rate, options={"crf": "10"})
        made.pix_fmt = "yuv420p"
        for number, frame in enumerate(old.decode(stream)):
            if number == 0:
                made.width, made.height = frame.width - frame.width % 2, frame.height - frame.height % 2
            shown = frame.reformat(made.width, made.height, "yuv420p")
            shown.pts, shown.time_base = number, 1 / rate
            new.mux(made.encode(shown))
        new.mux(made.encode())
