"""Texts that are not saved are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.made import item
from wantui.captions.drafts import keep
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path


def test_every_draft_is_a_file_of_its_own(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    first, second = keep(workspace, item("anna"), "one"), keep(workspace, item("anna"), "zwei\nZeilen")
    assert first.read_text() == "one\n"
    assert second.read_text() == "zwei\nZeilen\n"
    assert first.parent == tmp_path / ".wantui/drafts"


def test_long_names_fit(tmp_path: Path) -> None:
    assert keep(Workspace(tmp_path), item("ä" * 120), "x").exists()
