"""What the real trainer makes of clips and control media, beside what the scan and lint say of them beforehand.

Needs what ``test_musubi_real.py`` needs.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.trainer.real import run, settings_of
from tests.unit.dataset.making_clips import clip, cut
from wantui.dataset.lint import lint
from wantui.dataset.scan import scan
from wantui.trainer import media
from wantui.trainer.musubi.trainer import MusubiTrainer

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Dataset
    from wantui.trainer.model import RunSettings

pytestmark = [
    pytest.mark.musubi,
    pytest.mark.timeout(900),
    pytest.mark.skipif("WANTUI_TEST_MUSUBI" not in os.environ, reason="WANTUI_TEST_MUSUBI names no checkout"),
]

CHUNKS = 'target_frames = [5]\nframe_extraction = "chunk"'


def write(settings: RunSettings, section: str, general: str = "enable_bucket = true") -> Path:
    """The folder of a ``dataset.toml`` with one section; the folder that `settings_of` has made is emptied."""
    folder = settings.dataset.parent
    shutil.rmtree(folder)
    folder.mkdir()
    general = f'[general]\nresolution = [64, 64]\ncaption_extension = ".txt"\n{general}\n'
    settings.dataset.write_text(f'{general}[[datasets]]\n{section}\ncache_directory = "cache"\n', encoding="utf-8")
    return folder


def scanned(settings: RunSettings) -> Dataset:
    return scan(media.load(settings.dataset, "musubi", settings.trainer_root))


def codes(dataset: Dataset) -> set[str]:
    return {problem.code for problem in lint(dataset) if problem.severity == "error"}


def encode(settings: RunSettings, log: Path) -> tuple[int, list[str], str]:
    """Exit code of the latents step, the names of what it has written, and what it has said."""
    exit_code, _ = run(MusubiTrainer().latents_command(settings, None, skip_existing=False), "latents", log)
    cache = settings.dataset.parent / "cache"
    return exit_code, sorted(path.name for path in cache.glob("*_wan.safetensors")), log.read_text("utf-8")


def expected(dataset: Dataset) -> list[str]:
    return sorted(path.name for item in dataset.items for path in item.latent_caches)


def test_clips_are_counted_as_they_are_encoded(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    videos = write(settings, f'video_directory = "videos"\n{CHUNKS}') / "videos"
    old = clip(tmp_path / "old.mpg", 40, codec="mpeg2video", options={"bf": "2"})
    matroska, mp4 = clip(tmp_path / "m.mkv", 40), clip(tmp_path / "m.mp4", 40)
    clip(videos / "whole.mp4", 21)
    clip(videos / "reference.webm", 21, codec="libvpx", options={"auto-alt-ref": "1", "lag-in-frames": "10"})
    for number, (source, first) in enumerate(((old, 5), (old, 15), (matroska, 7), (mp4, 9))):
        cut(source, videos / f"cut{number}{source.suffix}", first)
    for path in tuple(videos.iterdir()):
        path.with_suffix(".txt").write_text(f"{path.stem} moves")
    dataset = scanned(settings)
    assert codes(dataset) == set()
    exit_code, written, said = encode(settings, tmp_path / "log")
    assert exit_code == 0, said
    assert written == expected(dataset)


def test_a_clip_that_broke_off(tmp_path: Path) -> None:
    """It is encoded as far as it goes, or ends the step: whichever the scan has said."""
    settings = settings_of(tmp_path)
    videos = write(settings, f'video_directory = "videos"\n{CHUNKS}') / "videos"
    whole = clip(videos / "half.mp4", 90)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    whole.with_suffix(".txt").write_text("moves")
    dataset = scanned(settings)
    exit_code, written, said = encode(settings, tmp_path / "log")
    if "unreadable-media" in codes(dataset):
        assert exit_code != 0, said
    else:
        assert (exit_code, written) == (0, expected(dataset))


def test_a_trainer_whose_clips_obey_the_settings_for_buckets(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    copy = tmp_path / "trainer"
    shutil.copytree(settings.trainer_root / "src", copy / "src")
    source = copy / "src/musubi_tuner/dataset/image_video_dataset.py"
    text = source.read_text("utf-8")
    call = "BucketSelector(self.resolution, architecture=self.architecture)"
    if call not in text:
        pytest.skip("this trainer obeys them already")
    source.write_text(
        text.replace(
            call, "BucketSelector(self.resolution, self.enable_bucket, self.bucket_no_upscale, self.architecture)"
        ),
        "utf-8",
    )
    newer = replace(settings, trainer_root=copy)
    for general, names in (
        ("enable_bucket = false", ["a_00000-005_0064x0064_wan.safetensors"]),
        ("enable_bucket = true\nbucket_no_upscale = true", ["a_00000-005_0048x0032_wan.safetensors"]),
    ):
        section = 'video_directory = "videos"\ntarget_frames = [5]'
        path = clip(write(newer, section, general) / "videos" / "a.mp4", 9, size=(50, 34))
        path.with_suffix(".txt").write_text("moves")
        assert expected(scanned(newer)) == names
        assert expected(scanned(settings)) == ["a_00000-005_0080x0048_wan.safetensors"]
        exit_code, written, said = encode(newer, tmp_path / "log")
        assert (exit_code, written) == (0, names), said


def pictures(folder: Path, *names: str, mode: str = "RGB") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.new(mode, (96, 64), "red").save(folder / name)


@pytest.mark.parametrize(
    ("controls", "mode", "code"),
    [
        (["a.png", "a_b.png"], "RGB", None),
        (["a_0.png", "a_1.png", "a_b_0002.jpg"], "RGB", None),
        (["a.png"], "RGB", "control-missing"),
        (["a.png", "a_b.png", "a_canny.png"], "RGB", "control-wrong-name"),
        (["a.png", "a_b.png"], "RGBA", "unreadable-control"),
        (["a.png", "a_b.png"], "LA", None),
    ],
)
def test_control_images(tmp_path: Path, controls: list[str], mode: str, code: str | None) -> None:
    settings = settings_of(tmp_path)
    folder = write(settings, 'image_directory = "images"\ncontrol_directory = "controls"')
    pictures(folder / "images", "a.png", "a_b.png")
    for stem in ("a", "a_b"):
        (folder / f"images/{stem}.txt").write_text(stem)
    pictures(folder / "controls", *controls, mode=mode)
    dataset = scanned(settings)
    exit_code, written, said = encode(settings, tmp_path / "log")
    if dataset.config.rules.has_image_controls is False:
        assert "control-images-unsupported" in codes(dataset)
        assert exit_code != 0, said
    else:
        assert codes(dataset) == ({code} if code else set())
        assert (exit_code == 0) is (code is None), said
        assert code or written == expected(dataset)


@pytest.mark.parametrize(
    ("controls", "code"),
    [
        (["a.mp4"], None),
        (["a.mkv"], None),
        (["a/0.png", "a/1.png"], None),
        (["a"], "control-missing"),
        ([], "control-missing"),
    ],
)
def test_control_clips(tmp_path: Path, controls: list[str], code: str | None) -> None:
    settings = settings_of(tmp_path)
    section = 'video_directory = "videos"\ncontrol_directory = "controls"\ntarget_frames = [5]'
    folder = write(settings, section)
    clip(folder / "videos" / "a.mp4", 9).with_suffix(".txt").write_text("moves")
    (folder / "controls").mkdir()
    for name in controls:
        path = folder / "controls" / name
        if path.suffix == ".png":
            pictures(path.parent, path.name)
        elif path.suffix:
            clip(path, 9)
        else:
            path.write_bytes(b"")
    dataset = scanned(settings)
    assert codes(dataset) == ({code} if code else set())
    exit_code, written, said = encode(settings, tmp_path / "log")
    assert (exit_code == 0) is (code is None), said
    assert code or written == expected(dataset)
