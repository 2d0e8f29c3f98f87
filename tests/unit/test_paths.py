"""Where things lie."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from wantui.paths import Workspace, WorkspaceError, find_workspace, runtime_folder
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


STRANGER = 54321
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")


@pytest.fixture
def inner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder two levels below a ``wantui.toml``."""
    monkeypatch.delenv("WANTUI_WORKSPACE", raising=False)
    monkeypatch.delenv("SUDO_UID", raising=False)
    (tmp_path / "outer" / "middle" / "inner").mkdir(parents=True)
    (tmp_path / "outer" / "wantui.toml").touch()
    return tmp_path / "outer" / "middle" / "inner"


def test_the_nearest_configuration_upwards_is_taken(inner: Path) -> None:
    assert find_workspace(start=inner).root == inner.parents[1]
    (inner.parent / "wantui.toml").touch()
    assert find_workspace(start=inner).root == inner.parent


@as_root
@pytest.mark.parametrize("name", [".", "wantui.toml"])
def test_a_configuration_of_somebody_else_on_the_way_up_is_refused(inner: Path, name: str) -> None:
    outer = inner.parents[1]
    os.chown(outer / name, STRANGER, -1)
    with pytest.raises(WorkspaceError) as refused:
        find_workspace(start=inner)
    said = str(refused.value)
    assert str(outer / "wantui.toml") in said
    assert f"user {STRANGER}" in said
    assert f"wantui --workspace {outer}" in said
    assert find_workspace(str(outer)).root == outer


@as_root
def test_behind_sudo_the_calling_users_configuration_is_taken(inner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outer = inner.parents[1]
    os.chown(outer, STRANGER, -1)
    os.chown(outer / "wantui.toml", STRANGER, -1)
    monkeypatch.setenv("SUDO_UID", str(STRANGER))
    assert find_workspace(start=inner).root == outer


def test_a_folder_that_everybody_may_write_gives_no_configuration(inner: Path) -> None:
    outer = inner.parents[1]
    outer.chmod(0o777)
    with pytest.raises(WorkspaceError, match="everybody may write"):
        find_workspace(start=inner)
    outer.chmod(0o1777)
    assert find_workspace(start=inner).root == outer


@as_root
def test_the_current_folders_own_configuration_may_be_its_owners(inner: Path) -> None:
    outer = inner.parents[1]
    os.chown(outer, STRANGER, -1)
    os.chown(outer / "wantui.toml", STRANGER, -1)
    assert find_workspace(start=outer).root == outer


@as_root
def test_a_file_that_somebody_dropped_into_the_current_folder_is_refused(inner: Path) -> None:
    outer = inner.parents[1]
    outer.chmod(0o1777)  # as /tmp is
    os.chown(outer / "wantui.toml", STRANGER, -1)
    with pytest.raises(WorkspaceError, match=f"user {STRANGER}"):
        find_workspace(start=outer)
