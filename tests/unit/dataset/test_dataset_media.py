"""Image sizes from header bytes, against Pillow, which the trainer opens images with."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from wantui.dataset import media
from wantui.dataset.errors import MediaError
from wantui.dataset.media import IMAGE_SUFFIXES, image_size, is_taken, is_whole

if TYPE_CHECKING:
    from pathlib import Path

EXIF_ROTATED = (
    b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
)


def encoded(form: str, size: tuple[int, int] = (37, 53), mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise(size, 60).convert(mode).save(buffer, form, **options)
    return buffer.getvalue()


IMAGES = {
    "jpeg": encoded("JPEG"),
    "progressive jpeg": encoded("JPEG", progressive=True),
    "rotated jpeg": encoded("JPEG", exif=EXIF_ROTATED),
    "jpeg with a large profile": encoded("JPEG", icc_profile=b"p" * 150_000),
    "jpeg with a comment": encoded("JPEG", comment=b"\xff\xc0" * 2000),
    "jpeg with fill bytes": b"\xff\xd8\xff\xff" + encoded("JPEG")[2:],
    "png": encoded("PNG"),
    "palette png": encoded("PNG", mode="P"),
    "webp": encoded("WEBP"),
    "lossless webp": encoded("WEBP", lossless=True),
    "webp with alpha": encoded("WEBP", mode="RGBA", exif=EXIF_ROTATED),
    "wide lossless webp": encoded("WEBP", size=(3001, 2), lossless=True),
    "bmp": encoded("BMP"),
    "gif": encoded("GIF"),
    "tiff": encoded("TIFF"),
}


@pytest.mark.parametrize("kind", IMAGES)
def test_the_size_is_pillows(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.png"  # whatever its name says
    path.write_bytes(IMAGES[kind])
    with Image.open(path) as image:
        assert image_size(path) == (image.size, path.stat().st_mtime_ns)


@pytest.mark.parametrize("kind", [kind for kind in IMAGES if kind not in {"gif", "tiff", "jpeg with fill bytes"}])
def test_common_images_need_no_pillow(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(IMAGES[kind])
    monkeypatch.setattr(media, "_size_by_pillow", lambda _: pytest.fail("asked Pillow"))
    image_size(path)


def test_a_bitmap_from_the_top_has_a_negative_height(tmp_path: Path) -> None:
    data = bytearray(encoded("BMP"))
    data[22:26] = (-53).to_bytes(4, "little", signed=True)
    path = tmp_path / "a.bmp"
    path.write_bytes(data)
    assert image_size(path)[0] == (37, 53)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "lossless webp", "webp with alpha", "bmp"])
def test_any_truncation_gives_a_size_or_an_error(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.jpg"
    for length in range(60):
        path.write_bytes(IMAGES[kind][:length])
        size = None
        with contextlib.suppress(MediaError):
            size = image_size(path)[0]
        assert size in {None, (37, 53)}


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="is not there"):
        image_size(tmp_path / "a.png")
    with pytest.raises(MediaError, match="is a folder, not a file"):
        image_size(tmp_path)
    bomb = bytearray(encoded("PNG"))
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2
    (tmp_path / "a.png").write_bytes(bomb)
    with pytest.raises(MediaError, match="60000x60000 is more pixels than the trainer opens"):
        image_size(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("a.png", True),
        ("a.PNG", True),
        ("a.Png", False),
        ("a.b.jpeg", True),
        (".png", False),
        (".a.png", False),
        ("png", False),
        ("a.avif", False),
        ("a.txt", False),
    ],
)
def test_which_names_the_trainer_takes(name: str, taken: bool) -> None:
    assert is_taken(name, IMAGE_SUFFIXES) is taken


@pytest.mark.parametrize("kind", [kind for kind in IMAGES if kind not in {"gif", "tiff"}])
def test_truncated_images_are_found(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.img"
    path.write_bytes(IMAGES[kind])
    assert is_whole(path)
    path.write_bytes(IMAGES[kind] + b"#0001")  # some programs write more behind the end
    assert is_whole(path)
    path.write_bytes(IMAGES[kind][: -len(IMAGES[kind]) // 5])
    assert not is_whole(path)
