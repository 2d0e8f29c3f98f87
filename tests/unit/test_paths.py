"""Where things lie."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from wantui.paths import Workspace, WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path


def test_what_wantui_keeps_is_for_its_own_alone(tmp_path: Path) -> None:
    """Records have the environment of trainers, and a token may be in it."""
    workspace = Workspace(tmp_path / "workspace")
    workspace.root.mkdir()
    workspace.create_state()
    workspace.create_state()
    assert stat.S_IMODE(workspace.state.stat().st_mode) == 0o700
    assert (workspace.state / ".gitignore").read_text() == "*\n"
    assert workspace.runs.is_dir()


def test_a_workspace_that_was_removed_stays_removed(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "gone")
    with pytest.raises(WorkspaceError, match="gone"):
        workspace.create_state()
    assert not workspace.root.exists()
