"""Where things lie."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from wantui.paths import Workspace, WorkspaceError, runtime_folder
from wantui.supervisor.endpoint import Endpoint

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


def test_a_state_folder_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.state.mkdir(mode=0o755)
    workspace.create_state()
    assert stat.S_IMODE(workspace.state.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_runtime_folder_that_others_can_write_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(mode)
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(folder))
    with pytest.raises(WorkspaceError, match=f"others can write to it.*chmod 700 {folder}"):
        runtime_folder()


def test_a_link_is_no_runtime_folder_nor_a_folder_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "link").symlink_to("theirs")
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "link"))
    with pytest.raises(WorkspaceError, match="is a link"):
        runtime_folder()
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "run"))
    workspace = Workspace(tmp_path)
    workspace.runtime.symlink_to(tmp_path / "theirs")
    with pytest.raises(PermissionError, match="is a link"):
        Endpoint.of(workspace)
