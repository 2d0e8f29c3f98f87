"""The job table: runs that are opened and closed, and what their lines say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.driving import ready, shown, until, work_screen
from tests.ui.fake import NOON, RUN_KINDS, make_job
from wantui.jobs.model import EXPERT_KINDS, JobKind, JobState
from wantui.runs.board import JobView
from wantui.trainer.model import Progress
from wantui.ui.app import WantuiApp
from wantui.ui.drawing.styles import TextStyles, cells
from wantui.ui.drawing.themes import DARK
from wantui.ui.runs.job_details import JobDetails
from wantui.ui.runs.job_rows import Columns, job_parts
from wantui.ui.runs.job_table import JobTable
from wantui.ui.runs.run_rows import caches_parts, run_parts
from wantui.ui.runs.table_rows import TableRow, busiest, parent_of, row_of, spokesman, table_rows

if TYPE_CHECKING:
    from tests.ui.fake import FakeServices

STYLES = TextStyles.from_variables({**DARK.to_color_system().generate(), **DARK.variables})
DONE, FAILED, STOPPED, QUEUED, RUNNING = (
    JobState.SUCCEEDED, JobState.FAILED, JobState.STOPPED, JobState.QUEUED, JobState.RUNNING,
)  # fmt: skip
WIDTHS = [78, 118, 198]
"""Of lines of the table in terminals of 80, 120 and 200 columns."""


def job(kind: JobKind, state: JobState, run: int = 1, *, reason: str | None = None, **progress: Any) -> JobView:
    began = None if state is QUEUED else NOON - 4000
    ended = NOON - 400 if state.has_ended else None
    made = make_job(kind, state, run=run, started=began, ended=ended, reason=reason)
    return JobView(made, Progress(**progress), Path("log"), suffix="anna")


def run_of(run: int, high: JobState = DONE, low: JobState = DONE, **changes: Any) -> tuple[JobView, ...]:
    """A run whose caches are done."""
    files = tuple(Path(f"anna-{number:06}.safetensors") for number in (10, 20))
    told = {"step": 212, "steps": 2400, "epoch": 9, "epochs": 100, "loss": 0.142, "saved": files, **changes}
    caches = (job(kind, DONE, run, step=24, steps=24) for kind in RUN_KINDS[:2])
    states = zip(EXPERT_KINDS, (high, low), strict=True)
    return (*caches, *(job(kind, state, run, **({} if state is QUEUED else told)) for kind, state in states))


def keys(rows: list[TableRow]) -> list[str]:
    return [row.key for row in rows]


def line_of(rows: list[TableRow], at: int, width: int, **given: Any) -> str:
    columns = Columns.for_width(width, rows)
    row = rows[at]
    draw = run_parts if row.is_run else caches_parts if row.members else job_parts
    old = {} if draw is caches_parts else {"is_old": False}
    parts = draw(row, columns, STYLES, now=NOON, **old, **given)
    assert cells(parts) <= width
    return "".join(text for text, _ in parts)


def test_a_run_at_work_stands_open_and_all_others_are_one_line() -> None:
    jobs = (*run_of(1), *run_of(2, FAILED), *run_of(3, RUNNING, QUEUED), *run_of(4, QUEUED, QUEUED))
    assert keys(table_rows(jobs, {})) == [
        "run 3",
        "3.high",
        "3.low",
        "3.caches",
        "run 4",
        "4.high",
        "4.low",
        "4.caches",
        "run 2",
        "run 1",
    ]
    assert keys(table_rows(jobs, {"run 3": False, "run 1": True}))[-2:] == ["1.low", "1.caches"]
    assert "3.high" not in keys(table_rows(jobs, {"run 3": False}))


def test_a_run_stays_open_between_two_of_its_jobs() -> None:
    assert keys(table_rows(run_of(3, QUEUED, QUEUED), {})) == ["run 3", "3.high", "3.low", "3.caches"]
    waits = tuple(job(kind, QUEUED, 4) for kind in RUN_KINDS)
    assert keys(table_rows(waits, {})) == ["run 4"]


def test_finished_cache_steps_are_one_line_that_can_be_opened() -> None:
    jobs = run_of(3, RUNNING)
    rows = table_rows(jobs, {"3.caches": True})
    assert keys(rows) == ["run 3", "3.high", "3.low", "3.caches", "3.latents", "3.text"]
    assert [row.depth for row in rows] == [0, 1, 1, 1, 2, 2]
    at_work = (job(JobKind.LATENTS, RUNNING), *run_of(1)[1:])
    assert "1.caches" not in keys(table_rows(at_work, {}))
    assert keys(table_rows(run_of(5)[:2], {"run 5": True})) == ["run 5", "5.latents", "5.text"]


def about(kind: JobKind, state: JobState, run: int, of: int) -> JobView:
    return replace(job(kind, state, run), of_run=of)


def test_jobs_about_a_run_stand_below_it() -> None:
    probe, sample = about(JobKind.PROBE, DONE, 4, 3), about(JobKind.SAMPLE, RUNNING, 6, 3)
    going = table_rows((*run_of(3), probe, *run_of(5), sample), {})
    assert keys(going) == ["run 3", "3.high", "3.low", "3.caches", "4.probe", "6.sample", "run 5"]
    assert [row.depth for row in going] == [0, 1, 1, 1, 1, 1, 0]
    assert going[busiest(going)].key == "6.sample"
    assert parent_of(going, 5) == 0
    ended = table_rows((*run_of(3), probe, about(JobKind.SAMPLE, DONE, 6, 3)), {})
    assert keys(ended) == ["run 3"]
    assert row_of(ended, "6.sample") == 0
    assert [view.job.id for view in ended[0].members] == ["3.latents", "3.text", "3.high", "3.low"]


def test_what_went_wrong_or_is_under_way_is_seen_though_its_run_is_closed() -> None:
    jobs = [about(JobKind.PROBE, state, 4 + at, 3) for at, state in enumerate((FAILED, RUNNING, DONE, STOPPED))]
    assert keys(table_rows((*run_of(3), *jobs), {"run 3": False})) == ["run 3", "4.probe", "5.probe"]


def test_a_job_about_a_run_that_was_removed_stands_alone() -> None:
    assert keys(table_rows((*run_of(3), about(JobKind.PROBE, RUNNING, 4, 2)), {})) == ["4.probe", "run 3"]


def test_a_run_of_one_job_is_that_job() -> None:
    (row,) = table_rows([job(JobKind.CAPTION, RUNNING)], {})
    assert not row.members
    assert row.key == "1.caption"


@pytest.mark.parametrize(
    ("high", "low", "speaks"),
    [(RUNNING, RUNNING, "high"), (DONE, RUNNING, "low"), (FAILED, DONE, "high"), (DONE, STOPPED, "low"),
     (DONE, DONE, "low"), (QUEUED, QUEUED, "high")],
)  # fmt: skip
def test_a_run_stands_for_the_job_that_keys_should_act_on(high: JobState, low: JobState, speaks: str) -> None:
    assert spokesman(run_of(1, high, low)).job.kind == speaks


def test_the_cursor_finds_its_job_where_it_has_been_folded() -> None:
    going, ended = table_rows(run_of(1, RUNNING), {}), table_rows((*run_of(1), *run_of(2)), {})
    assert going[busiest(going)].key == "1.high"
    assert row_of(going, "1.low") == 2
    assert row_of(going, "1.text") == 0
    assert keys(ended) == ["run 2", "run 1"]
    for key in ("1.low", "1.text", "1.caches", "run 1"):
        assert row_of(ended, key) == 1
    assert row_of(ended, "9.high") is None
    assert row_of(ended, None) is None
    assert [parent_of(going, at) for at in range(4)] == [0, 0, 0, 0]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_finished_run_tells_its_result(width: int) -> None:
    line = line_of(table_rows(run_of(5, loss=0.0702, epoch=100), {}), 0, width)
    for said in ("✓ 5 anna", "100/100", "high 0.070", "low 0.070", "4 files", "1:00:00"):
        assert said in line


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("state", "sign"), [(FAILED, "✗"), (STOPPED, "■"), (JobState.CANCELLED, "■")])
def test_stopped_and_failed_keep_epoch_step_and_loss(width: int, state: JobState, sign: str) -> None:
    jobs = run_of(5, state)
    jobs = tuple(
        replace(view, job=replace(view.job, reason="out of GPU memory")) if view.job.kind == "high" else view
        for view in jobs
    )
    rows = table_rows(jobs, {"run 5": True})
    whole, alone = line_of(rows, 0, width), line_of(rows, 1, width)
    for said in ("9/100", "212/2,400", "0.142"):
        assert said in whole
        assert said in alone
    assert f"{sign} 5 anna" in whole
    assert "out of GPU" in whole
    assert "out of GPU" in alone


@pytest.mark.parametrize("width", WIDTHS)
def test_a_run_at_work_tells_how_far_it_is_and_what_has_changed(width: int) -> None:
    rows = table_rows(run_of(5, RUNNING, RUNNING, step=1200, eta_s=3017.0), {})
    line = line_of(rows, 0, width, since="3 captions changed")
    assert "▶ 5 anna" in line
    assert "50 %" in line
    assert "50:17" in line
    assert "3 captions" in line


@pytest.mark.parametrize("width", WIDTHS)
def test_figures_of_all_jobs_stand_below_each_other(width: int) -> None:
    rows = table_rows((*run_of(5, RUNNING, FAILED), *run_of(4, STOPPED)[2:3]), {"run 5": True})
    places = {line_of(rows, at, width).index("212/2,400") for at in (1, 2)}
    assert len(places) == 1


@pytest.mark.parametrize(("reason", "is_moved"), [("16 files are current", False), ("out of GPU memory: " * 3, True)])
def test_a_reason_takes_the_place_of_figures_only_where_it_has_too_little_room(
    reason: str, *, is_moved: bool
) -> None:
    rows = table_rows([job(JobKind.LATENTS, DONE, step=16, steps=16, reason=reason)], {})
    line = line_of(rows, 0, WIDTHS[1])
    assert ("21:24" not in line) is is_moved
    assert reason[:18] in line


async def test_a_key_opens_and_closes_a_run_and_enter_opens_its_job(services: FakeServices) -> None:
    services.job_views = (*run_of(5, FAILED), *run_of(6))
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        table = work_screen(pilot).query_one(JobTable)
        assert table.row_count == 2
        await pilot.press("4", "j", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, JobDetails))
        assert "Job 5.high" in shown(pilot)
        await pilot.press("escape", "space", "j", "j")
        await until(pilot, lambda: table.row_count == 5)
        assert table.highlighted is not None
        assert table.highlighted.job.id == "5.low"
        await pilot.press("left")
        await until(pilot, lambda: table.row_count == 2)
        assert table.cursor == 1
        await pilot.press("left", "right")
        await until(pilot, lambda: table.row_count == 5)
        services.job_views = (*services.job_views, *run_of(7, RUNNING))
        work_screen(pilot).look_now()
        await until(pilot, lambda: table.row_count == 9)
        assert table.highlighted.job.id == "5.high"
        assert table._rows[table.cursor].key == "run 5"


async def test_the_cursor_goes_on_with_the_work_when_lines_become_fewer(services: FakeServices) -> None:
    services.job_views = (*run_of(1), *run_of(2, RUNNING))
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        table = work_screen(pilot).query_one(JobTable)
        assert table._rows[table.cursor].key == "2.high"
        services.job_views = run_of(2)
        work_screen(pilot).look_now()
        await until(pilot, lambda: table.row_count == 1)
        services.job_views = (*run_of(2), *run_of(3, DONE, RUNNING))
        work_screen(pilot).look_now()
        await until(pilot, lambda: table.row_count == 5)
        assert table._rows[table.cursor].key == "3.low"
