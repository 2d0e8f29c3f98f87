"""Pictures as the trainer reads them, made small, and kept on disk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.ui.films import film
from wantui.atomic import write_bytes
from wantui.dataset.clips import file_frames
from wantui.dataset.crop import crop_to
from wantui.dataset.model import Clip, Item
from wantui.dataset.video import read_frames
from wantui.paths import Workspace
from wantui.ui.preview.stills import StillError, read_still
from wantui.ui.preview.thumbnail_store import ThumbnailStore
from wantui.ui.preview.thumbnails import Palette, Picture, PictureKey, Thumbnails, decode, key_of, shown_frames

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image as Pixels

GREY = (10, 10, 10)


def key_for(path: Path, width: int = 40, height: int = 40, **more: Any) -> PictureKey:
    return PictureKey(path, 1, width, height, Palette.TRUE, GREY, **more)


def as_trained(path: Path) -> Pixels:
    """What the trainer does."""
    return Image.open(path).convert("RGB")


def saved(folder: Path, kind: str) -> Path:
    """A file of a kind that programs show in ways of their own."""
    path = folder / f"{kind}.png"
    half = Image.new("L", (60, 30), 255)
    half.paste(0, (0, 0, 30, 30))
    match kind:
        case "alpha":
            image = Image.new("RGBA", (60, 30), (200, 100, 50, 0))
            image.save(path)
        case "palette":
            image = Image.new("P", (60, 30), 1)
            image.putpalette([0, 0, 0, 250, 200, 20])
            image.save(path, transparency=1)
        case "grey16":
            Image.new("I;16", (60, 30), 1000).save(path)
        case "cmyk":
            path = folder / "cmyk.jpg"
            Image.new("CMYK", (60, 30), (0, 255, 255, 0)).save(path, quality=95)
        case "turned":
            path = folder / "turned.jpg"
            exif = Image.Exif()
            exif[0x0112] = 6
            half.convert("RGB").save(path, exif=exif, quality=95)
        case "animated":
            path = folder / "animated.webp"
            first, second = Image.new("RGB", (60, 30), "red"), Image.new("RGB", (60, 30), "blue")
            first.save(path, save_all=True, append_images=[second], duration=100, lossless=True)
    return path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("alpha", "the trainer drops the alpha channel"),
        ("palette", "the trainer drops the alpha channel"),
        ("grey16", "16-bit grey"),
        ("cmyk", ""),
        ("turned", "EXIF turns it elsewhere"),
        ("animated", "the trainer takes the first frame"),
    ],
)
def test_every_kind_looks_as_it_is_trained_on(tmp_path: Path, kind: str, said: str) -> None:
    path = saved(tmp_path, kind)
    still = read_still(path, 640)
    assert still.image.size == as_trained(path).size == (60, 30)
    assert still.image.tobytes() == as_trained(path).tobytes()
    assert said in still.note
    assert bool(said) == bool(still.note)


@pytest.mark.parametrize("name", ["wide.jpg", "wide.png"])
def test_very_large_pictures_are_shown(tmp_path: Path, name: str) -> None:
    Image.new("L", (20_000, 5_000), 90).save(tmp_path / name)
    picture = decode(key_for(tmp_path / name))
    assert isinstance(picture, Picture)
    assert (picture.width, picture.height) == (40, 10)


def test_more_pixels_than_the_trainer_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("L", (100, 100)).save(tmp_path / "huge.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(StillError, match="more pixels than the trainer opens"):
        read_still(tmp_path / "huge.png", 640)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.98])
def test_a_truncated_picture_says_so(tmp_path: Path, share: float) -> None:
    path = tmp_path / "cut.jpg"
    Image.effect_noise((400, 300), 90).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "truncated" in str(decode(key_for(path)))


def test_what_is_cut_off_is_dimmed_and_what_is_kept_framed(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    Image.new("RGB", (400, 100), (200, 200, 200)).save(path)
    picture = decode(key_for(path, crop=crop_to((400, 100), (100, 100))))
    assert isinstance(picture, Picture)
    row = [tuple(picture.pixels[at : at + 3]) for at in range(5 * 120, 6 * 120, 3)]
    assert row[0] == row[39] == (70, 70, 70)
    assert row[20] == (200, 200, 200)
    assert row[15] == row[24] == (255, 214, 90)


def test_what_was_made_is_kept_on_disk(tmp_path: Path) -> None:
    path = saved(tmp_path, "turned")
    store = ThumbnailStore(Workspace(tmp_path))
    first = Thumbnails(store)
    made = first.make(key_for(path))
    assert not store.folder.exists()
    first.save()
    (kept,) = store.folder.iterdir()
    assert kept.parent == tmp_path / ".wantui" / "thumbnails"

    state = path.stat()
    write_bytes(path, bytes(state.st_size))  # only the copy can tell what it was

    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    again = Thumbnails(store).make(key_for(path))
    assert isinstance(made, Picture)
    assert isinstance(again, Picture)
    assert (again.width, again.height, again.note) == (made.width, made.height, made.note)


@pytest.mark.parametrize("broken", [b"", b"no picture", b"\xff\xd8\xff\xe0\x00\x10JFIF"])
def test_a_broken_copy_is_made_again(tmp_path: Path, broken: bytes) -> None:
    path = saved(tmp_path, "alpha")
    store = ThumbnailStore(Workspace(tmp_path))
    for content in (b"", broken):
        thumbnails = Thumbnails(store)
        assert isinstance(thumbnails.make(key_for(path)), Picture)
        thumbnails.save()
        (kept,) = store.folder.iterdir()
        assert kept.stat().st_size > 100
        kept.write_bytes(content)


def test_a_changed_file_has_another_copy(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    store = ThumbnailStore(Workspace(tmp_path))
    for colour in ("red", "blue"):
        Image.new("RGB", (8, 8), colour).save(path)
        thumbnails = Thumbnails(store)
        picture = thumbnails.make(key_for(path, 8, 8))
        assert isinstance(picture, Picture)
        assert picture.pixels == Image.new("RGB", (8, 8), colour).tobytes()
        thumbnails.save()
    assert len(list(store.folder.iterdir())) == 2


def test_the_least_recently_used_copies_go(tmp_path: Path) -> None:

    store = ThumbnailStore(Workspace(tmp_path), limit=20_000)
    still = read_still(saved(tmp_path, "alpha"), 640)
    one = tmp_path / "size"
    still.image.save(one, "JPEG", quality=90)
    most = 20_000 // one.stat().st_size
    for number in range(most * 2):
        store.keep(f"{number:03}.jpg", still)
        os.utime(store.folder / f"{number:03}.jpg", (number, number))
    names = {path.name for path in store.folder.iterdir()}
    assert sum(path.stat().st_size for path in store.folder.iterdir()) <= 20_000
    assert f"{most * 2 - 1:03}.jpg" in names
    assert "000.jpg" not in names


def test_nothing_is_written_where_there_is_no_workspace(tmp_path: Path) -> None:
    path = saved(tmp_path, "alpha")
    thumbnails = Thumbnails(ThumbnailStore(Workspace(tmp_path / "gone")))
    assert isinstance(thumbnails.make(key_for(path)), Picture)
    thumbnails.save()
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.avi", "mpeg4"), ("a.mpg", "mpeg2video")])
def test_frames_are_those_at_their_place(tmp_path: Path, name: str, codec: str) -> None:
    film(tmp_path / name, codec)
    wanted = (0, 3, 29, 47, 59)
    found = {number: image.getchannel(0).getpixel((80, 48)) for number, image in read_frames(tmp_path / name, wanted)}
    for number in wanted:
        assert found[number] == pytest.approx(2 * number + 40, abs=4)


def test_frames_of_a_folder(tmp_path: Path) -> None:
    for number in range(5):
        Image.new("RGB", (20, 10), (number, number, number)).save(tmp_path / f"{number}.png")
    found = [(number, image.getpixel((0, 0))) for number, image in read_frames(tmp_path, (0, 2, 4))]
    assert found == [(0, (0, 0, 0)), (2, (2, 2, 2)), (4, (4, 4, 4))]


def test_resampled_frames_lie_where_the_trainer_takes_them() -> None:
    assert file_frames((0, 1, 2, 10), None) == (0, 1, 2, 10)
    assert file_frames((0, 1, 2), 8.0) == (0, 1, 2)  # a slow source loses none
    # 16 of 30: the trainer adds 16/30 a frame and keeps each first one of a whole number.
    assert file_frames((0, 1, 2, 3), 30.0) == (0, 2, 4, 6)
    assert file_frames((15,), 30.0) == (29,)


def video_item(path: Path, clips: tuple[Clip, ...], frames: int) -> Item:
    return Item(
        subset=0, name="a", media=path, caption_file=None, caption="", width=160, height=96, bucket=(160, 96),
        clips=clips, latent_caches=(), text_cache=path, frame_count=frames,
    )  # fmt: skip


def test_first_middle_and_last_frame_as_trained(tmp_path: Path) -> None:
    item = video_item(tmp_path / "a.mp4", (Clip(4, 9), Clip(20, 21)), 60)
    assert shown_frames(item) == (4, 22, 40)
    assert shown_frames(video_item(tmp_path, (), 60)) == (0, 29, 59)
    assert shown_frames(video_item(tmp_path, (), 0)) == (0,)
    film(tmp_path / "a.mp4", "libx264")
    picture = decode(key_of(item, (98, 40), Palette.TRUE, GREY))
    assert isinstance(picture, Picture)
    assert picture.width <= 98
    levels = [picture.pixels[(picture.height // 2 * picture.width + x) * 3] for x in (10, 45, 85)]
    assert levels == pytest.approx([48, 84, 120], abs=5)


def test_a_video_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    assert "not a video that can be read: Invalid data" in str(decode(key_for(tmp_path / "a.mp4", frames=(0,))))
