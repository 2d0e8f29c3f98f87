"""The machine under the recorder's eyes: its disks, its memory, and the GPUs that jobs have."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from wantui.jobs.model import EXPERT_KINDS, JobState
from wantui.runs.record import machine_happenings as happenings
from wantui.runs.record.disks import Disks
from wantui.runs.record.machine_happenings import GpuSeen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wantui.gpus.model import Gpu
    from wantui.history.model import Event
    from wantui.jobs.model import Job, Run
    from wantui.paths import Workspace
    from wantui.runs.record.training_watch import TrainingWatch

ASLEEP_S = 30.0
"""Between two looks: the machine was asleep, or had no time for anybody."""
LOST_LOOKS = 3
"""A GPU that does not answer so often in a row is lost: a driver that is busy may fail to answer once."""


class MachineWatch:
    """Watches the machine for one workspace."""

    def __init__(self, workspace: Workspace, kills: float | None) -> None:
        """Begin.

        Args:
            workspace: whose disks are watched.
            kills: how many processes the kernel had killed for lack of memory at the last look; None: nobody looked.
        """
        self.kills = kills
        self._disks = Disks(workspace)
        self._held: dict[str, deque[GpuSeen]] = {}
        """What the GPUs of jobs have been doing of late, by the job."""
        self._known: set[str] = set()
        """GPUs that have been read, by uuid."""
        self._generation = 0
        self._missed: dict[str, int] = {}
        """By the job, how many looks in a row its GPU has not answered."""
        self._idle: set[str] = set()
        """Jobs whose GPU does nothing, and that has been told."""

    def use(self, job: str) -> int | None:
        """How busy the GPU of a job has been of late at most, in percent; None: that is not known."""
        used = [each.utilization_pct for each in self._held.get(job, ()) if each.utilization_pct is not None]
        return max(used, default=None)

    def look_at_disks(self, active: Sequence[tuple[Run, Job]], now: float) -> Iterator[Event | None]:
        """Tell of disks that will be full."""
        disks = self._disks.look([(run, job) for run, job in active if job.kind in EXPERT_KINDS], now)
        if active:
            yield from (happenings.of_disk(disk, now) for disk in disks)

    def news_of_paces(self) -> dict[str, float]:
        """How fast disks become fuller: see `Disks.news_of_paces`."""
        return self._disks.news_of_paces()

    def look_at_memory(
        self, count: int | None, active: Sequence[tuple[Run, Job]], used_mib: int | None, now: float
    ) -> Event | None:
        """Tell of processes that were killed for lack of memory, of which there are `count` by now."""
        found = happenings.of_memory_kills(self.kills, count, [job.id for _, job in active], used_mib, now)
        if count is not None:
            self.kills = float(count)
        return found

    def look_at_gpus(
        self,
        gpus: Sequence[Gpu],
        generation: int,
        active: Sequence[tuple[Run, Job]],
        trainings: Mapping[str, TrainingWatch],
        now: float,
    ) -> Iterator[Event | None]:
        """Tell of GPUs that do nothing, are held down or are lost under a job.

        Args:
            gpus: as they were just read.
            generation: another number each time when others are read from then on, by a changed configuration.
            active: the jobs that run.
            trainings: those of them that train, by the id of the job.
            now: seconds since 1970.
        """
        if generation != self._generation:
            self._generation = generation
            self._known.clear()
        self._known |= {gpu.uuid for gpu in gpus if gpu.problem is None}
        jobs = {job.id: job for _, job in active if job.state is JobState.RUNNING and job.gpu_uuid is not None}
        for kept in (self._held, self._missed):
            for gone in kept.keys() - jobs.keys():
                del kept[gone]
        self._idle &= jobs.keys()
        for job in jobs.values():
            gpu = _gpu_of(job, gpus)
            if gpu is None or gpu.problem is not None:
                yield self._missed_gpu(job, gpu, now)
                continue
            self._missed.pop(job.id, None)
            held = self._hold(job.id, gpu, now)
            yield happenings.of_throttling(job.id, job.gpu, held, now)
            if (training := trainings.get(job.id)) is not None:
                yield self._idle_gpu(job, training, held, now)

    def _missed_gpu(self, job: Job, gpu: Gpu | None, now: float) -> Event | None:
        if gpu is None and job.gpu_uuid not in self._known:
            return None  # it was never read: `gpus.use` leaves it out, say
        self._missed[job.id] = self._missed.get(job.id, 0) + 1
        if self._missed[job.id] < LOST_LOOKS:
            return None
        problem = None if gpu is None else gpu.problem
        return happenings.of_lost_gpu(job.id, job.attempt, job.gpu, problem, now)

    def _hold(self, job: str, gpu: Gpu, now: float) -> deque[GpuSeen]:
        held = self._held.setdefault(job, deque())
        if held and now - held[-1].time > ASLEEP_S:
            held.clear()
        held.append(GpuSeen(now, gpu.utilization_pct, gpu.temperature_c, gpu.sm_clock_mhz, gpu.throttle))
        while len(held) > 1 and held[1].time <= now - happenings.GPU_LOOK_S:
            held.popleft()
        return held

    def _idle_gpu(self, job: Job, training: TrainingWatch, held: Sequence[GpuSeen], now: float) -> Event | None:
        """That it does nothing, once until it does something; of a training that has stalled that is told already."""
        found = None if training.has_stalled else happenings.of_idle_gpu(job.id, job.gpu, training.seen, held, now)
        if found is None:
            if (held[-1].utilization_pct or 0) > happenings.IDLE_PCT:
                self._idle.discard(job.id)
            return None
        if job.id in self._idle:
            return None
        self._idle.add(job.id)
        return found


def _gpu_of(job: Job, gpus: Sequence[Gpu]) -> Gpu | None:
    """The GPU that a job has; one that was lost before anybody has read it is known by its number alone."""
    same = next((gpu for gpu in gpus if gpu.uuid == job.gpu_uuid), None)
    if same is not None:
        return same
    return next((gpu for gpu in gpus if gpu.uuid == f"unknown-{job.gpu}" and gpu.problem is not None), None)
