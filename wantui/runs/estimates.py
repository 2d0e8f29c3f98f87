"""When runs that wait will probably start and end: what each job takes, and the queue played through in its order.

What is not known stays unknown, and so does whatever depends on it: nobody should plan an evening by a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from wantui.jobs.model import EXPERT_KINDS, JobKind, JobState
from wantui.runs.kept_settings import kept_run
from wantui.runs.summary import trainer_kind
from wantui.runs.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from wantui.jobs.model import Run
    from wantui.runs.board import JobView

ENCODERS = (JobKind.LATENTS, JobKind.TEXT)


@dataclass(frozen=True, slots=True)
class JobTime:
    """What is known of the time of a job."""

    kind: JobKind
    state: JobState
    seconds: float | None
    """From its start, or while it runs from now, to its end; None: not known."""
    needs: tuple[JobKind, ...] = ()
    wants_gpu: bool = True
    gpu: int | None = None
    """Index of the GPU that it has."""
    not_before: float | None = None
    """When it may start; None: as soon as it can."""
    gpus: tuple[int, ...] | None = None
    """As in `JobSpec`."""


@dataclass(frozen=True, slots=True)
class RunTime:
    """What is known of the time of a run that has not ended."""

    number: int
    jobs: tuple[JobTime, ...]
    waits_for_a_person: bool = False
    """Whether no other job of it starts by itself."""
    after: tuple[int, ...] = ()
    """Runs among the given ones that must have ended before its first job starts."""
    started: float | None = None
    """When its first job has started; None: none has."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """When a run has started or will, and when it will end, in seconds since 1970; None: not known."""

    start: float | None = None
    end: float | None = None


_Name = tuple[int, JobKind]


def play(runs: Sequence[RunTime], gpus: Collection[int], now: float) -> dict[int, Estimate]:
    """Play the queue through: whenever a GPU comes free, the first job in the order that may start takes it.

    Args:
        runs: that have not ended, in their order.
        gpus: indices of the GPUs that jobs get.
        now: seconds since 1970.
    """
    course = _Course(runs, gpus, now)
    course.run()
    return {run.number: course.estimate(run) for run in runs}


class _Course:
    """One way through the queue."""

    def __init__(self, runs: Sequence[RunTime], gpus: Collection[int], now: float) -> None:
        self._now = self._time = now
        self._runs = {run.number: run for run in runs}
        self._starts: dict[_Name, float] = {}
        self._ends: dict[_Name, float] = {}
        self._unsure: set[_Name] = set()
        """Jobs that start at a time which nobody knows."""
        self._free_at = dict.fromkeys(gpus, now)
        self._pending: list[tuple[RunTime, JobTime]] = []
        for run in runs:
            for job in run.jobs:
                self._take_up(run, job)

    def _take_up(self, run: RunTime, job: JobTime) -> None:
        name = (run.number, job.kind)
        if job.state.has_ended or _is_dropped(run, job):
            self._ends[name] = self._now
        elif job.state.is_active:
            self._ends[name] = self._now + (inf if job.seconds is None else job.seconds)
            if job.gpu is not None:
                self._free_at[job.gpu] = self._ends[name]
        elif run.waits_for_a_person:
            self._unsure.add(name)
        else:
            self._pending.append((run, job))

    def run(self) -> None:
        """Start one job after the other until all have a time, or none of the rest can have one."""
        while self._pending:
            if self._start_what_may():
                continue
            self._give_up_some()
            pauses = [job.not_before for _, job in self._pending if job.not_before is not None]
            moments = (*self._ends.values(), *self._free_at.values(), *pauses)
            coming = [moment for moment in moments if self._time < moment < inf]
            if not coming:
                return
            self._time = min(coming)
            self._give_up_what_comes_later()

    def _start_what_may(self) -> bool:
        """Whether a job has started."""
        for at, (run, job) in enumerate(self._pending):
            if self._ready_at(run, job) > self._time:
                continue
            takes_gpu = job.wants_gpu and job.seconds != 0
            free = [index for index, at_last in sorted(self._free_at.items()) if at_last <= self._time]
            gpu = next((index for index in free if job.gpus is None or index in job.gpus), None)
            if takes_gpu and gpu is None:
                continue
            name = (run.number, job.kind)
            self._starts[name] = self._time
            self._ends[name] = self._time + (inf if job.seconds is None else job.seconds)
            if takes_gpu and gpu is not None:
                self._free_at[gpu] = self._ends[name]
            del self._pending[at]
            return True
        return False

    def _awaited(self, run: RunTime, job: JobTime) -> Iterable[_Name]:
        """The jobs that must have ended before `job` starts."""
        mine = [(run.number, other.kind) for other in run.jobs if other.kind in job.needs]
        others = [self._runs[number] for number in run.after if number in self._runs]
        return [*mine, *((other.number, each.kind) for other in others for each in other.jobs)]

    def _ready_at(self, run: RunTime, job: JobTime) -> float:
        ends = (self._ends.get(name, inf) for name in self._awaited(run, job))
        return max(self._now, job.not_before or self._now, *ends)

    def _give_up_some(self) -> None:
        """Set those jobs aside that wait for one whose end is not known."""
        endless = {name for name, end in self._ends.items() if end == inf}
        while True:
            lost = [each for each in self._pending if {*self._awaited(*each)} & (endless | self._unsure)]
            if not lost:
                return
            self._set_aside(lost)

    def _give_up_what_comes_later(self) -> None:
        """Set those jobs aside that may have to let another one go first at a time which nobody knows."""
        order = [(run.number, job.kind) for run in self._runs.values() for job in run.jobs]
        by_themselves = [
            at for at, name in enumerate(order) if name in self._unsure and not self._runs[name[0]].waits_for_a_person
        ]
        if by_themselves:
            later = {*order[by_themselves[0] :]}
            self._set_aside([each for each in self._pending if (each[0].number, each[1].kind) in later])

    def _set_aside(self, jobs: list[tuple[RunTime, JobTime]]) -> None:
        self._unsure |= {(run.number, job.kind) for run, job in jobs}
        self._pending = [each for each in self._pending if each not in jobs]

    def estimate(self, run: RunTime) -> Estimate:
        """What came out for `run`."""
        names = [(run.number, job.kind) for job in run.jobs]
        work = [(run.number, job.kind) for job in run.jobs if job.seconds != 0]
        starts = [self._starts[name] for name in work or names if name in self._starts]
        end = max(self._ends.get(name, inf) for name in names)
        start = min(starts, default=None) if run.started is None else run.started
        return Estimate(start, None if end == inf else end)


def _is_dropped(run: RunTime, job: JobTime) -> bool:
    """Whether `job` never starts, since one that it needs has ended badly."""
    needed = [other for other in run.jobs if other.kind in job.needs]
    return any(
        (other.state.has_ended and not other.state.is_good) or _is_dropped(run, other) for other in needed
    )  # fmt: skip


# -- what jobs take --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a job of a kind was."""

    step_s: float
    """Seconds of a training step, or of an encoded file."""
    rest_s: float = 0.0
    """Seconds besides: loading the model, saving."""


def times_of(
    runs: Sequence[Run], views: Callable[[Run], tuple[JobView, ...]], earlier: Iterable[Run], *,
    waiting: Collection[int], now: float,
) -> list[RunTime]:  # fmt: skip
    """What is known of the time of runs.

    Args:
        runs: that have not ended, in their order.
        views: the jobs of a run with their progress.
        earlier: runs that tell how fast jobs are, the latest first.
        waiting: numbers of the runs of which no other job starts by itself.
        now: seconds since 1970.
    """
    paces = Paces(views, tuple(earlier))
    encoded: set[tuple[str, ...]] = set()
    found = []
    for run in runs:
        jobs = tuple(_time_of(run, view, paces, encoded, now) for view in views(run))
        starts = [job.started for job in run.jobs if job.started is not None]
        after = () if run.has_begun else run.after
        found.append(RunTime(run.number, jobs, run.number in waiting, after, min(starts, default=None)))
    return found


def _time_of(run: Run, view: JobView, paces: Paces, encoded: set[tuple[str, ...]], now: float) -> JobTime:
    job, spec = view.job, view.job.spec
    if job.state.has_ended:
        seconds: float | None = 0.0
    elif job.kind in EXPERT_KINDS:
        seconds = _left(view, _training_s(run, view, paces), now)
    elif job.kind in ENCODERS:
        seconds = _left(view, _encoding_s(run, job.kind, paces, encoded), now)
    else:
        seconds = _left(view, None, now)
    return JobTime(job.kind, job.state, seconds, spec.needs, spec.wants_gpu, job.gpu, job.not_before, spec.gpus)


def _left(view: JobView, whole_s: float | None, now: float) -> float | None:
    """Seconds until the end of a job that takes `whole_s` as far as that is known."""
    job, progress = view.job, view.progress
    if not job.state.is_active:
        return whole_s
    if job.exit_code is not None:
        return 0.0
    if progress.eta_s is not None:
        return progress.eta_s
    if progress.step is not None and progress.steps and progress.step_s is not None:
        return max(0.0, (progress.steps - progress.step) * progress.step_s)
    return None if whole_s is None or job.started is None else max(0.0, whole_s - (now - job.started))


def _training_s(run: Run, view: JobView, paces: Paces) -> float | None:
    """What an expert takes, without the epochs that earlier attempts have saved."""
    job = view.job
    per_epoch = Workload.from_document(run.settings).steps_per_epoch.get(job.kind.value)
    epochs = job.end_after or job.changes.get("epochs", kept_run(run.settings).get("epochs"))
    pace = paces.of(run, job.kind)
    if per_epoch is None or type(epochs) is not int or pace is None:
        return None
    return per_epoch * max(0, epochs - view.start.epoch) * pace.step_s + pace.rest_s


def _encoding_s(run: Run, kind: JobKind, paces: Paces, encoded: set[tuple[str, ...]]) -> float | None:
    """What encoding takes: nothing where a run before it in the queue encodes the same."""
    count = Workload.from_document(run.settings).to_encode.get(kind.value)
    if not count:
        return None if count is None else 0.0
    settings = kept_run(run.settings)
    same = (kind, *(str(settings.get(name)) for name in ("dataset", "task", "models", f"caching_{kind.value}")))
    if same in encoded:
        return 0.0
    encoded.add(same)
    pace = paces.of(run, kind)
    return None if pace is None else count * pace.step_s + pace.rest_s


class Paces:
    """How fast jobs were, by trainer, task and kind, from the latest run that tells."""

    def __init__(self, views: Callable[[Run], tuple[JobView, ...]], earlier: tuple[Run, ...]) -> None:
        self._views = views
        self._earlier = earlier
        self._found: dict[tuple[str, str, JobKind], Pace | None] = {}

    def of(self, run: Run, kind: JobKind) -> Pace | None:
        """How fast a job of `kind` is probably in `run`; None where no run tells."""
        key = _key(run, kind)
        if key not in self._found:
            alike = (other for other in self._earlier if _key(other, kind) == key)
            told = (pace_of(other, view) for other in alike for view in self._views(other) if view.job.kind is kind)
            self._found[key] = next((pace for pace in told if pace is not None), None)
        return self._found[key]


def _key(run: Run, kind: JobKind) -> tuple[str, str, JobKind]:
    return trainer_kind(run), str(kept_run(run.settings).get("task")), kind


def pace_of(run: Run, view: JobView) -> Pace | None:
    """How fast a job is or was; None where it does not tell."""
    job, progress = view.job, view.progress
    took = job.ended - job.started if job.ended is not None and job.started is not None else 0.0
    is_whole = job.state is JobState.SUCCEEDED and took > 0
    if job.kind in ENCODERS:
        count = Workload.from_document(run.settings).to_encode.get(job.kind.value)
        return Pace(took / count) if is_whole and count else None
    if progress.step_s is None or not progress.step:
        return None
    return Pace(progress.step_s, max(0.0, took - progress.step * progress.step_s) if is_whole else 0.0)
