"""The curves of trainings: their steps as columns, what was saved on the way, and which runs there are to compare."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.access import explained
from wantui.history.columns import XAxis

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.history.columns import StepColumns
    from wantui.jobs.model import Job
    from wantui.paths import Workspace
    from wantui.runs.board import JobView
    from wantui.runs.record.step_columns import FollowedColumns

__all__ = ["ComparedRun", "Curves", "JobCurves", "XAxis"]

HeldOutLosses = tuple[tuple[int, float], ...]
MOST_KEPT = 12
"""Jobs whose columns are kept for the next time they are asked for."""


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """A run whose curves can be laid over those of another."""

    run: int
    suffix: str
    created: float
    last: tuple[tuple[str, int], ...]
    """The last step of each expert that has made one."""


class JobCurves:
    """The curves of one job."""

    def __init__(self, followed: FollowedColumns, read_held_out: Callable[[], HeldOutLosses]) -> None:
        """Nothing is read yet.

        Args:
            followed: the steps.
            read_held_out: reads `held_out`.
        """
        self._followed = followed
        self._read_held_out = read_held_out
        self._reading = threading.Lock()
        self.saved: tuple[tuple[int, int | None], ...] = ()
        """Epoch and step of the LoRA files that were saved at the end of an epoch and are there; the step may not
        be known."""
        self.held_out: HeldOutLosses = ()
        """Epochs that were asked about held-out items, ascending, with their mean loss."""
        self.is_read = False
        """Whether all has been read once."""

    @property
    def columns(self) -> StepColumns:
        """The steps; more come with each `refresh`."""
        return self._followed.columns

    def refresh(self, view: JobView, told: Callable[[], object] = lambda: None) -> bool:
        """Read what has come since the last time, in a thread; whether that was anything.

        Args:
            view: of the job.
            told: called from that thread when there is more to draw.

        Raises:
            HistoryError: the history cannot be read.
            JobError: the losses on held-out items cannot be read.
        """
        with self._reading, explained():
            has_news = self._followed.refresh(view.job, view.logs, told)
            before = self.saved, self.held_out, self.is_read
            self.saved, self.held_out, self.is_read = self._followed.saved(view.job), self._read_held_out(), True
        return has_news or before != (self.saved, self.held_out, True)


class Curves:
    """The curves of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._kept: OrderedDict[str, JobCurves] = OrderedDict()

    def of(self, job: Job) -> JobCurves:
        """The curves of a job; nothing is read yet, unless it was before."""
        from wantui.runs.probing.results import Results  # noqa: PLC0415  when it is asked for
        from wantui.runs.record.step_columns import FollowedColumns  # noqa: PLC0415  the same

        name = f"{job.id} {job.queued}"  # a run that was removed leaves its number to another
        if name not in self._kept:
            results = Results(self._workspace, job.run)
            self._kept[name] = JobCurves(
                FollowedColumns(self._workspace), lambda: results.mean_held_out(str(job.kind))
            )
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(name)
        return self._kept[name]

    def runs(self) -> tuple[ComparedRun, ...]:
        """The runs that have made a step, the newest first.

        Raises:
            HistoryError: the history cannot be read.
        """
        from wantui.history.reader import HistoryReader  # noqa: PLC0415  when it is asked for
        from wantui.jobs.model import EXPERT_KINDS  # noqa: PLC0415  the same
        from wantui.jobs.store import RunStore  # noqa: PLC0415  the same
        from wantui.runs.kept_settings import kept_run  # noqa: PLC0415  the same

        reader, found = HistoryReader(self._workspace), []
        with explained():
            for run in reversed(RunStore(self._workspace).runs()):
                kinds = [str(job.kind) for job in run.jobs if job.kind in EXPERT_KINDS]
                last = tuple((kind, step) for kind in kinds if (step := reader.last_step(run.number, kind)[1]))
                if last:
                    suffix = kept_run(run.settings).get("suffix")
                    found.append(ComparedRun(run.number, str(suffix or ""), run.created, last))
        return tuple(found)
