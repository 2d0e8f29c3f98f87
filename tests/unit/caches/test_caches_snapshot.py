"""What an expert trains on."""

from __future__ import annotations

import errno
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.caches.kept import Kept, latents_of
from wantui.caches import snapshot
from wantui.caches.items import ItemsDifference, difference, read_rows, rows_of
from wantui.caches.model import CacheError, CacheState
from wantui.caches.snapshot import Snapshot, take, whole
from wantui.caches.state import examine
from wantui.caches.trash import discard
from wantui.dataset.blueprint import load
from wantui.dataset.scan import scan

if TYPE_CHECKING:
    from pathlib import Path

A, TEXT_A = latents_of("a"), "a_wan_te.safetensors"
FILES = {A, latents_of("b"), TEXT_A, "b_wan_te.safetensors"}


@pytest.fixture
def cached(tmp_path: Path) -> Kept:
    kept = Kept(tmp_path / "work")
    kept.cache_run()
    return kept


@pytest.fixture
def into(cached: Kept) -> Path:
    return cached.root / "runs" / "1" / "caches"


def taken(kept: Kept, into: Path) -> Snapshot:
    """A snapshot of now."""
    made = take(kept.dataset(), kept.report(), into, kept.records)
    assert made is not None
    return made


def test_a_snapshot_links_what_is_expected_and_nothing_else(cached: Kept, into: Path) -> None:
    shutil.copyfile(cached.cache / A, cached.cache / latents_of("gone"))
    (cached.cache / "notes.txt").write_text("mine")
    made = taken(cached, into)
    links = {path.name: path.stat().st_ino for path in (into / "0").iterdir()}
    assert links == {name: (cached.cache / name).stat().st_ino for name in FILES}
    assert whole(into) == []
    assert sorted(path.name for path in into.iterdir()) == ["0", "complete", "dataset.json", "items.json"]
    assert list(into.parent.iterdir()) == [into]
    assert made == Snapshot(into)


def test_its_settings_are_the_users_own(cached: Kept, into: Path) -> None:
    cached.settings(more="fp_latent_window_size = 9\n")
    made = taken(cached, into)
    assert json.loads(made.dataset.read_text()) == {
        "general": {"resolution": [64, 64], "caption_extension": ".txt", "enable_bucket": True},
        "datasets": [
            {
                "image_directory": str(cached.images),
                "cache_directory": str(into / "0"),
                "fp_latent_window_size": 9,
            }
        ],
    }
    dataset = scan(load(made.dataset))
    assert [item.caption for item in dataset.items] == ["picture a", "picture b"]
    assert {verdict.state for verdict in examine(dataset, i2v=False).verdicts} == {CacheState.CURRENT}


def test_of_two_datasets_in_json(cached: Kept, into: Path) -> None:
    (cached.root / "list.jsonl").write_text('{"image_path": "images/a.bmp", "caption": "c"}\n')
    sections: list[dict[str, Any]] = [
        {"image_directory": str(cached.images), "caption_extension": ".txt", "num_repeats": 3},
        {"image_jsonl_file": "list.jsonl", "cache_directory": "other"},
    ]
    cached.file = cached.root / "dataset.json"
    cached.file.write_text(json.dumps({"general": {"resolution": 64, "enable_bucket": True}, "datasets": sections}))
    (cached.root / "other").mkdir()
    cached.cache_by_hand()
    made = taken(cached, into)
    document = json.loads(made.dataset.read_text())
    assert document["datasets"][0] == {**sections[0], "cache_directory": str(into / "0")}
    assert document["datasets"][1] == {
        "image_jsonl_file": str(cached.root / "list.jsonl"),
        "cache_directory": str(into / "1"),
    }
    assert [len(list((into / each).iterdir())) for each in "01"] == [4, 2]


def test_its_items(cached: Kept, into: Path) -> None:
    rows = read_rows(taken(cached, into).items)
    digest = rows[0].pop("media_hash")
    assert rows[0] == {
        "name": "a",
        "subset": 0,
        "media": str(cached.images / "a.bmp"),
        "caption": "picture a",
        "width": 64,
        "height": 64,
        "bucket": [64, 64],
        "latents": [A],
        "text": TEXT_A,
    }
    assert digest == cached.records.media_hash(cached.images / "a.bmp")


def test_what_is_not_current_is_refused(cached: Kept, into: Path) -> None:
    cached.caption("a", "another")
    with pytest.raises(CacheError, match=rf"{TEXT_A}: caption edited; encode it before training"):
        taken(cached, into)
    assert not into.parent.exists()


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK])
def test_a_file_system_that_cannot_link(cached: Kept, into: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def link(path: str, to: str) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", link)
    assert take(cached.dataset(), cached.report(), into, cached.records) is None
    assert list(into.parent.iterdir()) == []


def test_a_full_disk_is_an_error(cached: Kept, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(path: str, to: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(CacheError, match="No space left on device"):
        taken(cached, into)
    assert list(into.parent.iterdir()) == []


def test_brackets_in_the_path(cached: Kept) -> None:
    assert take(cached.dataset(), cached.report(), cached.root / "[1]", cached.records) is None


@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_a_cache_that_is_lost_meanwhile(cached: Kept, into: Path, monkeypatch: pytest.MonkeyPatch, harm: str) -> None:
    path, original = cached.cache / A, os.link
    dataset, report = cached.dataset(), cached.report()

    def link(source: str, to: str) -> None:
        if source == str(path):
            path.unlink() if harm == "gone" else path.write_bytes(b"cut")
        original(source, to)

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(CacheError, match="while it was about to be trained on; start again"):
        take(dataset, report, into, cached.records)
    assert list(into.parent.iterdir()) == []


def test_settings_that_change_meanwhile(cached: Kept, into: Path) -> None:
    dataset, report = cached.dataset(), cached.report()
    cached.settings(resolution=96)
    with pytest.raises(CacheError, match=r"dataset\.toml: changed while"):
        take(dataset, report, into, cached.records)
    cached.file.write_text("[[")
    with pytest.raises(CacheError, match=r"dataset\.toml: changed while"):
        take(dataset, report, into, cached.records)


def test_one_snapshot_replaces_another(cached: Kept, into: Path) -> None:
    taken(cached, into)
    for leftover in (".caches.part", ".caches.before"):
        (into.with_name(leftover) / "0").mkdir(parents=True)
    cached.caption("a", "another")
    cached.cache_run()
    made = taken(cached, into)
    assert read_rows(made.items)[0]["caption"] == "another"
    assert list(into.parent.iterdir()) == [into]


def test_linked_caches_are_followed(cached: Kept, into: Path) -> None:
    (cached.cache / A).rename(cached.root / "elsewhere")
    (cached.cache / A).symlink_to("../elsewhere")
    taken(cached, into)
    assert not (into / "0" / A).is_symlink()
    assert whole(into) == []


def test_encoding_again_leaves_a_snapshot_alone(cached: Kept, into: Path) -> None:
    taken(cached, into)
    before = {path.name: path.read_bytes() for path in (into / "0").iterdir()}
    cached.caption("a", "another")
    cached.picture("b", "red")
    cached.cache_run()
    everything = cached.report().verdicts
    discard(everything)  # as --force does
    cached.encode(everything)
    assert {path.name: path.read_bytes() for path in (into / "0").iterdir()} == before
    assert whole(into) == []


def test_whatever_is_not_as_it_was_is_named(cached: Kept, into: Path) -> None:
    made = taken(cached, into)
    link = into / "0" / A
    content = link.read_bytes()
    link.write_bytes(content[:-1])
    assert whole(into) == [f"0/{A}"]
    link.unlink()
    assert whole(into) == [f"0/{A}"]
    link.write_bytes(content)
    assert whole(into) == [f"0/{A}"]  # somebody encoded in place: what is in it now nobody knows
    shutil.copyfile(link, into / "0" / latents_of("more"))
    made.items.unlink()
    assert whole(into) == [f"0/{A}", "items.json", f"0/{latents_of('more')}"]
    made.complete.write_text("{")
    assert whole(into) == ["complete"]
    assert whole(into / "nowhere") == ["complete"]


def test_corruption_that_keeps_size_and_time_is_seen(cached: Kept, into: Path) -> None:
    taken(cached, into)
    link = into / "0" / A
    before = link.stat()
    link.write_bytes(bytes(before.st_size))
    os.utime(link, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert whole(into) == [f"0/{A}"]


def changes(into: Path, cached: Kept) -> ItemsDifference:
    """How the dataset is now, against what it was when the snapshot was taken."""
    return difference(read_rows(Snapshot(into).items), rows_of(cached.dataset(), cached.records))


def test_what_changed_since(cached: Kept, into: Path) -> None:
    taken(cached, into)
    assert not changes(into, cached)
    (cached.images / "a.bmp").touch()
    assert not changes(into, cached)
    for name in "ab":
        cached.caption(name, "another")
    cached.picture("a", "red")
    cached.picture("c", "red")
    cached.caption("c", "new")
    found = changes(into, cached)
    assert found == ItemsDifference(added=("c",), recaptioned=("a", "b"), repixelled=("a",))
    assert str(found) == "2 captions changed, 1 media file changed, 1 item added"
    for name in ("a.bmp", "a.txt"):
        (cached.images / name).unlink()
    cached.settings(resolution=96)
    found = changes(into, cached)
    assert found == ItemsDifference(added=("c",), removed=("a",), recaptioned=("b",), resized=("b",))
    assert "1 item encoded at another size or length" in str(found)


def test_media_that_cannot_be_read_have_changed(cached: Kept, into: Path) -> None:
    taken(cached, into)
    (cached.images / "a.bmp").unlink()
    (cached.images / "a.bmp").mkdir()
    assert changes(into, cached).repixelled == ("a",)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'[{"name": "a"}]', b"\xff"])
def test_a_broken_list_of_items(cached: Kept, into: Path, content: bytes) -> None:
    taken(cached, into).items.write_bytes(content)
    with pytest.raises(CacheError, match=r"items\.json: is no list of items"):
        changes(into, cached)
    (into / "items.json").unlink()
    with pytest.raises(CacheError, match=r"items\.json: cannot be read"):
        changes(into, cached)


texts = st.none() | st.sampled_from("xyz")
rows = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from("abcd"),
            "subset": st.integers(0, 1),
            "media": st.just("m"),
            "media_hash": texts,
            "caption": texts,
            "width": st.just(1),
            "height": st.just(1),
            "bucket": st.none() | st.just([64, 64]),
            "latents": st.lists(st.sampled_from("lm"), max_size=2),
            "text": st.just("t"),
        }
    ),
    unique_by=lambda row: (row["subset"], row["name"]),
)


@given(one=rows, other=rows)
def test_differences(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
    assert not difference(one, one[::-1])
    there, back = difference(one, other), difference(other, one)
    assert (there.added, there.removed) == (back.removed, back.added)
    assert there.recaptioned == back.recaptioned
    assert bool(there) == bool(str(there))


def test_the_snapshot_of_nothing_links_nothing(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    with pytest.raises(CacheError, match="not encoded yet"):
        snapshot.take(kept.dataset(), kept.report(), tmp_path / "x", kept.records)
