"""Cache files on their way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.caches.kept import write
from wantui.caches.model import CacheError, CacheState, CacheStep, CacheVerdict
from wantui.caches.trash import TRASH, discard, empty, is_left, restore

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("a_0064x0064_wan.safetensors", "a_wan_te.safetensors", "b_wan_te.safetensors")


def verdict(path: Path) -> CacheVerdict:
    return CacheVerdict(path, CacheStep.TEXT, CacheState.STALE, "a")


def put(path: Path, word: str) -> None:
    write(path, {"word": word}, [])


def state_of(folder: Path) -> dict[str, str]:
    """Which files there are, in the trash and out of it, and with what in them."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_text("latin-1").split('"')[5] for path in paths}


def test_into_the_trash_and_back(tmp_path: Path) -> None:
    for name in NAMES:
        put(tmp_path / name, "old")
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    discard([verdict(tmp_path / name) for name in NAMES[:2]])
    assert state_of(tmp_path) == {f"{TRASH}/{NAMES[0]}": "old", f"{TRASH}/{NAMES[1]}": "old", NAMES[2]: "old"}
    assert restore([tmp_path]) == 2
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.iterdir()} == before


def test_the_trainers_pattern_does_not_find_the_trash(tmp_path: Path) -> None:
    put(tmp_path / NAMES[0], "old")
    discard([verdict(tmp_path / NAMES[0])])
    assert list(tmp_path.glob("*_wan.safetensors")) == []  # as `get_all_latent_cache_files` does


def test_a_successor_stays_if_it_is_whole(tmp_path: Path) -> None:
    for name in NAMES:
        put(tmp_path / name, "old")
    discard([verdict(tmp_path / name) for name in NAMES])
    put(tmp_path / NAMES[0], "new")
    (tmp_path / NAMES[1]).write_bytes(b"cut sh")
    assert restore([tmp_path]) == 2
    assert state_of(tmp_path) == {NAMES[0]: "new", NAMES[1]: "old", NAMES[2]: "old"}
    assert not (tmp_path / TRASH).exists()


def test_success_empties_it(tmp_path: Path) -> None:
    put(tmp_path / NAMES[0], "old")
    discard([verdict(tmp_path / NAMES[0]), verdict(tmp_path / NAMES[1])])
    empty([tmp_path, tmp_path / "no such folder"])
    assert list(tmp_path.iterdir()) == []
    assert restore([tmp_path, tmp_path / "no such folder"]) == 0


def test_nothing_to_move(tmp_path: Path) -> None:
    discard([verdict(tmp_path / "no such folder" / NAMES[0]), verdict(tmp_path / NAMES[0])])
    assert state_of(tmp_path) == {}


def test_what_cannot_be_moved_is_named(tmp_path: Path) -> None:
    put(tmp_path / NAMES[0], "old")
    (tmp_path / TRASH).write_text("no folder")
    with pytest.raises(CacheError, match=rf"{NAMES[0]}: cannot be moved into .*{TRASH}"):
        discard([verdict(tmp_path / NAMES[0])])
    assert restore([tmp_path]) == 0
    (tmp_path / TRASH).unlink()
    (tmp_path / TRASH / "folder").mkdir(parents=True)
    with pytest.raises(CacheError, match="folder: cannot be deleted"):
        empty([tmp_path])


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("discard"), st.sets(st.sampled_from(NAMES))),
            st.tuples(st.just("encode"), st.sets(st.sampled_from(NAMES))),
            st.tuples(st.just("break"), st.sets(st.sampled_from(NAMES))),
            st.tuples(st.just("restore"), st.just(frozenset())),
        ),
        max_size=8,
    )
)
def test_whatever_happens_a_whole_file_stays(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, set[str]]]
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    for name in NAMES:
        put(folder / name, "old")
    for step, names in steps:
        match step:
            case "discard":
                restore([folder])
                discard([verdict(folder / name) for name in names])
            case "encode":
                for name in names:
                    put(folder / name, "new")
            case "break":  # a job that dies while it writes what was moved away for it
                for name in names:
                    if (folder / TRASH / name).exists():
                        (folder / name).write_bytes(b"cut")
            case _:
                restore([folder])
    restore([folder])
    assert state_of(folder).keys() == set(NAMES)


def test_what_a_killed_job_left_is_seen(tmp_path: Path) -> None:
    assert not is_left([tmp_path, tmp_path / "nowhere"])
    put(tmp_path / "a.safetensors", "old")
    discard([verdict(tmp_path / "a.safetensors")])
    assert is_left([tmp_path])
    restore([tmp_path])
    assert not is_left([tmp_path])
