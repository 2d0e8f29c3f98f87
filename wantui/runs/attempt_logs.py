"""The logs of all attempts at a job, read as one: absolute numbers, and words for where it went on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wantui.formatting import at_clock
from wantui.jobs.model import JobState
from wantui.jobs.store import job_files
from wantui.runs.resume import read_task
from wantui.trainer.catalogue import trainer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wantui.jobs.model import Job
    from wantui.paths import Workspace
    from wantui.trainer.attempts import AttemptTask


@dataclass(frozen=True, slots=True)
class AttemptLog:
    """The log of one attempt."""

    number: int
    """Of the attempt, from 1."""
    path: Path
    mark: tuple[str, ...] = ()
    """Said before its first line, part by part; nothing before the first attempt."""
    task: AttemptTask | None = None
    """None: it is no training, or an older wantui has started it."""
    trainer_kind: str = ""

    def absolute_lines(self) -> Callable[[str], str] | None:
        """What makes a line of it absolute; None: they are as they are."""
        return None if self.task is None else trainer(self.trainer_kind).absolute_lines(self.task)

    def mark_line(self, rule: str = "──", dot: str = "·") -> str:
        """The line before its first one: ``── attempt 2 · went on after epoch 3 at 02:14 · killed ──``; or empty."""
        return f"{rule} {f' {dot} '.join(self.mark)} {rule}" if self.mark else ""

    @property
    def step(self) -> int:
        """Steps done before it began."""
        return 0 if self.task is None else self.task.start.step


def attempt_logs(
    workspace: Workspace, job: Job, trainer_kind: str, task_at: Callable[[Path], AttemptTask | None] = read_task
) -> tuple[AttemptLog, ...]:
    """The logs of the attempts at a job that have begun, the oldest first; there need not be files.

    Args:
        workspace: of the job.
        job: whose.
        trainer_kind: of its run.
        task_at: reads the task of an attempt that has begun.
    """
    past = {each.number: each for each in job.past}
    begun: list[AttemptLog] = []
    reason: str | None = None
    for number in range(1, job.attempt + 1):
        files = job_files(workspace, replace(job, attempt=number))
        before = past.get(number)
        if number == job.attempt:
            if job.state is JobState.QUEUED or (job.state is JobState.STARTING and number > 1):
                break
            started = job.started
        elif before is not None and before.started is None:
            continue  # it was taken out of the queue
        else:
            started = None if before is None else before.started
        is_starting = number == job.attempt and job.state is JobState.STARTING
        task = None if is_starting else task_at(files.attempt)
        mark = _mark(number, task, started, reason) if begun else ()
        begun.append(AttemptLog(number, files.log, mark, task, trainer_kind))
        reason = None if before is None else before.reason
    return tuple(begun)


def _mark(number: int, task: AttemptTask | None, started: float | None, reason: str | None) -> tuple[str, ...]:
    """What is said before an attempt; `reason` is why the one before it ended."""
    if task is None:
        began = "began"
    elif task.start.epoch:
        began = f"went on after epoch {task.start.epoch}"
    else:
        began = "started over"
    when = f"{began} {at_clock(started)}".rstrip()
    return (f"attempt {number}", when, *(() if reason is None else (reason,)))


def went_on_at(logs: tuple[AttemptLog, ...]) -> tuple[AttemptTask, ...]:
    """The attempts that went on from a state, as far as no later one has trained the same steps once more."""
    kept: list[AttemptTask] = []
    for log in logs:
        kept = [each for each in kept if each.start.step < log.step]
        if log.task is not None and log.task.start.step:
            kept.append(log.task)
    return tuple(kept)
