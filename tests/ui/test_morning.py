"""The screen opened in the morning: its first full paint shows the whole night, with no log read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.night import NIGHT_S, STEPS, UNSEEN, make_night
from tests.ui.driving import settled, shown, until
from wantui.services.supervisor import Supervisor
from wantui.services.workspace import Services
from wantui.ui.app import WantuiApp
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.work import watchers

if TYPE_CHECKING:
    from wantui.paths import Workspace


@pytest.mark.parametrize("size", [(200, 50), (120, 40)])
async def test_the_first_full_paint_shows_the_whole_night(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    now = time.time()
    make_night(workspace, now, every_s=10)
    monkeypatch.setattr(Supervisor, "attend", lambda _self: None)
    monkeypatch.setattr(watchers, "SAMPLE_S", 3600.0)  # nothing is looked at a second time
    async with WantuiApp(Services(workspace)).run_test(size=size) as pilot:
        screen = await settled(pilot)
        await until(pilot, lambda: screen._outlook is not None)
        await pilot.press("3")
        await pilot.pause()
        text = shown(pilot)

        assert {job: (curve[0][0], curve[-1][0]) for job, curve in screen.losses.items()} == {
            "1.high": (1, STEPS["high"]),
            "1.low": (1, STEPS["low"]),
        }
        assert f"{GLYPHS.legend} high 0.067" in text
        assert f"{GLYPHS.legend} low 0.067" in text

        assert screen.machine is not None
        minutes = screen.machine.night["SIM-1"]
        assert len(minutes) == NIGHT_S // 60
        assert sum(use is None for use in minutes) <= 1, "the minute that is not over"
        (first, second) = (line for line in text.splitlines() if "8 h" in line)
        assert all(sum(line.count(sign) for sign in GLYPHS.heights) >= 15 for line in (first, second))

        top = text.splitlines()[0]
        assert f"{GLYPHS.event} {UNSEEN} events" in top
        assert "run 1 ✗ failed" in top
