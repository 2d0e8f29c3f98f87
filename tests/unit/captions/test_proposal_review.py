"""Deciding on proposals: through the journal, and never over what somebody else has written meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.supervisor.conftest import runtime
from tests.ui.fake import paint_sunset
from wantui.captions.proposal_review import ProposedCaption, accept, reject, waiting
from wantui.captions.proposals import Proposal, ProposalStore, media_digest
from wantui.dataset.blueprint import load
from wantui.dataset.scan import scan
from wantui.journal.journal import Journal
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Item

__all__ = ["runtime"]

FOLDERS = """\
[general]
caption_extension = ".txt"
[[datasets]]
image_directory = "images"
cache_directory = "cache"
[[datasets]]
image_directory = "images"
cache_directory = "cache_large"
resolution = [640, 640]
[[datasets]]
image_jsonl_file = "list.jsonl"
cache_directory = "cache_list"
"""


@pytest.fixture
def workspace(tmp_path: Path, runtime: Path) -> Workspace:
    """Two pictures that two sections share, one of them captioned; a third one is listed with an empty caption."""
    assert runtime.is_dir()
    (tmp_path / "images").mkdir()
    (tmp_path / "listed").mkdir()
    for name in ("images/a", "images/b", "listed/c"):
        paint_sunset(tmp_path / f"{name}.png", (96, 64))
    (tmp_path / "images/b.txt").write_text("old\r\n", newline="")
    (tmp_path / "list.jsonl").write_text('{"image_path": "listed/c.png", "caption": "", "mine": 1}\n')
    (tmp_path / "dataset.toml").write_text(FOLDERS)
    return Workspace(tmp_path)


def items(workspace: Workspace) -> tuple[Item, ...]:
    return scan(load(workspace.root / "dataset.toml")).items


def propose(workspace: Workspace) -> tuple[ProposedCaption, ...]:
    before = {"a": None, "b": "old", "c": ""}
    for item in items(workspace):
        proposal = Proposal(
            item.media, f"new {item.name}", "me", time.time(), media_digest(item.media), before[item.name]
        )
        ProposalStore(workspace).keep(proposal)
    return waiting(workspace, items(workspace))


def content(workspace: Workspace) -> dict[str, bytes]:
    files = [*(workspace.root / "images").glob("*.txt"), workspace.root / "list.jsonl"]
    return {path.name: path.read_bytes() for path in files}


def test_all_are_accepted_in_one_step_that_is_taken_back_as_a_whole(workspace: Workspace) -> None:
    before = content(workspace)
    proposed = propose(workspace)
    assert [each.item.name for each in proposed] == ["a", "b", "c"]
    found = accept(workspace, proposed)
    assert (found.written, found.conflicts) == (3, ())
    after = content(workspace)
    assert (after["a.txt"], after["b.txt"]) == (b"new a\n", b"new b\r\n")
    assert after["list.jsonl"] == b'{"image_path": "listed/c.png", "caption": "new c", "mine": 1}\n'
    assert waiting(workspace, items(workspace)) == ()
    step = Journal(workspace).undo()
    assert step is not None
    assert step.what == "accept 3 proposed captions"
    assert content(workspace) == before


def test_a_caption_that_came_meanwhile_stays(workspace: Workspace) -> None:
    proposed = propose(workspace)
    (workspace.root / "images/a.txt").write_text("mine")
    (workspace.root / "images/b.txt").write_text("edited")
    found = accept(workspace, proposed)
    assert found.written == 1
    assert {item.name for item, _ in found.conflicts} == {"a", "b"}
    assert content(workspace)["a.txt"] == b"mine"
    assert content(workspace)["b.txt"] == b"edited"
    assert [each.item.name for each in waiting(workspace, items(workspace))] == ["a", "b"]


def test_another_picture_under_the_same_name_does_not_get_the_caption(workspace: Workspace) -> None:
    proposed = propose(workspace)
    paint_sunset(workspace.root / "images/a.png", (64, 96))
    found = accept(workspace, proposed[:1])
    assert (found.step, found.written) == (None, 0)
    ((item, why),) = found.conflicts
    assert item.name == "a"
    assert "not what the caption was proposed for" in why
    assert "a.txt" not in content(workspace)


def test_what_is_rejected_is_forgotten_and_nothing_is_written(workspace: Workspace) -> None:
    before = content(workspace)
    reject(workspace, propose(workspace)[:2])
    assert content(workspace) == before
    assert [each.item.name for each in waiting(workspace, items(workspace))] == ["c"]
