"""The whole screen as pictures: look at them before accepting a change (``pytest --snapshot-update``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from tests.ui.conftest import _still, backend
from tests.ui.driving import settled, until, work_screen
from wantui.ui.app import WantuiApp
from wantui.ui.screens.run_form import RunForm
from wantui.ui.widgets.job_table import JobTable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import App
    from textual.pilot import Pilot

    from tests.ui.fake import FakeBackend

__all__ = ["_still", "backend"]

WIDE, NARROW = (200, 50), (80, 24)


class SnapCompare(Protocol):
    def __call__(
        self,
        app: App[None],
        *,
        terminal_size: tuple[int, int],
        run_before: Callable[[Pilot[None]], Awaitable[None]],
    ) -> bool: ...


def after(*keys: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    async def drive(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await until(pilot, lambda: work_screen(pilot).query_one(JobTable).row_count > 0)
        for key in keys:
            await pilot.press(key)
        await settled(pilot)
        await until(pilot, lambda: work_screen(pilot).watching is not None)
        await pilot.pause()
        form = pilot.app.screen
        if isinstance(form, RunForm):
            await until(pilot, lambda: form._preview is not None)

    return drive


@pytest.mark.parametrize(
    ("size", "keys"),
    [
        pytest.param(WIDE, ("j", "j"), id="wide"),
        pytest.param(WIDE, ("t",), id="wide-form"),
        pytest.param(WIDE, ("question_mark",), id="wide-help"),
        pytest.param(WIDE, ("4", "i"), id="wide-story"),
        pytest.param((120, 40), ("3",), id="medium-gpus"),
        pytest.param(NARROW, (), id="narrow-dataset"),
        pytest.param(NARROW, ("j", "j", "2"), id="narrow-preview"),
        pytest.param(NARROW, ("3",), id="narrow-gpus"),
        pytest.param(NARROW, ("4",), id="narrow-jobs"),
        pytest.param(NARROW, ("5",), id="narrow-log"),
        pytest.param(NARROW, ("x",), id="narrow-stop"),
    ],
)
def test_screen(
    snap_compare: SnapCompare, backend: FakeBackend, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    assert snap_compare(WantuiApp(backend), terminal_size=size, run_before=after(*keys))
