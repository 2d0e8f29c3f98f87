"""Runs and their jobs: planned, started, looked at, stopped, compared. Both front ends ask here."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.caches.model import CacheStep
from wantui.errors import WantuiError
from wantui.jobs import pause
from wantui.jobs.model import RunKind
from wantui.runs.board import Board
from wantui.runs.curves import LossCurves
from wantui.runs.kept_runs import settings_of_run
from wantui.runs.output_names import NamesInUseError, retry_meets
from wantui.runs.request import RunRequest, experts_named
from wantui.runs.summary import trainer_kind
from wantui.services.presets import asked
from wantui.services.values import RunPreview
from wantui.supervisor import client

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wantui.caches.items import ItemsDifference
    from wantui.jobs.model import Job, Run
    from wantui.paths import Workspace
    from wantui.runs.board import JobView
    from wantui.runs.log_times import LineTimes
    from wantui.runs.output_names import NamesInUse
    from wantui.runs.plan import RunPlan
    from wantui.runs.record.past import KeptCurves
    from wantui.runs.run_report import ReportDifference, RunReport
    from wantui.services.comparing import RunsCompared
    from wantui.services.run_values import FormValue
    from wantui.services.run_view import RunView

RECENT = 5
"""How many ended runs are listed besides those that have not ended, where not all are asked for."""
STOP_S = 15.0
"""How long to wait for a job to be gone: SIGKILL follows SIGTERM after 5 s."""
STOP_LOOK_S = 0.1
WATCH_LOOK_S = 0.2
WAKE_S = 2.0
"""How often whoever waits for a run sees to it that a supervisor is there."""


@dataclass(frozen=True, slots=True)
class JobList:
    """Jobs as they are listed, and what may be wrong with the list."""

    views: tuple[JobView, ...]
    broken: tuple[str, ...]
    """What is wrong with records that cannot be read, as sentences."""
    trouble: str | None
    """Why it may be old; None: it is not."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a stop has come to."""

    stopped: tuple[str, ...]
    """Ids of the jobs that it was for; empty: all had ended already."""
    left: tuple[str, ...]
    """Those that have not ended yet."""


class Runs:
    """The runs of a workspace. Each call reads the configuration anew, so that an edited ``wantui.toml`` counts."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._board = Board(workspace)
        self._curves = LossCurves()
        self._kept_curves: KeptCurves | None = None

    # Before a run

    def plan(self, request: RunRequest, sets: Sequence[str] = ()) -> RunPlan:
        """Plan a run; nothing is started or written.

        Args:
            request: what is asked for; the preset that it names counts.
            sets: flags of the trainer for this run alone, each as ``KEY=VALUE``.
        """
        from wantui.runs.plan import plan_run  # noqa: PLC0415  when it is asked for

        with explained():
            config = configuration.apply_sets(asked(self._workspace, request), sets)
            if request.gpus is None and request.like is not None:
                request = replace(request, gpus=settings_of_run(self._workspace, request.like).gpus)
            return plan_run(self._workspace, config, request)

    def form_values(self, preset: str | None = None, like: int | None = None) -> dict[str, FormValue]:
        """What the fields of the run form begin with; see `run_values.form_values`."""
        from wantui.services.run_values import form_values  # noqa: PLC0415  when it is asked for

        with explained():
            return form_values(self._workspace, preset, like)

    def preset_changes(self, preset: str, like: int | None = None) -> tuple[str, ...]:
        """What a preset would change of them, in words."""
        from wantui.services.run_values import preset_changes  # noqa: PLC0415  when it is asked for

        with explained():
            return preset_changes(self._workspace, preset, like)

    def preview(self, request: RunRequest) -> RunPreview:
        """What a start would do; nothing is started."""
        plan = self.plan(request)
        to_encode = {step.value: len(plan.look.caches.to_encode(step)) for step in CacheStep}
        return RunPreview(
            plan.settings, plan.problems, plan.look.steps, to_encode, plan.jobs, plan.forecast, plan.ways, plan.in_use
        )

    def examine(self, plan: RunPlan) -> bool:
        """Look at every image of a planned run; whether another plan would say more.

        What is found is kept, so that the next plan has it.

        Raises:
            WorkspaceError: the workspace is not writable.
            OSError: what is found cannot be kept.
        """
        from wantui.dataset.near_duplicates import workers  # noqa: PLC0415  when it is asked for
        from wantui.runs.diagnosis import examine  # noqa: PLC0415  the same

        found = examine(self._workspace, plan.look.dataset, threads=workers())
        return bool(found.problems or found.clips)

    # Starting and stopping

    def start(self, plan: RunPlan, *, after: Sequence[int] = (), held: bool = False) -> Run:
        """Hand a planned run to the supervisor, which starts by itself; `after` and `held` as in `Run`.

        What ``wantui.toml`` wants to follow it is queued behind it.
        """
        from wantui.runs.following import Followers  # noqa: PLC0415  when it is asked for
        from wantui.runs.plan import start  # noqa: PLC0415  the same

        with explained():
            config = configuration.load(self._workspace)
            followers = Followers.of(self._workspace, config, [spec.kind for spec in plan.jobs])
            run = start(self._workspace, plan, after=after, held=held)
            followers.begin(self._workspace, config, run.number)
            return run

    def begin(self, request: RunRequest) -> Run:
        """Plan what is asked for, and start it."""
        return self.start(self.plan(request))

    def cache(self) -> Run:
        """Start a cache run for what is not current.

        Raises:
            WantuiError: something is in its way, or everything is current.
        """
        plan = self.plan(RunRequest(RunKind.CACHE))
        if plan.errors:
            first = plan.errors[0]
            raise WantuiError(f"{first.path.name}: {first.message}; {first.fix}")
        if not any(plan.look.caches.to_encode(step) for step in CacheStep):
            raise WantuiError("Every cache file is current: there is nothing to encode.")
        return self.start(plan)

    def stop(self, name: str) -> tuple[str, ...]:
        """End a job or run, or take it out of the queue; ids of the jobs that this is for."""
        with explained():
            return tuple(client.stop(self._workspace, name))

    def end(self, name: str) -> Ended:
        """Stop a job or run, and wait until it is gone.

        Raises:
            JobError: there is none of that name.
        """
        with explained():
            self._board.store.find(name)
            stopped = self.stop(name)
            deadline = time.monotonic() + STOP_S
            left = stopped
            while left and time.monotonic() < deadline:
                time.sleep(STOP_LOOK_S)
                left = tuple(each for each in left if not self._has_ended(each))
        return Ended(stopped, left)

    def retry_meets(self, name: str) -> NamesInUse | None:
        """What a retry of a job or run would overwrite; None where nothing."""
        with explained():
            return retry_meets(self._workspace, *self._board.store.find(name))

    def retry(self, name: str, *, replaces: bool = False) -> Run:
        """Queue a job or run again with the same settings; `replaces` as in `RunRequest`."""
        with explained():
            return client.retry(self._workspace, name, replaces=replaces)

    def release(self, number: int) -> Run:
        """Let a run go on that is held, since it came with the workspace."""
        with explained():
            return client.release(self._workspace, number)

    def is_paused(self) -> bool:
        """Whether the queue is paused, so that what is started waits."""
        with explained():
            return pause.is_paused(self._workspace)

    # What runs and ran

    def followers(self, number: int) -> tuple[Run, ...]:
        """The runs that wait, or have waited, for run `number` to end."""
        with explained():
            return tuple(run for run in self._board.store.runs() if number in run.after)

    def run(self, number: int) -> Run:
        """A run.

        Raises:
            JobError: there is none of that number.
        """
        with explained():
            return self._board.store.get(number)

    def all(self) -> tuple[Run, ...]:
        """Every run, oldest first."""
        with explained():
            return self._board.store.runs()

    def jobs(self) -> tuple[JobView, ...]:
        """Every job with its progress, oldest first."""
        with explained():
            return self._board.refresh()

    def jobs_of(self, run: Run) -> tuple[JobView, ...]:
        """The jobs of a run with their progress."""
        with explained():
            return self._board.of(run)

    def active(self) -> tuple[JobView, ...]:
        """The jobs of the runs that have not ended."""
        with explained():
            return tuple(
                view for run in self._board.store.runs() if not run.has_ended for view in self._board.of(run)
            )

    def listed(self, *, every: bool) -> JobList:
        """The jobs of the latest runs, or of all; a supervisor is seen to where one is needed."""
        with explained():
            client.wake(self._workspace)
            runs = self._board.store.runs()
            if not every:
                recent = {run.number for run in [run for run in runs if run.has_ended][-RECENT:]}
                runs = tuple(run for run in runs if not run.has_ended or run.number in recent)
            views = tuple(view for run in runs for view in self._board.of(run))
            return JobList(views, tuple(self._board.store.broken.values()), client.status(self._workspace).trouble)

    def watch(self, number: int, *, timeout: float | None = None) -> Iterator[Run]:
        """Wait for a run: how it stands, again and again until it has ended.

        Args:
            number: of the run.
            timeout: seconds; None: as long as it takes.

        Raises:
            JobError: there is no such run, or nobody can look after it.
            TimeoutError: it has not ended by then.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        wake_at = 0.0
        while True:
            run = self.run(number)
            yield run
            if run.has_ended:
                return
            now = time.monotonic()
            if deadline is not None and now >= deadline:
                raise TimeoutError
            if now >= wake_at:
                with explained():
                    client.wake(self._workspace)  # not where a person has stopped it
                wake_at = now + WAKE_S
            time.sleep(WATCH_LOOK_S)

    def loss_history(self, job: Job) -> Sequence[tuple[int, float]]:
        """Step and loss over all attempts, as far as they are known, ascending by step."""
        from wantui.runs.record.past import KeptCurves  # noqa: PLC0415  when it is asked for

        kind = trainer_kind(self._board.store.get(job.run))
        logs = self._board.logs_of(job, kind)
        if self._kept_curves is None:
            self._kept_curves = KeptCurves(self._workspace)
        kept = self._kept_curves.of(job, logs)
        return self._curves.of(logs, kind) if kept is None else kept

    def line_times(self, job: Job) -> LineTimes:
        """When lines of a job's logs were written, as far as the history tells; it may know nothing."""
        from wantui.runs.log_times import kept_times  # noqa: PLC0415  when it is asked for

        return kept_times(self._workspace, job)

    def memory_of(self, job: Job) -> str | None:
        """How a job spends memory, as a sentence; None before that is settled."""
        from wantui.runs.memory_choice import choice_of  # noqa: PLC0415  when it is asked for

        choice = choice_of(self._workspace, job)
        return None if choice is None else str(choice)

    # What a run was

    def view(self, number: int) -> RunView:
        """A run as its result is shown; raises what `run_view.run_view` does."""
        from wantui.services.run_view import run_view  # noqa: PLC0415  when it is asked for

        with explained():
            return run_view(self._workspace, number)

    def compared(self, one: int, other: int) -> RunsCompared:
        """How `other` differs from `one`, results and all; raises what `view` does."""
        from wantui.services.comparing import compare_runs  # noqa: PLC0415  when it is asked for

        with explained():
            return compare_runs(self._workspace, one, other)

    def report(self, run: Run) -> RunReport:
        """What a run was, as values."""
        from wantui.runs.run_report import report_of  # noqa: PLC0415  when it is asked for

        with explained():
            return report_of(self._workspace, run)

    def compare(self, one: Run, other: Run) -> ReportDifference:
        """How `other` differs from `one`."""
        from wantui.runs.run_report import compare  # noqa: PLC0415  when it is asked for

        return compare(self.report(one), self.report(other))

    def changed_since(self, number: int) -> ItemsDifference | None:
        """How the dataset differs from what a run trains on: ``3 captions changed``; None where it cannot be told."""
        from wantui.runs.run_report import changed_since  # noqa: PLC0415  when it is asked for

        with explained():
            return changed_since(self._workspace, self._board.store.get(number))

    def _has_ended(self, job_id: str) -> bool:
        _, job = self._board.store.find(job_id)
        return job is None or job.state.has_ended


__all__ = ["Ended", "JobList", "NamesInUseError", "RunRequest", "Runs", "experts_named"]
