"""Who may start now: a pure function from the queue and the GPUs to orders.

The rules: within a run, a job waits for the jobs that it needs. A cache folder has many readers or one writer. A GPU
has one job. Whoever came first goes first, unless a person has moved a run (`Run.place`): a job that waits keeps its
claim on its cache folders against later jobs, so that a cache run between two long trainings is not starved. Once an
expert of a run has begun, the other comes before all other runs where it reads the cache folders themselves: nobody
changes the captions under the second half of a run. What waits for a person, or for a run's end, claims nothing. A
job that comes last (`JobSpec.comes_last`) starts only while no other job waits for a GPU, or will.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wantui.formatting import clock
from wantui.jobs.model import HELD, HELD_BY_HAND, Job, JobState, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from wantui.gpus.model import Gpu, GpuReading


COMES_LAST = "comes last: waits until "
"""Begins the reason of a job that comes last while another one waits."""
NO_FREE_GPU = "waits for a free GPU: "
"""Begins the reason of a job that lacks nothing but a GPU, where there are some."""
_ENDS = {JobState.CANCELLED: "was stopped", JobState.STOPPED: "was stopped", JobState.LOST: "got lost"}


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the job's hook whether there is anything to do at all."""

    job: Job


@dataclass(frozen=True, slots=True)
class Start:
    """Start the job, on `gpu` where it wants one."""

    job: Job
    gpu: Gpu | None


@dataclass(frozen=True, slots=True)
class Wait:
    """The job stays in the queue, for `reason`."""

    job: Job
    reason: str
    for_gpu: bool = False
    """Whether nothing but a GPU is missing."""
    for_time: bool = False
    """Whether it only has to wait for a while."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The job will never start, for `reason`."""

    job: Job
    reason: str


Order = Ask | Start | Wait | Drop


@dataclass(slots=True)
class _Claims:
    """Who holds a cache folder or has claimed it."""

    readers: dict[Path, str] = field(default_factory=dict)
    writers: dict[Path, str] = field(default_factory=dict)

    def add(self, job: Job) -> None:
        for folder in job.reads:
            self.readers.setdefault(folder, job.id)
        for folder in job.spec.writes:
            self.writers.setdefault(folder, job.id)

    def in_the_way_of(self, job: Job, *, reading_only: bool = False) -> str | None:
        """The job that keeps `job` from its cache folders."""
        for folder in (*job.reads, *job.spec.writes):
            if folder in self.writers:
                return self.writers[folder]
        if reading_only:
            return None
        return next((self.readers[folder] for folder in job.spec.writes if folder in self.readers), None)


def decide(
    runs: Iterable[Run],
    offers: Callable[[], Sequence[GpuReading]],
    *,
    asked: Collection[str] = (),
    asking: Collection[str] = (),
    held: Collection[int] = (),
    now: float = 0.0,
    paused: bool = False,
    unread: Collection[int] = (),
) -> list[Order]:
    """What to do with every queued job.

    Args:
        runs: every run that has not ended, in any order.
        offers: reads the GPUs; called at most once, and only when a job could start if it had one.
        asked: ids of queued jobs whose hook has found something to do.
        asking: ids of queued jobs whose hook is being asked.
        held: numbers of runs that this user has not started; they claim nothing, nor does another that must wait.
        now: seconds since 1970.
        paused: whether nothing may start.
        unread: numbers of runs of which it is not known whether they have ended.
    """
    ordered = sorted(runs, key=lambda run: run.place)
    pending = {run.number for run in ordered} | set(unread)
    why = {run.number: _why_it_waits(run, held, pending, paused=paused) for run in ordered}
    claims = _Claims()
    for job in (job for run in ordered for job in run.jobs):
        if job.state.is_active or job.id in asking:
            claims.add(job)
    market = _Market(offers)
    jobs = [
        (run, job) for run in ordered for job in run.jobs if job.state is JobState.QUEUED and job.id not in asking
    ]
    jobs.sort(
        key=lambda each: (each[1].spec.comes_last, why[each[0].number] is not None or not _is_second_half(*each))
    )
    first = next((job.id for run in ordered for job in run.jobs if job.id in asking and _goes_first(job)), None)
    orders: list[Order] = []
    for run, job in jobs:
        if (reason := why[run.number]) is not None:
            orders.append(_hold(run, job, reason, held))
        elif job.spec.comes_last and first is not None:
            orders.append(_by_what_it_needs(run, job) or Wait(job, f"{COMES_LAST}{first} has its GPU"))
        else:
            order = _order(run, job, claims, market, asked, now=now)
            orders.append(order)
            if first is None and isinstance(order, Wait | Ask) and _goes_first(job):
                first = job.id
    return orders


def _goes_first(job: Job) -> bool:
    """Whether a job that has not started keeps those that come last from starting."""
    return job.spec.wants_gpu and not job.spec.comes_last


def _is_second_half(run: Run, job: Job) -> bool:
    """Whether `job` may start, and reads cache folders that another job of its run reads or has read."""
    begun = {folder for other in run.jobs if other.state.is_active or other.state.is_good for folder in other.reads}
    return bool(begun.intersection(job.reads)) and _by_what_it_needs(run, job) is None


def why_held(run: Run) -> str:
    """The reason of the jobs of a held run."""
    return (
        f"{HELD}you have not started this run on this machine; "
        f"`wantui queue release {run.number}` lets it run, `wantui stop {run.number}` cancels it"
    )


def why_held_by_hand(run: Run) -> str:
    """The reason of the jobs of a run that a person holds."""
    return f"{HELD_BY_HAND}`wantui queue release {run.number}` releases it"


WHY_PAUSED = "the queue is paused: `wantui queue go` resumes it"
"""The reason of every job that waits meanwhile."""


def why_after(run: Run, pending: Collection[int]) -> str | None:
    """Which runs `run` waits for, as the reason of its jobs; None: it need not wait for any.

    Args:
        run: that has not ended.
        pending: numbers of the runs that have not ended.
    """
    awaited = [] if run.has_begun else [str(number) for number in run.after if number in pending]
    return f"waits for run {' and '.join(awaited)} to end" if awaited else None


def _why_it_waits(run: Run, held: Collection[int], pending: Collection[int], *, paused: bool) -> str | None:
    """Why no job of `run` may start now, whatever is free; None: they may."""
    if run.number in held:
        return why_held(run)
    if run.held:
        return why_held_by_hand(run)
    return WHY_PAUSED if paused else why_after(run, pending)


def _hold(run: Run, job: Job, reason: str, held: Collection[int]) -> Order:
    """Let a job wait, unless it can never start; nothing becomes of a run that this user has not started."""
    never = None if run.number in held else _by_what_it_needs(run, job)
    return never if isinstance(never, Drop) else Wait(job, reason)


def _order(run: Run, job: Job, claims: _Claims, market: _Market, asked: Collection[str], *, now: float) -> Order:
    held_up = _by_what_it_needs(run, job)
    if held_up is not None:
        return held_up
    if job.not_before is not None and job.queued <= now < job.not_before:  # else the clock was set back
        claims.add(job)
        return Wait(job, _tried_again(job, job.not_before, now), for_time=True)
    unsure = job.spec.may_skip and job.id not in asked
    blocker = claims.in_the_way_of(job, reading_only=unsure)
    if blocker is not None:
        claims.add(job)
        return Wait(job, f"waits for {blocker} to leave the cache folder")
    claims.add(job)
    if unsure:
        return Ask(job)
    if not job.spec.wants_gpu:
        return Start(job, None)
    gpu = market.take(job.spec.gpus)
    return Wait(job, market.excuse(job.spec.gpus), for_gpu=True) if gpu is None else Start(job, gpu)


def _tried_again(job: Job, when: float, now: float) -> str:
    """The reason of a job that pauses between two attempts."""
    why = f": {job.past[-1].reason}" if job.past and job.past[-1].reason else ""
    return f"tries again at {clock(when, now=now)}{why}"


def _by_what_it_needs(run: Run, job: Job) -> Order | None:
    needed = [other for other in run.jobs if other.kind in job.spec.needs]
    for other in needed:
        if other.state.has_ended and not other.state.is_good:
            verb = _ENDS.get(other.state, "failed")
            return Drop(job, f"{other.id} {verb}" + (f": {other.reason}" if other.reason else ""))
    pending = [other.id for other in needed if not other.state.has_ended]
    return Wait(job, f"waits for {' and '.join(pending)}") if pending else None


class _Market:
    """The GPUs of one decision: read once, each given away once."""

    def __init__(self, offers: Callable[[], Sequence[GpuReading]]) -> None:
        self._ask = offers
        self._offers: list[GpuReading] | None = None
        self._given: set[str] = set()

    def take(self, wanted: Collection[int] | None) -> Gpu | None:
        """The first free GPU that this decision has not given away, of those with the numbers in `wanted`, if any."""
        for offer in self._of(wanted):
            if offer.gpu.is_to_be_chosen and offer.busy is None:
                return offer.gpu  # as many as are asked for: the scheduler lets them wait
            if offer.busy is None and offer.gpu.uuid not in self._given:
                self._given.add(offer.gpu.uuid)
                return offer.gpu
        return None

    def excuse(self, wanted: Collection[int] | None) -> str:
        """Why there was none, GPU by GPU."""
        offers = self._of(wanted)
        if not offers:
            which = "a GPU" if wanted is None else f"GPU {' or '.join(map(str, wanted))}"
            return f"waits for {which}: none is to be seen"
        busy = [offer.busy or f"GPU {offer.gpu.index} is taken by a job that starts now" for offer in offers]
        return f"{NO_FREE_GPU}{', '.join(busy)}"

    def _of(self, wanted: Collection[int] | None) -> list[GpuReading]:
        """The offers of some numbers; a GPU that a scheduler chooses has none, and is always among them."""
        if self._offers is None:
            self._offers = list(self._ask())
        return [
            each for each in self._offers if wanted is None or each.gpu.is_to_be_chosen or each.gpu.index in wanted
        ]
