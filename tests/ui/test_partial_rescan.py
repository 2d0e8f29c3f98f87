"""What is seen at a partial_rescan after an edit: the item alone, by content; and how that goes with whole looks."""

from __future__ import annotations

import json
import math
import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.ui.fake import make_view, rows_in
from wantui.caches.model import CacheState, CacheVerdict
from wantui.listing.rows import ItemRow, ItemStatus
from wantui.runs.watch.state import is_paused
from wantui.services.workspace import Services
from wantui.ui.dataset.row_store import RowStore

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace


def test_an_edited_caption_is_read_again_and_other_files_are_passed_over(workspace: Workspace) -> None:
    services = Services(workspace)
    item = services.dataset().items[0]
    assert item.caption_file is not None
    item.caption_file.write_text("a green wall", encoding="utf-8")
    seen = services.partial_rescan([item.caption_file, item.media.with_name("unknown.txt")])
    assert [(row.item.caption, row.status) for row in rows_in(seen)] == [("a green wall", ItemStatus.MISSING)]


def test_a_removed_image_is_left_to_the_whole_look(workspace: Workspace) -> None:
    services = Services(workspace)
    item = services.dataset().items[0]
    item.media.unlink()
    assert services.partial_rescan([item.media]).items == ()


def test_an_image_of_another_size_is_measured_again(workspace: Workspace) -> None:
    services = Services(workspace)
    item = services.dataset().items[0]
    Image.new("RGB", (40, 90), "red").save(item.media)
    (seen,) = services.partial_rescan([item.media]).items
    assert (seen.width, seen.height) == (40, 90)


def test_before_the_first_look_there_is_nothing_to_partial_rescan_at(workspace: Workspace) -> None:
    assert Services(workspace).partial_rescan([workspace.root / "dataset" / "one.txt"]).items == ()


def edited(row: ItemRow) -> ItemRow:
    assert row.text is not None
    text = CacheVerdict(row.text.path, row.text.step, CacheState.STALE, row.text.item, "caption edited")
    return replace(row, status=ItemStatus.STALE, text=text, item=replace(row.item, caption="edited"))


@pytest.mark.parametrize(
    ("look_began", "status"), [(1.0, ItemStatus.STALE), (3.0, ItemStatus.CURRENT)], ids=["before", "after"]
)
def test_a_partial_rescan_outlives_the_look_that_began_before_it(
    tmp_path: Path, look_began: float, status: ItemStatus
) -> None:
    rows = rows_in(make_view(tmp_path))
    book = RowStore()
    book.looked(rows, 0.0)
    assert book.rescanned([edited(rows[0])], 2.0)[0].status is ItemStatus.STALE
    assert book.looked(rows, look_began)[0].status is status


def test_a_partial_rescan_keeps_what_lint_has_found(tmp_path: Path) -> None:
    rows = rows_in(make_view(tmp_path))
    book = RowStore()
    book.looked(rows, 0.0)
    at = 11
    assert rows[at].trouble == "no trigger word"
    seen = book.rescanned([replace(edited(rows[at]), trouble=None)], 1.0)[at]
    assert (seen.status, seen.trouble, seen.item.caption) == (ItemStatus.PROBLEM, "no trigger word", "edited")


def write_cache(path: Path, metadata: dict[str, str], tensor: str, shape: list[int]) -> None:
    size = 2 * math.prod(shape)
    header = {"__metadata__": {"architecture": "wan", **metadata}}
    tensors = {tensor: {"dtype": "BF16", "shape": shape, "data_offsets": [0, size]}}
    text = json.dumps({**header, **tensors}).encode()
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(size))


@pytest.fixture
def cached(workspace: Workspace) -> Services:
    """The services, when it has looked at an item with both caches current."""
    services = Services(workspace)
    (item,) = services.dataset().items
    assert item.bucket is not None
    width, height = item.bucket[0] // 8, item.bucket[1] // 8
    write_cache(item.latent_caches[0], {}, f"latents_1x{height}x{width}_bfloat16", [16, 1, height, width])
    write_cache(item.text_cache, {"caption1": "a teal wall"}, "varlen_t5_bfloat16", [1, 64])
    assert [row.status for row in rows_in(services.dataset())] == [ItemStatus.CURRENT]
    return services


def rescanned(services: Services, path: Path) -> ItemRow:
    (row,) = rows_in(services.partial_rescan([path]))
    return row


def test_an_edit_turns_the_text_stale_and_taking_it_back_makes_it_current(
    cached: Services, workspace: Workspace
) -> None:
    caption = workspace.root / "dataset" / "one.txt"
    caption.write_text("a green wall", encoding="utf-8")
    row = rescanned(cached, caption)
    assert row.text is not None
    assert (row.status, row.text.why) == (ItemStatus.STALE, "caption edited")
    caption.write_text("a teal wall\n", encoding="utf-8")
    assert rescanned(cached, caption).status is ItemStatus.CURRENT


def test_the_same_text_saved_again_changes_nothing(cached: Services, workspace: Workspace) -> None:
    caption = workspace.root / "dataset" / "one.txt"
    caption.write_bytes(caption.read_bytes())
    assert rescanned(cached, caption).status is ItemStatus.CURRENT


def test_a_newer_image_makes_its_latents_stale(cached: Services, workspace: Workspace) -> None:
    image = workspace.root / "dataset" / "one.png"
    Image.new("RGB", (80, 60), "red").save(image)
    later = image.stat().st_mtime + 10
    os.utime(image, (later, later))
    row = rescanned(cached, image)
    assert row.latents is not None
    assert (row.status, row.latents.why) == (ItemStatus.STALE, "pixels changed")


def test_a_saved_caption_is_told_and_settings_end_the_watch(workspace: Workspace) -> None:
    services = Services(workspace)
    caption, settings = workspace.root / "dataset" / "one.txt", workspace.root / "dataset" / "dataset.toml"
    told: set[Path] = set()
    for number, changed in enumerate(services.watcher.changes(threading.Event())):
        told |= changed
        if number == 0:
            caption.write_text("edited", encoding="utf-8")
        elif caption in told:
            settings.write_text(settings.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert {caption, settings} <= told


def test_pausing_is_seen_by_the_watcher(workspace: Workspace) -> None:
    services = Services(workspace)
    assert services.watcher.status().now is None
    services.watcher.pause()
    assert is_paused(workspace)
