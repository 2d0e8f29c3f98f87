"""What a child process reads ahead, and that it leaves nothing behind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.supervisor.conftest import runtime
from tests.ui.test_workspace_backend import workspace
from wantui.ui.data import prefetch as prefetching
from wantui.ui.data.late import LateBackend
from wantui.ui.data.prefetch import Prefetch, prefetch
from wantui.ui.data.workspace import WorkspaceBackend

if TYPE_CHECKING:
    from wantui.paths import Workspace

__all__ = ["runtime", "workspace"]

# The screen forks before it has threads; a test runner may have some.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


@pytest.fixture(autouse=True)
def _idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefetching, "_has_idle_core", lambda: True)


def started(workspace: Workspace) -> Prefetch:
    child = prefetch(workspace)
    assert child is not None
    return child


def no_child_is_left() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def test_the_child_reads_what_the_screen_asks_for_first(workspace: Workspace) -> None:
    child = started(workspace)
    backend = WorkspaceBackend(workspace)
    assert child.take() == {"defaults": backend.defaults(), "dataset": backend.dataset()}
    assert no_child_is_left()


def test_each_answer_is_given_once_and_then_read_anew(workspace: Workspace) -> None:
    late = LateBackend(workspace, started(workspace))
    (item,) = late.dataset().items
    assert late._made is None, "the rooms below were asked although the child had answered"
    assert item.caption_file is not None
    item.caption_file.write_text("edited", encoding="utf-8")
    assert [item.caption for item in late.dataset().items] == ["edited"]
    late.close()


def test_a_child_that_dies_costs_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(_workspace: Workspace) -> dict[str, object]:
        raise RuntimeError

    monkeypatch.setattr(prefetching, "read", die)
    late = LateBackend(workspace, started(workspace))
    assert len(late.dataset().items) == 1
    assert no_child_is_left()
    late.close()


def test_what_cannot_be_read_is_asked_for_again(workspace: Workspace) -> None:
    workspace.config_file.write_text("[run]\nsufix = 1\n", encoding="utf-8")
    assert started(workspace).take() == {}


def test_a_child_that_nobody_asked_is_ended(workspace: Workspace) -> None:
    child = started(workspace)
    child.close()
    assert child.take() == {}
    assert no_child_is_left()


def test_the_pipe_is_not_passed_on_to_programs(workspace: Workspace) -> None:
    child = started(workspace)
    assert not os.get_inheritable(child._pipe)
    child.take()


def test_where_no_core_is_idle_nothing_is_started(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefetching, "_has_idle_core", lambda: False)
    assert prefetch(workspace) is None
