"""Fixes of pictures that are trained otherwise than seen: saved again as people see them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.dataset.errors import BROKEN_IMAGE
from wantui.dataset.presentation import ORIENTATION, Otherwise
from wantui.fixes.model import Fix, Rewrite
from wantui.journal.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

    from wantui.dataset.model import Problem

_SAYS = {
    Otherwise.TURNED: "save {name} upright",
    Otherwise.DEEP: "save {name} with 8 bits",
    Otherwise.TRANSPARENT: "put {name} on white",
}
_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 97, "subsampling": 0},
    "WEBP": {"lossless": True},
    "PNG": {},
    "BMP": {},
}
"""How each format is written, which the file keeps: without a loss that could be seen."""
_GREYS = {"I;16": 1 << 16, "I;16L": 1 << 16, "I;16B": 1 << 16, "I": 1 << 16}
"""How many greys a mode of Pillow has; it opens 16-bit PNGs as ``I`` up to version 11."""


def fix_for(problem: Problem) -> Fix | None:
    """The fix of a picture that is seen otherwise; None where there is none."""
    path = problem.path
    otherwise = next((each for each in _SAYS if each == problem.code), None)
    if otherwise is None:
        return None
    try:
        size = reading.require_regular(path).st_size
    except OSError:
        return None

    def rewritten(before: bytes) -> bytes:
        return _saved_again(path, before, otherwise)

    return Fix(
        problem,
        _SAYS[otherwise].format(name=path.name),
        asks=True,
        rewrites=(Rewrite(path, rewritten),),
        picture_bytes=size,
    )


def _saved_again(path: Path, before: bytes, otherwise: Otherwise) -> bytes:
    from PIL import Image  # noqa: PLC0415  for this kind of problem alone

    written = BytesIO()
    try:
        with Image.open(BytesIO(before)) as image:
            options = _OPTIONS.get(image.format or "")
            if options is None:
                raise JournalError(f"{path}: {image.format} is not written here; save it again in another program")
            profile = {"icc_profile": image.info["icc_profile"]} if "icc_profile" in image.info else {}
            _as_seen(path, image, otherwise).save(written, image.format, **options, **profile)
    except (*BROKEN_IMAGE, Image.DecompressionBombError) as error:
        raise JournalError(f"{path}: cannot be saved again ({error}); save it in another program") from error
    return written.getvalue()


def _as_seen(path: Path, image: Image, otherwise: Otherwise) -> Image:
    """The picture as other programs show it."""
    from PIL import Image as images  # noqa: N813, PLC0415  as above
    from PIL import ImageOps  # noqa: PLC0415

    match otherwise:
        case Otherwise.TURNED:
            upright = ImageOps.exif_transpose(image)
            upright.getexif().pop(ORIENTATION, None)
            return upright
        case Otherwise.DEEP if image.mode in _GREYS:
            scale = 256 / _GREYS[image.mode]
            return image.point(lambda grey: grey * scale + 0.0).convert("L")
        case Otherwise.TRANSPARENT:
            seen = image.convert("RGBA")
            white = images.new("RGBA", seen.size, "white")
            white.alpha_composite(seen)
            return white.convert("RGB")
        case _:
            raise JournalError(f"{path}: its greys are of an unknown depth; save it in another program")
