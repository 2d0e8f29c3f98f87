"""Waiting for the screen to have taken in what its threads have found."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from wantui.ui.captions.preview_pane import PreviewPane
from wantui.ui.curves.screen import CurvesScreen
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.runs.job_table import JobTable
from wantui.ui.work.work import WorkScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

PATIENCE_S = 30.0
"""Only a broken test waits as long."""


def work_screen(pilot: Pilot[None]) -> WorkScreen:
    """The work screen, below whatever is laid over it."""
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, WorkScreen))


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Let the app work until something holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "what the test waits for does not come"
        await asyncio.sleep(0.01)
        await pilot.pause()


async def settled(pilot: Pilot[None]) -> WorkScreen:
    """Wait until dataset, jobs, machine and picture are on the screen."""
    screen = work_screen(pilot)
    await until(pilot, lambda: not screen.is_reading and screen.machine is not None)
    await until(pilot, lambda: screen.query_one(PreviewPane).picture.is_settled)
    await pilot.pause()
    return screen


async def ready(pilot: Pilot[None]) -> None:
    """As `settled`, with the jobs in their table."""
    await settled(pilot)
    await until(pilot, lambda: work_screen(pilot).query_one(JobTable).row_count > 0)


def items(pilot: Pilot[None]) -> DatasetList:
    """The dataset list."""
    return work_screen(pilot).query_one(DatasetList)


async def type_text(pilot: Pilot[None], text: str) -> None:
    """Press a key for each character."""
    names = {" ": "space", ":": "colon", ",": "comma"}
    await pilot.press(*(names.get(character, character) for character in text))


def told(pilot: Pilot[None]) -> list[str]:
    """What is said in passing at the moment."""
    return [notification.message for notification in pilot.app._notifications]


def shown(pilot: Pilot[None]) -> str:
    """The text of the whole screen."""
    width, height = pilot.app.size
    lines = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text[:width] for strip in lines[:height])


async def curves_screen(pilot: Pilot[None], *keys: str) -> CurvesScreen:
    """The curves of the run to look at, read; `keys` are pressed behind the one that opens them."""
    await pilot.press("L", *keys)
    await until(pilot, lambda: isinstance(pilot.app.screen, CurvesScreen))
    screen = pilot.app.screen
    assert isinstance(screen, CurvesScreen)
    await until(pilot, lambda: not screen.state.is_reading)
    await pilot.pause()
    return screen
