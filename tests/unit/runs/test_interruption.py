"""What follows on an end from outside, by what the job has saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.trainer.settings import run_settings
from wantui.jobs.hook import Decision
from wantui.jobs.model import InterruptedBy, Interruption, Job, JobKind, JobSpec, JobState, PastAttempt, Run, RunKind
from wantui.paths import Workspace
from wantui.runs import resume
from wantui.runs.hook_context import HookContext
from wantui.trainer.attempts import Saved, SavedFile, SavedKind

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def case(tmp_path: Path) -> HookContext:
    """The second attempt at an expert, after one that its time limit ended."""
    spec = JobSpec(JobKind.HIGH, ("true",), tmp_path)
    past = (PastAttempt(1, 0.0, 1.0, -15, "limit", "time limit"),)
    job = Job("1.high", 1, spec, JobState.RUNNING, 0.0, attempt=2, past=past)
    settings = run_settings(dataset=tmp_path / "none.toml", retries=1)
    return HookContext(Workspace(tmp_path), Run(1, RunKind.TRAIN, 0.0, {}, (job,)), job, settings, False, None)


def saved_by(attempt: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Saved:
    """A whole state and its LoRA file, saved by an attempt."""
    state = SavedFile(folder / "state", SavedKind.STATE, 4, 40, attempt)
    lora = SavedFile(folder / "lora", SavedKind.LORA, 4, 40, attempt)
    state.path.mkdir()
    lora.path.touch()
    monkeypatch.setattr(resume, "state_of", lambda *_: state)
    return Saved((state, lora))


def by(word: InterruptedBy) -> Interruption:
    return Interruption(word, "it is over")


@pytest.mark.parametrize("word", [InterruptedBy.TIME_LIMIT, InterruptedBy.PREEMPTED])
def test_a_limit_and_a_more_urgent_job_do_not_count_as_crashes(
    case: HookContext, word: InterruptedBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = resume.after_interruption(case, by(word), saved_by(2, case.workspace.root, monkeypatch))
    assert (result.decision, result.cause, result.pause_s) == (Decision.AGAIN, str(word), 0.0)


def test_a_limit_within_which_nothing_is_saved_would_come_again(
    case: HookContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = saved_by(1, case.workspace.root, monkeypatch)
    result = resume.after_interruption(case, by(InterruptedBy.TIME_LIMIT), saved)
    assert result.decision is Decision.FAIL
    assert "raise time in [machines.slurm]" in (result.reason or "")
    assert resume.after_interruption(case, by(InterruptedBy.PREEMPTED), saved).decision is Decision.AGAIN


def test_files_without_a_state_are_not_trained_over(case: HookContext, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = saved_by(2, case.workspace.root, monkeypatch)
    monkeypatch.setattr(resume, "state_of", lambda *_: None)
    result = resume.after_interruption(case, by(InterruptedBy.PREEMPTED), saved)
    assert (result.decision, "keep_states" in (result.reason or "")) == (Decision.FAIL, True)


def test_what_a_person_cancelled_is_stopped_and_says_where_it_goes_on(
    case: HookContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = resume.after_interruption(
        case, by(InterruptedBy.CANCELLED), saved_by(2, case.workspace.root, monkeypatch)
    )
    assert result.decision is Decision.STOP
    assert "epoch 4 of" in (result.reason or "")
    monkeypatch.setattr(resume, "state_of", lambda *_: None)
    nothing = resume.after_interruption(case, by(InterruptedBy.CANCELLED), Saved())
    assert (nothing.decision, nothing.reason) == (Decision.STOP, "it is over; nothing was saved to resume from")


@pytest.mark.parametrize("word", [InterruptedBy.NODE, InterruptedBy.MEMORY])
def test_a_node_and_its_memory_count_as_crashes(
    case: HookContext, word: InterruptedBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(resume.PAUSE_VARIABLE, "1")
    result = resume.after_interruption(case, by(word), saved_by(2, case.workspace.root, monkeypatch))
    assert (result.decision, result.cause, result.pause_s) == (Decision.AGAIN, "crash: it is over", 1.0)
