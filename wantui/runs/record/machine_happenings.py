"""What counts as an event of the machine: disks, memory, GPUs. Functions of values, nothing is read here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui.formatting import HOUR_S, MEBIBYTE, file_size, plain_plural, rough_duration
from wantui.gpus.model import Throttle
from wantui.history.model import Event, EventSeverity
from wantui.runs.record.happenings import keyed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wantui.runs.record.happenings import TrainingSeen

DISK_HOURS = 2.0
LEAST_FREE_MIB = 1024
"""As much has to stay free, as `wantui.runs.forecast.SPARE` has it before the start."""
DISK_PACE_S = 600.0
"""What fills a disk is judged over at least so long."""
AGAIN_S = 6 * 3600
"""When a disk that is still nearly full is told of once more."""
IDLE_PCT = 2
"""A GPU that is used no more does nothing for its job."""
GPU_LOOK_S = 300.0
"""What a GPU does is judged over so long: longer than saving, samples and reading a batch take."""
THROTTLED_SHARE = 0.5
"""Of that time: a GPU that touches its limit now and then loses little."""


@dataclass(frozen=True, slots=True)
class GpuSeen:
    """A GPU in the hands of a job, at one moment."""

    time: float
    utilization_pct: int | None
    temperature_c: int | None
    sm_clock_mhz: int | None
    throttle: Throttle | None


@dataclass(frozen=True, slots=True)
class DiskSeen:
    """A disk that running jobs write to."""

    folder: str
    free: Sequence[tuple[float, int]]
    """When, and MiB that were free; the oldest first, at least one."""
    to_write_mib: int
    """What running experts are still to save."""


def fill_pace(free: Sequence[tuple[float, int]]) -> float:
    """MiB a second by which a disk has become fuller, see `DiskSeen.free`.

    0: it has not, or was not looked at for long enough.
    """
    (begin, then), (end, now) = free[0], free[-1]
    return 0.0 if end - begin < DISK_PACE_S or then <= now else (then - now) / (end - begin)


def of_disk(seen: DiskSeen, now: float) -> Event | None:
    """That a disk will be full before the jobs are done, by what they still save or by how fast it fills."""
    (begin, _), (end, free) = seen.free[0], seen.free[-1]
    facts: dict[str, Any] = {"folder": seen.folder, "free_mib": free, "to_write_mib": seen.to_write_mib}
    window = int(now // AGAIN_S)
    has = f"{seen.folder} has {file_size(free * MEBIBYTE)} free"
    if free < seen.to_write_mib:
        said = f"{has}, and running experts still save {file_size(seen.to_write_mib * MEBIBYTE)}"
        return keyed(Event(now, EventSeverity.ERROR, "disk", None, said, facts), seen.folder, "need", window)
    if free < LEAST_FREE_MIB:
        said = f"{has}: logs and what a training saves need more"
        return keyed(Event(now, EventSeverity.WARNING, "disk", None, said, facts), seen.folder, "low", window)
    pace = fill_pace(seen.free)
    hours = free / pace / HOUR_S if pace else math.inf
    if hours >= DISK_HOURS:
        return None
    facts |= {"hours_left": round(hours, 2), "over_s": round(end - begin)}
    said = f"{has}, and is full in {rough_duration(hours * HOUR_S)} if it fills as it does now"
    return keyed(Event(now, EventSeverity.WARNING, "disk", None, said, facts), seen.folder, "pace", window)


def of_memory_kills(
    before: float | None, count: int | None, jobs: Sequence[str], used_mib: int | None, now: float
) -> Event | None:
    """That the kernel has killed processes for lack of memory since the last look.

    Args:
        before: how many it had killed then; None: nobody had looked.
        count: how many now; less than before where the machine has started anew.
        jobs: ids of those that run.
        used_mib: memory in use.
        now: seconds since 1970.
    """
    if before is None or count is None or count <= before or not math.isfinite(before):
        return None
    kills = count - int(before)
    said = f"the kernel has killed {plain_plural(kills, 'process', 'processes')} for lack of the machine's memory"
    facts = {"kills": kills, "count": count, "jobs": list(jobs), "memory_used_mib": used_mib}
    return keyed(Event(now, EventSeverity.ERROR, "memory-kill", None, said, facts), count, int(now // AGAIN_S))


def of_idle_gpu(
    job: str, gpu: int | None, seen: TrainingSeen, readings: Sequence[GpuSeen], now: float
) -> Event | None:
    """That a GPU does nothing under a training that has begun to tell of steps.

    Args:
        job: id of the training, which has not stalled: that would be told of by itself.
        gpu: number of the GPU.
        seen: how the training stands.
        readings: of the latest `GPU_LOOK_S`, the oldest first.
        now: seconds since 1970.
    """
    if seen.told_at is None or not _are_whole(readings):
        return None
    used = [each.utilization_pct for each in readings]
    if any(each is None or each > IDLE_PCT for each in used):
        return None
    span = readings[-1].time - readings[0].time
    said = f"GPU {gpu} has done nothing for {rough_duration(span)} under {job}, which is at step {seen.step}"
    facts = {"attempt": seen.attempt, "gpu": gpu, "step": seen.step, "told_at": seen.told_at, "idle_s": round(span)}
    return keyed(Event(now, EventSeverity.WARNING, "gpu-idle", job, said, facts), seen.attempt, seen.step)


def of_throttling(job: str, gpu: int | None, readings: Sequence[GpuSeen], now: float) -> Event | None:
    """That heat, or the hardware for a reason that it does not tell, holds a GPU's clocks down; see `of_idle_gpu`."""
    held = [each for each in readings if each.throttle is not None and each.throttle >= Throttle.HARDWARE]
    if not _are_whole(readings) or len(held) < THROTTLED_SHARE * len(readings):
        return None
    worst = max(each.throttle for each in held if each.throttle is not None)
    clocks = [each.sm_clock_mhz for each in held if each.sm_clock_mhz is not None]
    hottest = max((each.temperature_c for each in held if each.temperature_c is not None), default=None)
    why = "is too hot" if worst is Throttle.THERMAL else "slows itself down and does not say why"
    at = "" if not clocks else f"; its clock is down to {min(clocks)} MHz"
    said = f"GPU {gpu} under {job} {why}" + ("" if hottest is None else f" ({hottest} °C)") + at
    share = round(100 * len(held) / len(readings))
    facts = {
        "gpu": gpu, "throttle": worst.word, "share_pct": share, "over_s": round(GPU_LOOK_S),
        "temperature_c": hottest, "sm_clock_mhz": min(clocks, default=None),
    }  # fmt: skip
    return keyed(Event(now, EventSeverity.WARNING, "gpu-throttled", job, said, facts), gpu, int(now // AGAIN_S))


def of_lost_gpu(job: str, attempt: int, gpu: int | None, problem: str | None, now: float) -> Event:
    """That the GPU of a job is lost, or is not among those that the driver tells of any more.

    Args:
        job: that has it.
        attempt: the present one.
        gpu: its number.
        problem: what the driver says; None: nothing, the GPU is gone.
        now: seconds since 1970.
    """
    why = problem or f"GPU {gpu} is gone: the driver does not tell of it any more"
    said = f"{why}; {job} is running on it"
    facts = {"attempt": attempt, "gpu": gpu, "problem": problem}
    return keyed(Event(now, EventSeverity.ERROR, "gpu-lost", job, said, facts), attempt)


def _are_whole(readings: Sequence[GpuSeen]) -> bool:
    """Whether they reach over the time that is judged."""
    return len(readings) > 1 and readings[-1].time - readings[0].time >= GPU_LOOK_S
