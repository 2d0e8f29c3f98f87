"""What is seen at a glance after an edit: the item alone, by content; and how that goes with whole looks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.ui.fake import make_view
from tests.ui.test_workspace_backend import workspace
from wantui.caches.model import CacheState, CacheVerdict
from wantui.ui.data.row_book import RowBook
from wantui.ui.data.row_making import rows_of
from wantui.ui.data.rows import ItemRow, ItemStatus
from wantui.ui.data.workspace import WorkspaceBackend

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace

__all__ = ["workspace"]


def test_an_edited_caption_is_read_again_and_other_files_are_passed_over(workspace: Workspace) -> None:
    backend = WorkspaceBackend(workspace)
    item = backend.dataset().items[0]
    assert item.caption_file is not None
    item.caption_file.write_text("a green wall", encoding="utf-8")
    seen = backend.glance([item.caption_file, item.media.with_name("unknown.txt")])
    assert [(row.item.caption, row.status) for row in rows_of(seen)] == [("a green wall", ItemStatus.MISSING)]


def test_a_removed_image_is_left_to_the_whole_look(workspace: Workspace) -> None:
    backend = WorkspaceBackend(workspace)
    item = backend.dataset().items[0]
    item.media.unlink()
    assert backend.glance([item.media]).items == ()


def test_an_image_of_another_size_is_measured_again(workspace: Workspace) -> None:
    backend = WorkspaceBackend(workspace)
    item = backend.dataset().items[0]
    Image.new("RGB", (40, 90), "red").save(item.media)
    (seen,) = backend.glance([item.media]).items
    assert (seen.width, seen.height) == (40, 90)


def test_before_the_first_look_there_is_nothing_to_glance_at(workspace: Workspace) -> None:
    assert WorkspaceBackend(workspace).glance([workspace.root / "dataset" / "one.txt"]).items == ()


def edited(row: ItemRow) -> ItemRow:
    assert row.text is not None
    text = CacheVerdict(row.text.path, row.text.step, CacheState.STALE, row.text.item, "caption edited")
    return replace(row, status=ItemStatus.STALE, text=text, item=replace(row.item, caption="edited"))


@pytest.mark.parametrize(
    ("look_began", "status"), [(1.0, ItemStatus.STALE), (3.0, ItemStatus.CURRENT)], ids=["before", "after"]
)
def test_a_glance_outlives_the_look_that_began_before_it(
    tmp_path: Path, look_began: float, status: ItemStatus
) -> None:
    rows = rows_of(make_view(tmp_path))
    book = RowBook()
    book.looked(rows, 0.0)
    assert book.glanced([edited(rows[0])], 2.0)[0].status is ItemStatus.STALE
    assert book.looked(rows, look_began)[0].status is status


def test_a_glance_keeps_what_lint_has_found(tmp_path: Path) -> None:
    rows = rows_of(make_view(tmp_path))
    book = RowBook()
    book.looked(rows, 0.0)
    at = 11
    assert rows[at].trouble == "no trigger word"
    seen = book.glanced([replace(edited(rows[at]), trouble=None)], 1.0)[at]
    assert (seen.status, seen.trouble, seen.item.caption) == (ItemStatus.PROBLEM, "no trigger word", "edited")
