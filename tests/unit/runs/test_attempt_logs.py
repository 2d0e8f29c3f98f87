"""The logs of several attempts at a job, read as one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.attempts import KILLED, printed_by, second_attempt
from wantui.formatting import at_clock
from wantui.jobs.model import JobState, PastAttempt, Run, RunKind
from wantui.jobs.store import RunStore, job_files
from wantui.paths import Workspace
from wantui.runs.attempt_logs import attempt_logs, went_on_at
from wantui.runs.board import Board
from wantui.runs.curves import LossCurves, joined
from wantui.runs.log_reading import followed, lines, written
from wantui.trainer.attempts import StartPoint

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.jobs.model import Job
    from wantui.runs.attempt_logs import AttemptLog


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def logs_of(workspace: Workspace, job: Job) -> tuple[AttemptLog, ...]:
    return attempt_logs(workspace, job, "rehearsal")


def read(workspace: Workspace, job: Job) -> list[str]:
    found = lines(written(lambda: (job, logs_of(workspace, job))))
    return [line for some in found for line in some]


def test_all_attempts_are_one_log_with_absolute_numbers(workspace: Workspace) -> None:
    told = read(workspace, second_attempt(workspace))
    mark = f"── attempt 2 · went on after epoch 3 {at_clock(2000.0)} · {KILLED} ──"
    assert told.count(mark) == 1
    before, after = told[: told.index(mark)], told[told.index(mark) + 1 :]
    assert [line for line in before if line.startswith("epoch")] == [f"epoch {number}/6" for number in (1, 2, 3, 4)]
    assert [line for line in after if line.startswith("epoch")] == [f"epoch {number}/6" for number in (4, 5, 6)]
    out = workspace.root / "out"
    assert f"saving checkpoint: {out}/anna-000002.safetensors" in before
    assert f"saving checkpoint: {out}/anna-000004.safetensors" in after
    assert ".attempts" not in "".join(told)
    assert before[-1].startswith("steps:  61%|          | 11/18 [")
    assert after[-1].startswith("steps:  89%|████████▉ | 16/18 [00:01<00:02,")


def test_what_is_said_before_an_attempt_is_what_is_known(workspace: Workspace) -> None:
    job = second_attempt(workspace)
    files = job_files(workspace, job)
    document = files.attempt.read_text()
    files.attempt.unlink()
    assert logs_of(workspace, job)[1].mark[1] == f"began {at_clock(2000.0)}"
    files.attempt.write_text(document.replace('"epoch": 3', '"epoch": 0'))
    assert logs_of(workspace, job)[1].mark[1] == f"started over {at_clock(2000.0)}"
    of_an_older_wantui = replace(job, past=(), started=None)
    assert logs_of(workspace, of_an_older_wantui)[1].mark_line() == "── attempt 2 · started over ──"


def test_an_attempt_that_never_left_the_queue_is_passed_over(workspace: Workspace) -> None:
    job = second_attempt(workspace)
    third = replace(job, attempt=3, past=(*job.past, PastAttempt(2, None, 1950.0, None, "cancelled")))
    first, other = logs_of(workspace, third)
    assert (first.number, other.number) == (1, 3)
    assert other.mark[-1] == KILLED
    assert [each.number for each in logs_of(workspace, replace(third, state=JobState.QUEUED))] == [1]


def test_a_job_that_is_tried_again_is_followed_on(workspace: Workspace) -> None:
    second = second_attempt(workspace)
    log = job_files(workspace, second).log
    later, store = log.read_bytes(), RunStore(workspace)
    log.unlink()
    first = replace(second, attempt=1, past=())

    def is_now(job: Job) -> None:
        store.write(Run(1, RunKind.TRAIN, 1.0, {}, (job,)))

    queued = replace(second, state=JobState.QUEUED, started=None)
    is_now(first)
    steps = iter(
        (
            lambda: is_now(queued),
            lambda: log.write_bytes(b"WARNING:wantui:its hook\n"),
            lambda: is_now(replace(second, state=JobState.STARTING)),
            lambda: is_now(second),
            lambda: log.write_bytes(later[:100]),
            lambda: log.write_bytes(later),
            lambda: is_now(replace(second, state=JobState.SUCCEEDED)),
        )
    )

    def look() -> tuple[Job, tuple[AttemptLog, ...]]:
        job = RunStore(workspace).find("1.high")[1]
        assert job is not None
        return job, logs_of(workspace, job)

    def pause() -> None:
        next(steps)()

    told = [line for some in lines(followed(look, pause)) for line in some]
    assert any(line.startswith("── attempt 2 · went on after epoch 3") for line in told)
    assert told[-1].startswith("steps:  89%|████████▉ | 16/18 [")
    assert next(steps, None) is None


def test_one_curve_over_all_attempts(workspace: Workspace) -> None:
    """Steps 10 and 11 were trained twice: the second time counts."""
    job = second_attempt(workspace)
    curves, logs = LossCurves(), logs_of(workspace, job)
    points = curves.of(logs, "rehearsal")
    assert points == tuple((step, step / 100 if step <= 9 else (step - 9) / 100) for step in range(1, 17))
    with job_files(workspace, job).log.open("ab") as log:
        log.write(printed_by(workspace.root, range(8, 12)))
    assert curves.of(logs, "rehearsal")[-1] == (18, 0.09)  # what is trained beyond the end is not counted


def test_a_curve_goes_on_where_no_later_attempt_began_before(workspace: Workspace) -> None:
    job = second_attempt(workspace)
    first, second = logs_of(workspace, job)
    assert second.task is not None
    assert went_on_at((first, second)) == (second.task,)
    earlier = replace(second, task=replace(second.task, start=replace(second.task.start, epoch=2, step=6)))
    assert went_on_at((first, second, earlier)) == (earlier.task,)
    anew = replace(second, task=replace(second.task, start=StartPoint()))
    assert went_on_at((first, second, anew)) == ()
    assert joined(((None, ((1, 0.5), (2, 0.4))), (anew.task, ((1, 0.3),)))) == ((1, 0.3),)


def test_the_board_tells_of_every_log(workspace: Workspace) -> None:
    second_attempt(workspace)
    (view,) = Board(workspace).refresh()
    assert [each.number for each in view.logs] == [1, 2]
    assert [start.epoch for start in view.went_on_at] == [3]
    assert (view.progress.step, view.progress.steps) == (16, 18)
