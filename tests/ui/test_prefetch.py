"""What a child process reads ahead, and that it leaves nothing behind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import psutil
import pytest

from wantui.services.workspace import Services
from wantui.ui.work import prefetch as prefetching
from wantui.ui.work.lazy_services import LazyServices, lazy_services
from wantui.ui.work.prefetch import Prefetch, prefetch

if TYPE_CHECKING:
    from wantui.dataset.model import Item
    from wantui.paths import Workspace

# The screen forks before it has threads; a test runner may have some.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


@pytest.fixture(autouse=True)
def _idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefetching, "_has_idle_core", lambda: True)


def started(workspace: Workspace) -> Prefetch:
    child = prefetch(workspace)
    assert child is not None
    return child


OTHERS: set[int] = set()
"""Children that were there before the test: multiprocessing keeps one, say."""


@pytest.fixture(autouse=True)
def others() -> None:
    OTHERS.clear()
    OTHERS.update(child.pid for child in psutil.Process().children())


def no_child_is_left() -> bool:
    """Whether the test has left none, not even one that nobody has waited for."""
    return {child.pid for child in psutil.Process().children()} <= OTHERS


def test_the_child_reads_what_the_screen_asks_for_first(workspace: Workspace) -> None:
    child = started(workspace)
    services = Services(workspace)
    found: list[Item] = []
    assert child.take("defaults") == services.defaults()
    view = child.take("dataset", found.extend)
    assert view == services.dataset()
    assert all(sent is item for sent, item in zip(found, view.items, strict=True)), "items were sent twice"
    assert child.take("dataset") is None
    assert no_child_is_left()


def test_the_dataset_is_told_while_the_child_reads(workspace: Workspace) -> None:
    late = lazy_services(workspace, started(workspace))
    found: list[Item] = []
    assert late.dataset(found.extend).items == tuple(found)
    late.close()


def test_what_the_child_has_read_is_glanced_at(workspace: Workspace) -> None:
    late = lazy_services(workspace, started(workspace))
    (item,) = late.dataset().items
    assert item.caption_file is not None
    item.caption_file.write_text("edited", encoding="utf-8")
    assert [item.caption for item in late.partial_rescan([item.caption_file]).items] == ["edited"]
    late.close()


def test_each_answer_is_given_once_and_then_read_anew(workspace: Workspace) -> None:
    late = lazy_services(workspace, started(workspace))
    (item,) = late.dataset().items
    assert cast("LazyServices", late)._made is None, "the rooms below were asked although the child had answered"
    assert item.caption_file is not None
    item.caption_file.write_text("edited", encoding="utf-8")
    assert [item.caption for item in late.dataset().items] == ["edited"]
    late.close()


def test_a_child_that_dies_costs_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(_workspace: Workspace, _tell: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(prefetching, "read", die)
    late = lazy_services(workspace, started(workspace))
    assert len(late.dataset().items) == 1
    assert no_child_is_left()
    late.close()


def test_what_cannot_be_read_is_asked_for_again(workspace: Workspace) -> None:
    workspace.config_file.write_text("[run]\nsufix = 1\n", encoding="utf-8")
    child = started(workspace)
    assert (child.take("defaults"), child.take("dataset")) == (None, None)


def test_a_child_that_nobody_asked_is_ended(workspace: Workspace) -> None:
    child = started(workspace)
    child.close()
    assert child.take("dataset") is None
    assert no_child_is_left()


def test_the_pipe_is_not_passed_on_to_programs(workspace: Workspace) -> None:
    child = started(workspace)
    assert not os.get_inheritable(child._file.fileno())
    child.close()


def test_where_no_core_is_idle_nothing_is_started(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefetching, "_has_idle_core", lambda: False)
    assert prefetch(workspace) is None
