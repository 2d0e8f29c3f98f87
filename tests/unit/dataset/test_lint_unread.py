"""Formats that the trainer does not read, and captions under other names, as lint tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wantui.dataset.blueprint import load
from wantui.dataset.errors import MediaError
from wantui.dataset.lint import lint
from wantui.dataset.media import IMAGE_SUFFIXES, PLUGIN_SUFFIXES, VIDEO_SUFFIXES
from wantui.dataset.scan import scan
from wantui.dataset.unread import UNREAD_IMAGES, UNREAD_VIDEOS, convert, is_unread, summary, target_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.dataset.conftest import Toy
    from wantui.dataset.model import Problem


def told(toy: Toy) -> list[Problem]:
    return list(lint(scan(load(toy.file))))


def test_the_formats_are_others_than_those_that_are_read() -> None:
    assert not (UNREAD_IMAGES | UNREAD_VIDEOS) & {*IMAGE_SUFFIXES, *VIDEO_SUFFIXES, *PLUGIN_SUFFIXES}


def test_each_file_is_named_with_what_helps(toy: Toy) -> None:
    toy.image("a.png")
    for name in ("IMG_1.HEIC", "clip.MTS", "b.GiF", "notes.txt.bak", ".hidden.heic", "a.heic"):
        (toy.images / name).write_bytes(b"x")
    found = {problem.path.name: problem for problem in told(toy)}
    assert found.keys() == {"IMG_1.HEIC", "clip.MTS", "b.GiF"}, "of a.heic there is a copy that is read"
    assert {problem.code for problem in found.values()} == {"unread-format"}
    assert "heif-convert" in found["IMG_1.HEIC"].fix
    assert found["clip.MTS"].fix == "move it away: this is a folder of images"
    assert found["IMG_1.HEIC"].message == "the trainer does not read .heic: it is left out without a word"


def test_captions_of_unread_media_are_not_called_alone(toy: Toy) -> None:
    toy.image("a.png")
    (toy.images / "IMG_1.HEIC").write_bytes(b"x")
    (toy.images / "IMG_1.txt").write_text("a disc, unread")
    (toy.images / "a.png.txt").write_text("a disc, misnamed")
    assert [problem.code for problem in told(toy)] == ["unread-format"]


def test_a_folder_that_has_nothing_else_tells_what_is_there(toy: Toy) -> None:
    for name in ("1.heic", "2.HEIC", "3.gif", "4.md"):
        (toy.images / name).write_bytes(b"x")
    empty = next(problem for problem in told(toy) if problem.code == "empty-dataset")
    assert "that the trainer reads (there are 2 .heic, 1 .gif)" in empty.message


def test_of_several_names_the_nearest_is_told(toy: Toy) -> None:
    for name in ("a.png", "b.png"):
        toy.image(name, caption=None)
    (toy.images / "a.caption").write_text("one")
    (toy.images / "ab.txt").write_text("another's")
    messages = {problem.path.name: problem for problem in told(toy) if problem.code == "missing-caption"}
    assert messages["a.txt"].message == "there is no caption file of this name, but there is a.caption"
    assert messages["a.txt"].fix == "rename that to a.txt", "the setting would not find that of b"
    assert messages["b.txt"].fix == "write its caption"


@pytest.mark.parametrize("extension", [".caption", ".TXT"])
def test_one_setting_finds_them_all(toy: Toy, extension: str) -> None:
    for name in ("a.png", "b.png"):
        toy.image(name, caption=None).with_suffix(extension).write_text(f"a disc, {name}")
    fixes = {problem.fix for problem in told(toy) if problem.code == "missing-caption"}
    assert fixes == {f'set caption_extension = "{extension}", with which every caption is found'}


@given(st.lists(st.text(max_size=12), max_size=5))
def test_any_names_are_counted(names: list[str]) -> None:
    counted = sum(int(part.split()[0]) for part in summary(names).split(", ") if part)
    assert counted == sum(map(is_unread, names))


@given(st.sampled_from(["gif", "tiff", "jfif", "heic", "psd", "qoi"]), st.binary(max_size=200), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_content_is_converted_or_refused(tmp_path: Path, suffix: str, content: bytes, is_gif: bool) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes((b"GIF89a" if is_gif else b"") + content)
    target = target_of(path, is_video=False)
    if target is None:
        return
    try:
        convert(path, target)
    except MediaError:
        return
    assert target.stat().st_size > 0
