"""The curves screen: what its keys do, what it tells, and that it follows."""

from __future__ import annotations

import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual import events

from tests.ui.driving import curves_screen, ready, shown, told, until, work_screen
from tests.ui.fake import make_job
from tests.ui.kept_curves import AN_EPOCH, keep_runs, more
from wantui.jobs.model import JobKind, JobState
from wantui.runs.board import JobView
from wantui.runs.probing.results import HELD_OUT, ItemLoss, Probed, Results
from wantui.services.curves import JobCurves, XAxis
from wantui.trainer.model import Progress
from wantui.ui.app import WantuiApp
from wantui.ui.curves import chart
from wantui.ui.curves.compared_runs import ComparedRuns
from wantui.ui.curves.data import CurveKind
from wantui.ui.curves.screen import CurvesScreen
from wantui.ui.dialogs.help import HelpScreen
from wantui.ui.drawing import chart as around
from wantui.ui.drawing.glyphs import ASCII
from wantui.ui.runs.job_details import JobDetails

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices
    from wantui.services.annotations import JobView as View


@asynccontextmanager
async def curves(
    services: FakeServices, size: tuple[int, int] = (120, 40), *keys: str
) -> AsyncIterator[tuple[Pilot[None], CurvesScreen]]:
    """The screen on run 7, read."""
    async with WantuiApp(services).run_test(size=size) as pilot:
        await ready(pilot)
        yield pilot, await curves_screen(pilot, *keys)


async def test_both_experts_with_what_they_are_worth_now(services: FakeServices, tmp_path: Path) -> None:
    keep_runs(services, tmp_path)
    async with curves(services) as (pilot, _):
        text = shown(pilot)
        (high,) = (line for line in text.splitlines() if "━ high" in line)
        assert "step 1,536   epoch 64" in high
        assert "raw 0.0" in high
        assert "lr 5.74e-5" in high
        assert "norm 0.3" in high
        (low,) = (line for line in text.splitlines() if "━ low" in line)
        assert "norm" not in low
        assert "Loss · run 7 anna-r56" in text
        assert "step 2,400" in text
        assert "◆ checkpoint" in text
        assert "┊ went on" in text
        assert "no number (12)" in text
        assert text.count("◆") == 4


async def test_keys_in_one_packet_are_obeyed_in_their_order(services: FakeServices, tmp_path: Path) -> None:
    """Also those behind the one that opens the screen, before anything is read."""
    keep_runs(services, tmp_path)
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        for key in ("L", "left", "plus", "plus", "x", "tab", "o"):
            pilot.app.post_message(events.Key(key, None))
        for key in ("j", "space", "enter"):
            pilot.app.post_message(events.Key(key, None))
        await until(pilot, lambda: isinstance(pilot.app.screen, CurvesScreen) and bool(pilot.app.screen.state.others))
        screen = pilot.app.screen
        assert isinstance(screen, CurvesScreen)
        await until(pilot, lambda: not screen.state.is_reading)
        state = screen.state
        assert [run.run for run in state.others] == [4]
        assert (state.axis, state.shown) == (XAxis.EPOCHS, CurveKind.LEARNING_RATE)
        assert state.view.cursor == pytest.approx(1536 / AN_EPOCH)
        low, high = state.view.window
        assert high - low == pytest.approx(25, abs=0.1)


async def test_zoom_and_pan(services: FakeServices, tmp_path: Path) -> None:
    keep_runs(services, tmp_path)
    async with curves(services) as (pilot, screen):
        view = screen.state.view
        assert view.window == (0.0, 2400.0)
        await pilot.press("plus", "plus")
        assert view.window == (900.0, 1500.0)
        assert "900 to 1,500 of 2,400 · 0 shows all" in shown(pilot)
        await pilot.press("l")
        assert view.window == (1050.0, 1650.0)
        assert "follows" in shown(pilot)
        await pilot.press("h", "h", "minus")
        assert view.window == (450.0, 1650.0)
        await pilot.press("0")
        assert view.is_whole


async def test_the_cursor_tells_what_each_curve_is_worth(services: FakeServices, tmp_path: Path) -> None:
    keep_runs(services, tmp_path)
    async with curves(services) as (pilot, screen):
        await pilot.press("g")
        assert screen.state.view.cursor == 1.0
        assert "step 1   epoch 1" in shown(pilot)
        assert "lr 5.00e-6" in shown(pilot)
        for _ in range(6):
            await pilot.press("plus")
        await pilot.press("right", "right", "right")
        assert screen.state.view.cursor == 4.0
        await pilot.press("left")
        assert screen.state.view.cursor == 3.0
        await pilot.press("0", "G")
        assert screen.state.view.cursor == 1536.0
        low = next(line for line in shown(pilot).splitlines() if "━ low" in line)
        assert "no step here" in low
        await pilot.press("left", "left")
        assert "no step here" not in shown(pilot)
        await pilot.press("c")
        assert screen.state.view.cursor is None


async def test_the_cursor_goes_from_mark_to_mark(services: FakeServices, tmp_path: Path) -> None:
    keep_runs(services, tmp_path)
    async with curves(services) as (pilot, screen):
        places = []
        for _ in range(6):
            await pilot.press("n")
            places.append(screen.state.view.cursor)
        assert places == [300.0, 480.0, 481.0, 960.0, 1440.0, 1440.0]
        assert "No more marks." in told(pilot)
        await pilot.press("N")
        assert screen.state.view.cursor == 960.0


async def test_axes_keep_the_same_steps_in_sight(services: FakeServices, tmp_path: Path) -> None:
    keep_runs(services, tmp_path)
    async with curves(services) as (pilot, screen):
        view = screen.state.view
        await pilot.press("plus", "plus", "x")
        assert view.window == pytest.approx((900 / AN_EPOCH, 1500 / AN_EPOCH), abs=0.1)
        assert "over epochs" in shown(pilot)
        assert "epoch 62.5" in shown(pilot)
        await pilot.press("x")
        assert view.window == pytest.approx((899 * 1.9 + 5400, 1499 * 1.9 + 5400), abs=2)
        assert "over time" in shown(pilot)
        await pilot.press("x")
        assert view.window == pytest.approx((900, 1500), abs=2)


async def test_a_pause_is_not_drawn_over(services: FakeServices, tmp_path: Path) -> None:
    """Run 7's first expert stood still for an hour and a half, in which nothing of it is to be seen."""
    keep_runs(services, tmp_path)
    async with curves(services, (120, 40), "d", "x", "x") as (pilot, screen):
        await until(pilot, lambda: screen.state.axis is XAxis.TIME)
        await pilot.pause()
        rows = [line[9 + 1 : 119] for line in shown(pilot).splitlines()[2:30]]
        columns = [any("\u2801" <= row[at] <= "\u28ff" for row in rows if at < len(row)) for at in range(100)]
        empty = "".join("." if has else " " for has in columns).strip()
        assert " " * 20 in empty


async def test_what_was_not_written_says_so(services: FakeServices, tmp_path: Path) -> None:
    keep_runs(services, tmp_path, has_events=False)
    async with curves(services) as (pilot, _):
        assert "raw" not in shown(pilot)
        await pilot.press("tab")
        assert "The trainer wrote no learning rate." in shown(pilot)
        await pilot.press("tab")
        assert "The trainer wrote no gradient norms." in shown(pilot)
        await pilot.press("tab")
        assert "━ high" in shown(pilot)


async def test_other_runs_are_laid_over(services: FakeServices, tmp_path: Path) -> None:
    keep_runs(services, tmp_path)
    async with curves(services) as (pilot, screen):
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComparedRuns))
        assert "anna-r40" in shown(pilot)
        assert "high 1,900  low 1,876" in shown(pilot)
        await pilot.press("space", "space", "enter")
        await until(pilot, lambda: pilot.app.screen is screen)
        await until(pilot, lambda: not screen.state.is_reading)
        assert "over run 5, run 4" in shown(pilot)
        assert "╌ run 5 anna-r40   high 0.0" in shown(pilot)
        await pilot.press("o", "x", "escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert [run.run for run in screen.state.others] == [5, 4]
        await pilot.press("o", "x", "enter")
        await until(pilot, lambda: not screen.state.others)
        assert "╌" not in shown(pilot)


async def test_it_follows_a_job_that_runs(services: FakeServices, tmp_path: Path) -> None:
    workspace = keep_runs(services, tmp_path)
    async with curves(services) as (pilot, screen):
        screen.state.view.show(1436.0, 1536.0)
        more(services, workspace, 24)
        work_screen(pilot).look_now()
        screen._wake.set()
        await until(pilot, lambda: screen.state.view.window == (1460.0, 1560.0))
        assert "step 1,560" in shown(pilot)


async def test_a_window_that_was_moved_away_stays(services: FakeServices, tmp_path: Path) -> None:
    workspace = keep_runs(services, tmp_path)
    async with curves(services) as (pilot, screen):
        screen.state.view.show(100.0, 200.0)
        more(services, workspace, 24)
        screen._wake.set()
        await until(pilot, lambda: screen.state.view.newest == 1560.0)
        assert screen.state.view.window == (100.0, 200.0)


async def test_it_sees_that_a_job_has_ended_though_no_step_comes(services: FakeServices, tmp_path: Path) -> None:
    keep_runs(services, tmp_path)
    async with curves(services) as (pilot, screen):
        assert screen.state.view.window == (0.0, 2400.0)
        services.job_views = tuple(
            replace(view, job=replace(view.job, state=JobState.FAILED)) for view in services.job_views
        )
        work_screen(pilot).look_now()
        await until(pilot, lambda: work_screen(pilot).jobs == services.job_views)
        screen._wake.set()
        await until(pilot, lambda: screen.state.view.window == (0.0, 1536.0))
        assert "run 7 ✗ failed" in shown(pilot)


async def test_keys_are_obeyed_while_it_reads(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_runs(services, tmp_path)
    may_read = threading.Event()
    refresh = JobCurves.refresh

    def slow(self: JobCurves, view: View, *more: object) -> bool:
        may_read.wait(30)
        return refresh(self, view)

    monkeypatch.setattr(JobCurves, "refresh", slow)
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("L")
        await until(pilot, lambda: isinstance(pilot.app.screen, CurvesScreen))
        await until(pilot, lambda: "Reading…" in shown(pilot))
        screen = pilot.app.screen
        assert isinstance(screen, CurvesScreen)
        await pilot.press("y", "plus", "question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        assert "Zoom in, around the cursor" in shown(pilot)
        assert "On this screen" in shown(pilot)
        assert "Everywhere" not in shown(pilot)
        await pilot.press("escape")
        may_read.set()
        await until(pilot, lambda: not screen.state.is_reading)
        assert screen.state.is_log
        assert screen.state.view.window == (600.0, 1800.0)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))


async def test_a_history_that_cannot_be_read_says_why(services: FakeServices, tmp_path: Path) -> None:
    workspace = keep_runs(services, tmp_path)
    async with curves(services) as (pilot, screen):
        (workspace.state / "history.sqlite").write_bytes(b"no database, and long enough to be read as one" * 100)
        screen._wake.set()
        said = "history.sqlite: file is not a database"  # where its lines break depends on the length of the path
        await until(pilot, lambda: said in " ".join(shown(pilot).replace("│", " ").split()))


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (("L",), "No run has trained yet: t opens the run form."),
        (("4", "L"), "Run 8 trains nothing: it has no curves."),
    ],
)
async def test_without_a_training_there_are_no_curves(
    services: FakeServices, tmp_path: Path, keys: tuple[str, ...], says: str
) -> None:
    waits = make_job(JobKind.LATENTS, JobState.QUEUED, run=8)
    keep_runs(services, tmp_path)
    services.job_views = (JobView(waits, Progress(), tmp_path / "log"),)
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press(*keys)
        await until(pilot, lambda: says in told(pilot))


async def test_from_the_job_table_and_the_card_it_is_the_run_there(services: FakeServices, tmp_path: Path) -> None:
    keep_runs(services, tmp_path)
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("4", "G", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, JobDetails))
        assert "v curves" in shown(pilot)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(pilot.app.screen, CurvesScreen))
        await until(pilot, lambda: "Loss · run 4 anna-r32" in shown(pilot))
        await pilot.press("v")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))


async def test_in_ascii(services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wantui.ui.curves import legend

    for module in (chart, around, legend):
        monkeypatch.setattr(module, "GLYPHS", ASCII)
    keep_runs(services, tmp_path)
    async with curves(services, (100, 40)) as (pilot, _):
        inside = "\n".join(line[1:99] for line in shown(pilot).splitlines()[2:30])
        assert inside.isascii()
        assert "*" in inside
        assert "+" in inside
        assert "." in inside


async def test_only_lines_that_differ_are_drawn_again(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = keep_runs(services, tmp_path)
    async with curves(services) as (pilot, screen):
        drawn: list[int] = []
        parts = chart.CurveChart.parts

        def counted(self: chart.CurveChart, y: int, width: int) -> object:
            drawn.append(y)
            return parts(self, y, width)

        monkeypatch.setattr(chart.CurveChart, "parts", counted)
        more(services, workspace, 1)
        screen._wake.set()
        await until(pilot, lambda: "step 1,537" in shown(pilot))
        assert 2 <= len(set(drawn)) <= 8


async def test_losses_on_held_out_items_stand_beside_the_training_loss(
    services: FakeServices, tmp_path: Path
) -> None:
    workspace = keep_runs(services, tmp_path)
    results = Results(workspace, 7)
    for epoch, loss in ((20, 0.088), (40, 0.0795), (60, 0.0815)):
        answers = (ItemLoss("0/a", HELD_OUT, (loss, loss)),)
        results.keep(Probed("high", epoch, "q", f"/out/{epoch}.safetensors", (1, 2), 3.0, answers))
    async with curves(services) as (pilot, screen):
        text = shown(pilot)
        assert text.count("◇") == 4, "three checkpoints, and what the sign means"
        assert "held out 0.0815 lowest 0.0795 at epoch 40" in text
        results.keep(Probed("low", 40, "q", "/out/l.safetensors", (1, 2), 3.0, (ItemLoss("0/a", HELD_OUT, (0.07,)),)))
        await until(pilot, lambda: "held out 0.0700 lowest" in shown(pilot))
        await pilot.press("tab")
        await until(pilot, lambda: "◇" not in shown(pilot))
        assert "held out" not in shown(pilot)
        assert screen.state.shown is CurveKind.LEARNING_RATE
