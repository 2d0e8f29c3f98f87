"""Texts that are not saved are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.made import item
from wantui.captions.drafts import keep
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path


def test_every_draft_is_a_file_of_its_own(tmp_path: Path) -> None:
    """Also many of one item in the same second."""
    workspace = Workspace(tmp_path)
    texts = [f"text {number}\nand more" for number in range(20)]
    drafts = [keep(workspace, item("anna"), text) for text in texts]
    assert [draft.read_text() for draft in drafts] == [text + "\n" for text in texts]
    assert sorted(drafts) == sorted((tmp_path / ".wantui/drafts").iterdir())


def test_long_names_fit(tmp_path: Path) -> None:
    assert keep(Workspace(tmp_path), item("ä" * 120), "x").exists()
