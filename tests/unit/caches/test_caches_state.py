"""Which caches hold, judged on files that the trainer wrote."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wantui.caches.model import CacheStep

if TYPE_CHECKING:
    from tests.unit.caches.conftest import Encoded, WriteTensors

SAMPLES = Path(__file__).parents[2] / "fixtures" / "samples"
LATENTS = "img_00_0096x0096_wan.safetensors"
TEXT = "img_00_wan_te.safetensors"
WAN = {"architecture": "wan", "format_version": "1.0.1"}


def test_what_the_trainer_just_encoded_is_current(encoded: Encoded) -> None:
    report = encoded.report()
    everything = {"current": 2, "stale": 0, "missing": 0, "corrupt": 0, "orphan": 0}
    assert report.counts(CacheStep.LATENTS) == everything
    assert report.counts(CacheStep.TEXT) == everything
    assert [verdict.item for verdict in report.of(CacheStep.TEXT)] == ["img_00", "img_01"]
    assert report.verdicts[0].path == encoded.cache / LATENTS


def test_nothing_is_encoded_yet(encoded: Encoded) -> None:
    shutil.rmtree(encoded.cache)
    assert set(encoded.states().values()) == {("missing", "not encoded yet")}
    assert len(encoded.states()) == 4


def test_an_edited_caption_makes_only_the_text_stale(encoded: Encoded) -> None:
    caption = encoded.images / "img_00.txt"
    caption.write_text("  tok, a picture number 0 with a disc  \n\n")  # stripped, it is the same
    assert encoded.states() == {}
    caption.write_text("another")
    assert encoded.states() == {TEXT: ("stale", "caption edited")}


def test_a_missing_caption(encoded: Encoded) -> None:
    (encoded.images / "img_00.txt").unlink()
    assert encoded.states() == {TEXT: ("stale", "no caption")}
    (encoded.cache / TEXT).unlink()
    assert encoded.states() == {TEXT: ("missing", "no caption")}


def test_another_resolution_makes_the_latents_stale(encoded: Encoded) -> None:
    encoded.file.write_text(encoded.file.read_text().replace("64, 64", "128, 96"))
    assert encoded.states() == {
        LATENTS: ("stale", "encoded at 64x64, but the bucket is now 96x112"),
        "img_01_0128x0096_wan.safetensors": ("stale", "encoded at 64x64, but the bucket is now 128x96"),
    }


def test_a_newer_image_makes_the_latents_stale(encoded: Encoded) -> None:
    later = (encoded.images / "img_00.png").stat().st_ctime_ns + 10**9
    os.utime(encoded.cache / LATENTS, ns=(later, later))
    assert encoded.states() == {}
    cache = (encoded.cache / LATENTS).stat().st_mtime_ns
    os.utime(encoded.images / "img_00.png", ns=(cache, cache + 1))
    assert encoded.states() == {LATENTS: ("stale", "the media file is newer, its pixels may have changed")}


def test_an_image_of_another_size_leaves_an_orphan(encoded: Encoded) -> None:
    encoded.image("img_00.png", (100, 100), "tok, a picture number 0 with a disc")
    assert encoded.states() == {
        LATENTS: ("orphan", "belongs to no item"),
        "img_00_0100x0100_wan.safetensors": ("missing", "not encoded yet"),
    }


def test_a_removed_image_leaves_two_orphans(encoded: Encoded) -> None:
    (encoded.images / "img_00.png").unlink()
    report = encoded.report()
    assert encoded.states().keys() == {LATENTS, TEXT}
    assert [verdict.path.name for verdict in report.to_remove(CacheStep.LATENTS)] == [LATENTS]
    assert [verdict.path.name for verdict in report.to_remove(CacheStep.TEXT)] == [TEXT]
    assert report.to_encode(CacheStep.TEXT) == ()


@pytest.mark.parametrize("name", [LATENTS, TEXT])
def test_a_truncated_file_is_corrupt(encoded: Encoded, name: str) -> None:
    path = encoded.cache / name
    path.write_bytes(path.read_bytes()[:-1])
    assert encoded.states() == {name: ("corrupt", "1 bytes of it are missing")}


def test_image_to_video_needs_the_first_frame(encoded: Encoded, write_tensors: WriteTensors) -> None:
    assert encoded.states(i2v=True).keys() == {LATENTS, "img_01_0128x0096_wan.safetensors"}
    shapes = {"latents_1x8x8_bfloat16": (16, 1, 8, 8), "latents_image_1x8x8_bfloat16": (20, 1, 8, 8)}
    for path in encoded.cache.glob("*_wan.safetensors"):
        write_tensors(path, WAN, shapes)
    assert encoded.states(i2v=True) == {}
    assert encoded.states(i2v=False) == {}


def test_control_media(encoded: Encoded) -> None:
    encoded.write('image_directory = "images"\ncache_directory = "cache"\ncontrol_directory = "control"')
    assert encoded.states()[LATENTS] == ("stale", "encoded without its control media")


def test_caches_of_another_model_are_stale_or_none_of_ours(encoded: Encoded, write_tensors: WriteTensors) -> None:
    write_tensors(encoded.cache / LATENTS, {"architecture": "hunyuan_video"}, {"latents_1x8x8_bfloat16": (1,)})
    write_tensors(encoded.cache / TEXT, WAN | {"caption1": "x"}, {"llm_float16": (1,)})
    write_tensors(encoded.cache / "x_0001x0001_wan.safetensors", {}, {"t": (1,)})
    assert encoded.states() == {
        LATENTS: ("stale", "made for another model"),
        TEXT: ("stale", "made for another model"),
    }
    write_tensors(encoded.cache / LATENTS, WAN, {"t": (1,)})
    assert encoded.states()[LATENTS] == ("stale", "holds no latents")


def test_files_that_are_none_of_the_trainers_are_left_alone(encoded: Encoded) -> None:
    for name in ("my_lora.safetensors", "my_wan.safetensors", ".a_0001x0001_wan.safetensors", "notes.txt"):
        (encoded.cache / name).write_bytes(b"mine")
    assert encoded.states() == {}
    (encoded.cache / "gone_0001x0001_wan.safetensors").write_bytes(b"cut short")
    assert encoded.states() == {"gone_0001x0001_wan.safetensors": ("orphan", "belongs to no item")}


def test_a_wrong_media_folder_condemns_no_cache(encoded: Encoded) -> None:
    encoded.images.rename(encoded.root / "elsewhere")
    assert encoded.report().verdicts == ()
    encoded.images.mkdir()
    assert encoded.report().verdicts == ()


def test_an_image_that_cannot_be_read_keeps_its_caches(encoded: Encoded) -> None:
    (encoded.images / "img_00.png").write_bytes(b"")
    assert encoded.states() == {}


def test_clips(encoded: Encoded, write_tensors: WriteTensors) -> None:
    frames = encoded.root / "frames"
    encoded.images.rename(frames)
    for number in range(2, 6):
        shutil.copy(frames / "img_00.png", frames / f"img_0{number}.png")
    os.utime(frames, (1, 1))
    (encoded.root / "m.jsonl").write_text('{"video_path": "frames", "caption": "c"}\n')
    encoded.write('video_jsonl_file = "m.jsonl"\ncache_directory = "vcache"\ntarget_frames = [1, 5]')
    cache = encoded.root / "vcache"
    cache.mkdir()
    short, long = (cache / f"frames_00000-00{frames}_0064x0064_wan.safetensors" for frames in (1, 5))
    write_tensors(short, WAN | {"frame_count": "1"}, {"latents_1x8x8_bfloat16": (16, 1, 8, 8)})
    write_tensors(long, WAN | {"frame_count": "5"}, {"latents_2x8x8_bfloat16": (16, 2, 8, 8)})
    shutil.copy(SAMPLES / LATENTS, cache)  # left over from when this was a folder of images
    text = cache / "frames_wan_te.safetensors"
    write_tensors(text, WAN | {"caption1": "c"}, {"varlen_t5_bfloat16": (3, 4096)})
    assert encoded.states() == {LATENTS: ("orphan", "belongs to no item")}
    write_tensors(long, WAN | {"frame_count": "9"}, {"latents_3x8x8_bfloat16": (16, 3, 8, 8)})
    assert encoded.states()[long.name] == ("stale", "encoded with another number of frames")
