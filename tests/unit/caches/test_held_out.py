"""Which items are held out: kept across renames, told where the list is broken, drawn in proportion."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.made import item
from wantui.caches.held_out import HeldOut, drawn, without
from wantui.caches.model import CacheError
from wantui.dataset.model import Dataset, DatasetConfig
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Item


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    return Workspace(tmp_path / "site")


def pictures(folder: Path, *names: str) -> list[Item]:
    folder.mkdir(parents=True, exist_ok=True)
    found = [item(name, "a caption", folder) for name in names]
    for each in found:
        each.media.write_bytes(f"pixels of {each.name}".encode())
    return found


def names(held: HeldOut, items: list[Item]) -> list[str]:
    keys = held.among(items)
    return [each.name for each in items if each.key in keys]


def test_items_are_held_out_until_they_are_released(workspace: Workspace) -> None:
    held, items = HeldOut(workspace), pictures(workspace.root, "a", "b", "c")
    assert held.among(items) == frozenset()
    held.add(items[:2])
    held.add(items[1:2])
    assert names(HeldOut(workspace), items) == ["a", "b"]
    held.release(items[:1])
    assert names(held, items) == ["b"]
    dataset = Dataset(DatasetConfig(workspace.root / "dataset.toml", ()), tuple(items))
    assert [each.name for each in without(dataset, held.among(items)).items] == ["a", "c"]


def test_a_renamed_item_stays_held_out_and_can_be_released(workspace: Workspace) -> None:
    held, items = HeldOut(workspace), pictures(workspace.root, "a", "b")
    held.add(items[:1])
    items[0].media.rename(workspace.root / "z.png")
    renamed = [item("z", "a caption", workspace.root), items[1]]
    assert names(held, renamed) == ["z"]
    held.release(renamed[:1])
    assert names(held, renamed) == []


def test_a_copy_of_a_held_out_item_that_is_there_is_another_item(workspace: Workspace) -> None:
    held, items = HeldOut(workspace), pictures(workspace.root, "a", "b")
    items[1].media.write_bytes(items[0].media.read_bytes())
    held.add(items[:1])
    assert names(held, items) == ["a"]


def test_a_workspace_may_move(workspace: Workspace, tmp_path: Path) -> None:
    HeldOut(workspace).add(pictures(workspace.root / "images", "a", "b")[:1])
    workspace.root.rename(tmp_path / "elsewhere")
    moved = Workspace(tmp_path / "elsewhere")
    assert names(HeldOut(moved), [item(name, None, moved.root / "images") for name in "ab"]) == ["a"]


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"version": 2, "items": []}', '{"version": 1, "items": [{"media": 3}]}']
)
def test_a_broken_list_is_an_error_since_its_items_would_be_trained_on(workspace: Workspace, text: str) -> None:
    held, items = HeldOut(workspace), pictures(workspace.root, "a")
    held.add(items)
    held.file.write_text(text)
    with pytest.raises(CacheError, match="which items are held out cannot be read"):
        held.among(items)
    with pytest.raises(CacheError):
        held.add(items)
    assert held.file.read_text() == text


def test_the_file_is_for_other_programs_too(workspace: Workspace) -> None:
    held = HeldOut(workspace)
    held.add(pictures(workspace.root / "images", "a"))
    kept = json.loads(held.file.read_text())
    assert [each["media"] for each in kept["items"]] == ["images/a.png"]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=5), st.integers(0, 60), st.integers(0, 3))
def test_a_draw_is_proportional_and_leaves_something_in_each_section(sizes: list[int], count: int, seed: int) -> None:
    items = [item(f"{subset}-{at}", "c", subset=subset) for subset, size in enumerate(sizes) for at in range(size)]
    found = drawn(items, count, seed)
    assert found == drawn(items, count, seed)
    assert len({each.name for each in found}) == len(found) == min(count, sum(max(0, size - 1) for size in sizes))
    for subset, size in enumerate(sizes):
        taken = sum(each.subset == subset for each in found)
        assert taken <= max(0, size - 1)
        if all(size > 2 * count for size in sizes):  # nobody's last item is at stake: the quota holds
            assert abs(taken - count * size / sum(sizes)) < 1


def test_what_cannot_be_encoded_is_not_drawn() -> None:
    items = [item("a", "c"), item("b", None), item("c", "c", problem="broken"), item("d", "c")]
    assert [each.name for each in drawn(items, 9, 0)] in (["a"], ["d"])
