"""The log's keys: what `less` does, on the screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.ui.driving import PATIENCE_S, ready, shown, told, until, work_screen
from wantui.history.model import TrainingPoint
from wantui.jobs.model import JobKind, JobState
from wantui.runs.log_times import LineTimes
from wantui.ui.app import WantuiApp
from wantui.ui.log.file import LogFile
from wantui.ui.log.narrowed import NarrowedLog
from wantui.ui.log.search import AllOf
from wantui.ui.log.view import LogView
from wantui.ui.log.whole import LogPart, WholeLog

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from textual.geometry import Region
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices
    from wantui.jobs.model import Job

SMALL = (80, 24)


def write(folder: Path, lines: list[str], name: str = "high.log") -> None:
    (folder / name).write_text("".join(f"{line}\n" for line in lines))


def log_of(pilot: Pilot[None]) -> LogView:
    return work_screen(pilot).query_one("#log", LogView)


def drawn(log: LogView) -> list[str]:
    return [log.render_line(y).text.rstrip() for y in range(log.size.height)]


async def open_log(pilot: Pilot[None]) -> LogView:
    await ready(pilot)
    await pilot.press("5", "z")
    log = log_of(pilot)
    await until(pilot, lambda: log.has_focus and log.size.height > 15)
    return log


async def test_an_expression_is_found_brought_out_and_searched_both_ways(
    services: FakeServices, tmp_path: Path
) -> None:
    write(tmp_path, [f"line {number} loss={number % 10}.5" for number in range(200)])
    async with WantuiApp(services).run_test(size=SMALL) as pilot:
        log = await open_log(pilot)
        await pilot.press("slash", *"loss=[37]", "full_stop", "enter")
        await until(pilot, lambda: log._match == 197)
        await pilot.press("N")
        await until(pilot, lambda: log._match == 193)
        await pilot.press("n")
        await until(pilot, lambda: log._match == 197)
        strip = log.render_line(next(y for y, spot in enumerate(log._sight) if spot.line == 193))
        assert [each.text for each in strip if each.style and each.style.reverse] == ["loss=3."]


async def test_what_is_no_expression_says_so_and_searches_nothing(services: FakeServices, tmp_path: Path) -> None:
    write(tmp_path, ["one (", "two"])
    async with WantuiApp(services).run_test(size=(120, 30)) as pilot:
        log = await open_log(pilot)
        await pilot.press("slash", "left_parenthesis", "enter")
        await until(pilot, lambda: "not a valid regular expression: missing )" in shown(pilot))
        assert log._match is None
        await pilot.press("backspace", *"tw", "enter")
        await until(pilot, lambda: log._match == 1)


async def test_long_lines_are_wrapped_and_scrolled_by_rows(services: FakeServices, tmp_path: Path) -> None:
    write(tmp_path, [f"{number}:" + "x" * 200 for number in range(50)])
    async with WantuiApp(services).run_test(size=SMALL) as pilot:
        log = await open_log(pilot)
        height = log.size.height
        assert sum(":" in row for row in drawn(log)) == height
        await pilot.press("W")
        rows = drawn(log)
        assert rows[-1].endswith("x")
        assert "".join(row[1:] for row in rows[-3:]) == "49:" + "x" * 200
        await pilot.press("k")
        assert drawn(log)[1:] == rows[:-1]
        await pilot.press("g")
        assert drawn(log)[0].startswith(" 0:")
        await pilot.press("j")
        assert not drawn(log)[0].startswith(" 0:")
        await pilot.press("G")
        assert drawn(log) == rows
        assert log.is_following
        await pilot.press("W")
        assert sum(":" in row for row in drawn(log)) == height


async def test_half_pages_and_places(services: FakeServices, tmp_path: Path) -> None:
    write(tmp_path, [f"line {number}" for number in range(1, 1001)])
    async with WantuiApp(services).run_test(size=SMALL) as pilot:
        log = await open_log(pilot)
        await pilot.press("g", "ctrl+d")
        assert log.lines_in_sight[0] == log.size.height // 2
        await pilot.press("ctrl+u")
        assert log.lines_in_sight[0] == 0
        await pilot.press("colon", *"50", "percent_sign", "enter")
        await until(pilot, lambda: " line 501" in drawn(log))
        await pilot.press("colon", *"12", "enter")
        await until(pilot, lambda: " line 12" in drawn(log))
        await pilot.press("colon", *"some", "enter")
        await until(pilot, lambda: "as in 50%" in shown(pilot))
        await pilot.press("escape", "F")
        assert log.is_following
        assert drawn(log)[-1] == " line 1000"


async def test_marked_lines_are_copied(services: FakeServices, tmp_path: Path) -> None:
    write(tmp_path, [f"line {number}" for number in range(1, 101)])
    async with WantuiApp(services).run_test(size=SMALL) as pilot:
        log = await open_log(pilot)
        await pilot.press("v", "k", "k")
        await until(pilot, lambda: "3 marked" in shown(pilot))
        await pilot.press("y")
        assert pilot.app.clipboard == "line 98\nline 99\nline 100"
        assert "3 lines are copied." in told(pilot)
        await pilot.press("v", "pageup")
        first, last = log._marked
        assert last - first == log.size.height
        await pilot.press("escape")
        assert log._marked_from is None


async def test_times_are_shown_where_the_history_has_them(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = 1_800_000_000.0
    write(tmp_path, ["epoch 1/2", "no time", "epoch 2/2", "steps:  34%|█ | 3/4 [00:01<00:01, 1.00s/it]"])
    points = [TrainingPoint(7, "high", step, 1, noon + 3600 * step, 1 + step // 3) for step in range(1, 5)]
    monkeypatch.setattr(services.runs, "line_times", lambda _job: LineTimes(points))
    async with WantuiApp(services).run_test(size=SMALL) as pilot:
        log = await open_log(pilot)
        await pilot.press("T")
        await until(pilot, lambda: ":00 epoch 1/2" in drawn(log)[0] or ":20" in drawn(log)[0])
        rows = drawn(log)
        hours = [row[1:9] for row in rows[:4]]
        assert hours[1].strip() == ""
        assert hours[2] == hours[3]
        assert hours[0] != hours[2]
        assert rows[1].endswith("no time")
        await pilot.press("T")
        assert drawn(log)[0] == " epoch 1/2"


def two_experts(services: FakeServices, folder: Path) -> None:
    """Both experts of run 7, with logs of their own."""
    low = folder / "low.log"
    services.job_views = tuple(
        replace(view, log=low) if view.job.kind is JobKind.LOW else view
        for view in services.job_views
        if view.job.run == 7 and view.job.kind in (JobKind.HIGH, JobKind.LOW)
    )


async def test_all_jobs_of_a_run_are_one_log_in_order_of_time(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_experts(services, tmp_path)
    write(tmp_path, ["epoch 1/2", "high said", "epoch 2/2"])
    write(tmp_path, ["epoch 1/2", "low said", "epoch 2/2"], "low.log")
    start = services.job_views[0].job.started or 0.0

    def line_times(job: Job) -> LineTimes:
        late = 50 if job.kind is JobKind.LOW else 0
        return LineTimes(TrainingPoint(7, str(job.kind), step, 1, start + 100 * step + late, step) for step in (1, 2))

    monkeypatch.setattr(services.runs, "line_times", line_times)
    async with WantuiApp(services).run_test(size=SMALL) as pilot:
        log = await open_log(pilot)
        await pilot.press("a")
        wanted = ["7.high epoch 1/2", "7.high high said", "7.low  epoch 1/2", "7.low  low said",
                  "7.high epoch 2/2", "7.low  epoch 2/2"]  # fmt: skip
        await until(pilot, lambda: [row.strip() for row in drawn(log)[:6]] == wanted)
        with (tmp_path / "high.log").open("a") as file:
            file.write("then this\n")
        await until(pilot, lambda: drawn(log)[6].strip() == "7.high then this")
        await pilot.press("slash", *"low", "space", *"said", "enter")
        await until(pilot, lambda: log._match == 3)
        await pilot.press("a")
        await until(pilot, lambda: drawn(log)[3] == " then this")


async def test_the_log_on_the_whole_screen_stays_when_its_job_ends(services: FakeServices, tmp_path: Path) -> None:
    two_experts(services, tmp_path)
    write(tmp_path, ["of high"])
    write(tmp_path, ["of low"], "low.log")
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        log = log_of(pilot)
        first = log.job
        assert first is not None
        await pilot.press("l")
        services.job_views = tuple(
            replace(view, job=replace(view.job, state=JobState.SUCCEEDED)) if view.job.id == first.id else view
            for view in services.job_views
        )
        work_screen(pilot).look_now()
        await until(pilot, lambda: log.job is not None and log.job.state is JobState.SUCCEEDED)
        assert log.job is not None
        assert log.job.id == first.id
        await pilot.press("l")
        await until(pilot, lambda: log.job is not None and log.job.id != first.id)


async def test_of_a_bar_that_goes_on_only_its_row_is_drawn(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, ["one", "two"])
    async with WantuiApp(services).run_test(size=SMALL) as pilot:
        log = await open_log(pilot)
        regions: list[tuple[Region, ...]] = []
        original = LogView.refresh

        def refresh(self: LogView, *which: Region, **how: bool) -> LogView:
            regions.append(which)
            return original(self, *which, **how)

        monkeypatch.setattr(LogView, "refresh", refresh)
        with (tmp_path / "high.log").open("a") as file:
            file.write("bar 1")
        await until(pilot, lambda: " bar 1" in drawn(log))
        regions.clear()
        with (tmp_path / "high.log").open("a") as file:
            file.write("\rbar 2")
        await until(pilot, lambda: " bar 2" in drawn(log))
        assert [each.y for (each,) in regions] == [2]


async def test_only_lines_that_have_something_are_shown(services: FakeServices, tmp_path: Path) -> None:
    write(tmp_path, [f"line {number} loss={'nan' if number % 20 == 7 else number % 10}" for number in range(200)])
    async with WantuiApp(services).run_test(size=SMALL) as pilot:
        log = await open_log(pilot)
        await pilot.press("ampersand", *"loss=[7n] & !nan", "enter")
        await until(pilot, lambda: "& loss=[7n] & !nan · 10 lines" in shown(pilot))
        assert [row.split()[1] for row in drawn(log) if "loss" in row] == [str(17 + 20 * at) for at in range(10)]
        with (tmp_path / "high.log").open("a") as file:
            file.write("line 200 loss=7\nline 201 loss=8\n")
        await until(pilot, lambda: "11 lines" in shown(pilot))
        await pilot.press("ampersand", "ctrl+u", *"nowhere", "enter")
        await until(pilot, lambda: "No line has that: esc shows every line." in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "202 lines" in shown(pilot))


def test_lines_under_way_are_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wantui.ui.log.narrowed.AT_ONCE_S", PATIENCE_S)
    file = tmp_path / "log"
    file.write_text("".join(f"a{number}\n" for number in range(40)) + "step 1")
    log = NarrowedLog(WholeLog(LogPart(LogFile(file))), AllOf("a3[0-9]|step 2"))
    assert log.look()
    assert log.is_counted
    assert log.line_count == 10
    file.write_text(file.read_text() + "\rstep 2")
    assert log.look()
    assert [log.line(9), log.line(10), log.number(10)] == ["a39", "step 2", 40]
    file.write_text("a31\n")
    assert log.look()
    assert (log.line_count, log.line(0)) == (1, "a31")
    log.close()
