"""Which caches hold, by wantui's own record of what they were made from."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.caches.kept import LONG_AGO, NAMES, Kept, latents_of, made_from, write
from wantui.caches import content
from wantui.caches.model import CacheState, CacheStep
from wantui.caches.records import Identity, Records, expect
from wantui.caches.source import Source
from wantui.caches.trash import discard, restore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

A, B = latents_of("a"), latents_of("b")
TEXT_A, TEXT_B = "a_wan_te.safetensors", "b_wan_te.safetensors"
REPLACED = "the media file was replaced or moved since, its pixels may have changed"
ALL = {A, B, TEXT_A, TEXT_B}


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


@pytest.fixture
def cached(kept: Kept) -> Kept:
    assert set(kept.cache_run()) == ALL
    assert kept.cache_run() == []
    return kept


def test_what_keeps_its_content_stays_current(cached: Kept) -> None:
    picture = cached.images / "a.bmp"
    picture.touch()
    picture.chmod(0o600)
    fresh = cached.root / "copy"
    shutil.copyfile(picture, fresh)
    fresh.replace(picture)  # a sync tool that rewrites equal content
    cached.caption("a", "  picture a\n")
    assert cached.reasons() == {}


def test_without_records_the_same_cannot_be_proved(cached: Kept) -> None:
    picture = cached.images / "a.bmp"
    picture.chmod(0o600)
    assert cached.reasons(with_records=False) == {A: REPLACED}
    assert cached.report(with_records=False).needed() == (picture,)
    os.utime(picture)
    newer = "the media file is newer, its pixels may have changed"
    assert cached.reasons(with_records=False) == {A: newer}
    assert cached.report().needed() == ()


def test_an_older_picture_of_the_same_size(cached: Kept) -> None:
    before = (cached.images / "a.bmp").stat()
    after = cached.picture("a", "red").stat()
    assert (before.st_size, before.st_mtime) == (after.st_size, after.st_mtime)
    assert cached.reasons() == {A: "pixels changed"}
    assert cached.reasons(with_records=False) == {A: REPLACED}
    assert cached.cache_run() == [A]


def test_pixels_changed_back(cached: Kept) -> None:
    cached.picture("a", "red")
    cached.picture("a", "grey")
    assert cached.reasons() == {}


def test_an_edited_caption(cached: Kept) -> None:
    cached.caption("a", "another")
    assert cached.reasons() == {TEXT_A: "caption edited"}
    assert cached.cache_run() == [TEXT_A]


def test_another_resolution(cached: Kept) -> None:
    cached.settings(resolution=96)
    bucket = "encoded at 64x64, but the bucket is now 96x96"
    assert cached.reasons() == {A: bucket, B: bucket}
    assert cached.cache_run() == [A, B]


def test_image_to_video_and_back(cached: Kept) -> None:
    cached.i2v = True
    missing = "encoded for text-to-video, without the first frame"
    assert cached.reasons() == {A: missing, B: missing}
    assert cached.cache_run() == [A, B]
    cached.i2v = False
    assert cached.reasons() == {}


def test_other_weights(cached: Kept) -> None:
    cached.weights.write_bytes(b"others!")
    assert cached.reasons() == dict.fromkeys(ALL, "weights changed")


def test_the_same_weights_elsewhere_or_nowhere(cached: Kept) -> None:
    elsewhere = cached.root / "downloaded again"
    elsewhere.write_bytes(cached.weights.read_bytes())
    cached.weights.unlink()
    assert cached.reasons() == {}
    cached.weights = elsewhere
    assert cached.reasons() == {}


def test_flags_that_change_what_is_encoded(cached: Kept) -> None:
    cached.flags = {
        "batch_size": 4,
        "num_workers": 2,
        "vae_cache_cpu": True,
        "vae_dtype": "bfloat16",
        "fp8_t5": False,
    }
    assert cached.reasons() == {}
    cached.flags["vae-dtype"] = "float16"
    assert cached.reasons() == dict.fromkeys(ALL, "encoding flags changed")
    cached.flags = {"something_new": 1}
    assert cached.reasons() == dict.fromkeys(ALL, "encoding flags changed")


def test_caches_by_hand_are_accepted_and_then_known(kept: Kept) -> None:
    kept.cache_by_hand()
    assert kept.reasons() == {}
    (kept.images / "a.bmp").touch()
    assert kept.reasons().keys() == {A}
    kept.cache_by_hand()
    kept.record()
    (kept.images / "a.bmp").touch()
    assert kept.reasons() == {}
    kept.weights.write_bytes(b"others!")
    assert kept.reasons() == dict.fromkeys(ALL, "weights changed")


def test_a_cache_that_somebody_else_rewrote_has_no_record(cached: Kept) -> None:
    cached.weights.write_bytes(b"others!")
    cached.cache_by_hand()
    assert cached.reasons() == {}
    cached.picture("a", "red")
    assert cached.reasons() == {A: REPLACED}


def test_a_header_is_not_read_twice(cached: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_header(path: str) -> None:
        raise AssertionError(path)

    monkeypatch.setattr("wantui.caches.state.read_header", read_header)
    assert cached.reasons() == {}


def test_a_truncated_cache(cached: Kept) -> None:
    path = cached.cache / A
    path.write_bytes(path.read_bytes()[:-1])
    assert cached.reasons() == {A: "1 bytes of it are missing"}
    assert cached.cache_run() == [A]


def test_media_are_read_once_a_change(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = content.content_digest

    def counted(path: str) -> str:
        read.append(path)
        return original(path)

    monkeypatch.setattr(content, "content_digest", counted)
    kept.cache_run()
    read.clear()
    kept.reasons()
    assert len(read) == 2  # both changed a moment ago
    monkeypatch.setattr(content, "_RACY_NS", 0)
    read.clear()
    for _ in range(3):
        assert kept.reasons() == {}
    assert len(read) == 2
    (kept.images / "a.bmp").touch()
    for _ in range(3):
        assert kept.reasons() == {}
    assert len(read) == 3


def test_media_that_change_while_they_are_encoded(kept: Kept) -> None:
    report = kept.report()
    expect(kept.dataset(), report.to_encode(CacheStep.LATENTS), kept.records, kept.source)
    old = (kept.images / "a.bmp").read_bytes()
    kept.picture("a", "red")
    (kept.images / "a.bmp").write_bytes(old)  # what the trainer read
    kept.encode(report.to_encode(CacheStep.LATENTS))
    kept.picture("a", "red")
    now = (kept.cache / A).stat().st_mtime_ns + 10**9
    os.utime(kept.cache / A, ns=(now, now))  # written after the edit
    assert kept.reasons(with_records=False).keys() == {TEXT_A, TEXT_B}
    assert kept.reasons()[A] == "pixels changed"  # even if the job dies here
    kept.record(CacheStep.LATENTS)
    assert kept.reasons()[A] == "pixels changed"


@pytest.mark.parametrize("expect_first", [True, False])
def test_a_restored_cache_is_what_it_was(cached: Kept, expect_first: bool) -> None:
    cached.weights.write_bytes(b"others!")
    report = cached.report()
    for step in CacheStep:
        steps = [
            lambda step=step: expect(cached.dataset(), report.to_encode(step), cached.records, cached.source),
            lambda step=step: discard(report.to_remove(step)),
        ]
        for do in steps if expect_first else reversed(steps):
            do()
    cached.record()  # asked before the trash is emptied: the job failed
    assert restore([cached.cache]) == 4
    cached.record()
    assert cached.reasons() == dict.fromkeys(ALL, "weights changed")


def test_two_items_that_share_a_cache(cached: Kept) -> None:
    shutil.copyfile(cached.images / "a.bmp", cached.images / "a.png")
    assert cached.reasons() == {A: "a.bmp and a.png share this file"}


def test_control_media(kept: Kept) -> None:
    control = kept.root / "control"
    control.mkdir()
    for name in NAMES:
        (control / f"{name}.png").write_bytes(b"one")
    (control / "a_1.png").write_bytes(b"not taken")
    kept.settings(more='control_directory = "control"')
    for name in NAMES:
        tensors = ["latents_1x8x8_bfloat16", "latents_control_1x8x8_bfloat16"]
        write(kept.cache / latents_of(name), {"architecture": "wan"}, tensors)
    kept.record(CacheStep.LATENTS)
    (control / "a.png").touch()
    (control / "a_1.png").write_bytes(b"never taken")
    assert kept.reasons().keys() == {TEXT_A, TEXT_B}
    assert kept.reasons(with_records=False)[A] == "the control media are newer"
    (control / "a.png").write_bytes(b"two")
    assert kept.reasons()[A] == "control media changed"
    kept.settings()
    assert kept.reasons()[B] == "encoded with control media"


def test_control_media_in_a_jsonl(kept: Kept) -> None:
    (kept.root / "list.jsonl").write_text(
        '{"image_path": "images/a.bmp", "caption": "c", "control_path": "images/b.bmp"}\n'
    )
    kept.settings()
    text = kept.file.read_text().replace('image_directory = "images"', 'image_jsonl_file = "list.jsonl"')
    kept.file.write_text(text)
    assert kept.reasons()[A] == "not encoded yet"
    write(kept.cache / A, {"architecture": "wan"}, ["latents_1x8x8_bfloat16"])
    assert kept.reasons()[A] == "encoded without its control media"
    write(kept.cache / A, {"architecture": "wan"}, ["latents_1x8x8_bfloat16", "latents_control_1x8x8_bfloat16"])
    kept.record(CacheStep.LATENTS)
    kept.picture("b", "red")
    assert kept.reasons()[A] == "control media changed"


def video(kept: Kept, more: str) -> str:
    """A folder of images is a video; the name of its cache."""
    frames = kept.images
    for number in range(10):
        shutil.copyfile(frames / "a.bmp", frames / f"{number}.bmp")
    (kept.root / "list.jsonl").write_text('{"video_path": "images", "caption": "c"}\n')
    kept.file.write_text(
        '[general]\nresolution = [64, 64]\n[[datasets]]\nvideo_jsonl_file = "list.jsonl"\n'
        f'cache_directory = "cache"\ntarget_frames = [5]\n{more}'
    )
    return "images_00000-005_0064x0064_wan.safetensors"


def test_frames(kept: Kept) -> None:
    name = video(kept, "")
    write(kept.cache / name, {"architecture": "wan", "frame_count": "5"}, ["latents_2x8x8_bfloat16"])
    assert kept.reasons().keys() == {"images_wan_te.safetensors"}
    kept.record(CacheStep.LATENTS)
    video(kept, "source_fps = 16.0\n")
    assert kept.reasons().keys() == {"images_wan_te.safetensors"}
    video(kept, "source_fps = 32.0\n")
    assert kept.reasons()[name] == "frames changed"
    video(kept, "")
    assert kept.reasons().keys() == {"images_wan_te.safetensors"}
    kept.picture("3", "red")
    assert kept.reasons()[name] == "pixels changed"


def test_frames_by_hand(kept: Kept) -> None:
    name = video(kept, "")
    write(kept.cache / name, {"architecture": "wan", "frame_count": "5"}, ["latents_2x8x8_bfloat16"])
    later = (kept.cache / name).stat().st_mtime_ns + 1
    os.utime(kept.file, ns=(later, later))
    assert kept.reasons()[name] == "the dataset file is newer, its source_fps may have changed"
    assert kept.report().needed() == (kept.file,)


def test_a_look_needs_no_writable_folder(cached: Kept) -> None:
    shutil.rmtree(cached.root / "records")
    (cached.root / "records").write_text("no folder")
    assert cached.reasons() == {}


def test_records_of_files_that_are_gone_are_dropped(cached: Kept) -> None:
    for name in ("a.bmp", "a.txt"):
        (cached.images / name).unlink()
    cached.record()
    assert cached.records.of_folder(cached.cache).names == ALL
    cached.cache_run()
    cached.record()
    assert cached.records.of_folder(cached.cache).names == {B, TEXT_B}


def test_names_that_are_not_utf8(kept: Kept) -> None:
    odd = os.fsdecode(b"caf\xe9")
    shutil.copyfile(kept.images / "a.bmp", kept.images / f"{odd}.bmp")
    kept.caption(odd, "odd")
    assert latents_of(odd) in kept.cache_run()
    assert kept.cache_run() == []


wild = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(broken=st.binary(max_size=40) | wild.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_broken_record_files_count_as_missing(cached: Kept, broken: bytes) -> None:
    for file in (cached.root / "records").iterdir():
        file.write_bytes(broken)
    assert cached.reasons() == {}
    cached.record()
    assert cached.reasons() == {}


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_damage_to_a_record_raises(cached: Kept, data: st.DataObject) -> None:
    folder = cached.root / "records"
    originals = {file: file.read_bytes() for file in sorted(folder.iterdir())}
    for file, original in originals.items():
        document = json.loads(original)
        damage(document, data)
        file.write_text(json.dumps(document))
    cached.report()
    cached.record()
    for file in set(folder.iterdir()) - originals.keys():
        file.unlink()
    for file, original in originals.items():
        file.write_bytes(original)


def damage(node: Any, data: st.DataObject) -> None:
    """Replace something somewhere in `node` by something else."""
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    if not keys:
        return
    key = data.draw(st.sampled_from(keys))
    if isinstance(node[key], dict | list) and data.draw(st.booleans()):
        damage(node[key], data)
    else:
        node[key] = data.draw(wild)


ACTIONS = (
    *("recolour", "touch", "recaption", "other weights", "other flags", "other task", "other resolution"),
    *("by hand", "cache run", "killed cache run", "lost records"),
)


@given(actions=st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(NAMES), st.integers(0, 2)), max_size=8))
@settings(max_examples=60, deadline=None)
def test_what_is_current_was_made_from_what_is_there(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, str, int]]
) -> None:
    kept = Kept(tmp_path_factory.mktemp("kept"))
    for action, name, number in actions:
        act(kept, action, name, number)
        assert_current_is_true(kept)
    kept.cache_run()
    assert kept.reasons() == {}
    assert_current_is_true(kept)
    assert {path.name for path in kept.cache.iterdir()} == {verdict.path.name for verdict in kept.report().verdicts}


def act(kept: Kept, action: str, name: str, number: int) -> None:
    if action.startswith("other"):
        kept.record()  # what wantui has never seen may have been made with any weights and flags
    other: dict[str, Callable[[], object]] = {
        "recolour": lambda: kept.picture(name, ("grey", "red", "blue")[number]),
        "touch": (kept.images / f"{name}.bmp").touch,
        "recaption": lambda: kept.caption(name, f"caption {number}"),
        "other weights": lambda: kept.weights.write_bytes(bytes([number])),
        "other flags": lambda: kept.flags.update(one_frame=number),
        "other task": lambda: setattr(kept, "i2v", not kept.i2v),
        "other resolution": lambda: kept.settings(resolution=(64, 96, 128)[number]),
        "by hand": kept.cache_by_hand,
        "cache run": kept.cache_run,
        "killed cache run": lambda: killed_run(kept, number),
        "lost records": lambda: lose_records(kept),
    }
    other[action]()


def lose_records(kept: Kept) -> None:
    kept.cache_run()  # so that all are of the weights and flags of now
    shutil.rmtree(kept.root / "records")


def killed_run(kept: Kept, encoded: int) -> None:
    """A cache run that dies after `encoded` files, the next one half written."""
    report = kept.report()
    work = report.to_encode(CacheStep.LATENTS)
    expect(kept.dataset(), work, kept.records, kept.source)
    discard(report.to_remove(CacheStep.LATENTS))
    kept.encode(work[:encoded])
    for verdict in work[encoded : encoded + 1]:
        verdict.path.write_bytes(b"half")
    restore([kept.cache])


def assert_current_is_true(kept: Kept) -> None:
    for verdict in kept.report().verdicts:
        if verdict.state is CacheState.CURRENT:
            assert verdict.item is not None
            assert made_from(verdict.path) == kept.made_from(verdict.item, verdict.step)


def test_a_record_speaks_for_one_file_only(tmp_path: Path) -> None:
    records = Records.open(tmp_path).of_folder(tmp_path)
    assert records.record("a", Identity(1, 2)) is None
    assert Source(None, {"--fp8-t5": True}).effective_flags == Source(None, {"fp8_t5": True}).effective_flags


def test_media_that_never_rest_are_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"")

    def read(name: str) -> str:
        path.write_bytes(path.read_bytes() + b"more")
        return "digest"

    monkeypatch.setattr(content, "content_digest", read)
    assert content.Memo(tmp_path / "memo").digest(str(path)) is None
    assert content.Memo(tmp_path / "memo").digest(str(tmp_path / "gone")) is None


def test_the_memo_keeps_what_others_wrote_and_drops_what_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "_RACY_NS", 0)
    monkeypatch.setattr(content, "_SPARE_ENTRIES", 0)
    paths = [tmp_path / str(number) for number in range(5)]
    for path in paths:
        path.write_bytes(b"content")
        os.utime(path, (LONG_AGO, LONG_AGO))
    one, other = (content.Memo(tmp_path / "memo") for _ in range(2))
    for path in paths[:4]:
        one.digest(str(path))
    other.digest(str(paths[4]))
    paths[0].unlink()
    one.save()
    other.save()
    kept = json.loads((tmp_path / "memo").read_bytes())["files"]
    assert kept.keys() == {str(path) for path in paths[1:]}


@pytest.mark.parametrize(("passed_s", "is_kept"), [(3600, True), (-3600, True), (0.1, False), (-0.1, False)])
def test_the_memo_keeps_what_was_written_at_another_time_be_that_in_the_future(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passed_s: float, is_kept: bool
) -> None:
    """The clock was set back since; only where a file is as new as the clock is may another change look the same."""
    path = tmp_path / "a"
    path.write_bytes(b"content")
    now = path.stat().st_ctime_ns + int(passed_s * 1e9)
    monkeypatch.setattr("time.time_ns", lambda: now)
    memo = content.Memo(tmp_path / "memo")
    memo.digest(str(path))
    memo.save()
    assert (tmp_path / "memo").exists() is is_kept
