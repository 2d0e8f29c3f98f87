"""When a GPU is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wantui.gpus.model import Gpu

_SHOWN_PROCESSES = 3


def why_busy(gpu: Gpu, *, leased_by: str | None, free_below_mib: int) -> str | None:
    """Why a job cannot have this GPU, as a sentence without a final stop; None where it can.

    A GPU is free when wantui has not leased it, no process is listed on it, and less than a limit of its memory is
    in use. Processes of wantui's own need no exception: while one lives, so does its lease. A device that does not
    tell its memory (unified memory, MIG) is judged by the other two.

    Args:
        gpu: read with its processes.
        leased_by: the job that holds the lease, in words for a person.
        free_below_mib: ``gpus.free_below_mib``.
    """
    name = f"GPU {gpu.index}"
    if gpu.problem is not None:
        return gpu.problem
    if leased_by is not None:
        return f"{name} is used by {leased_by}"
    if gpu.processes:
        return f"{name} is used by {_processes(gpu.processes)}, which wantui did not start"
    if gpu.memory_used_mib is not None and gpu.memory_used_mib >= free_below_mib:
        return f"{name} has {gpu.memory_used_mib} MiB of its memory in use; it is free below {free_below_mib} MiB"
    return None


def _processes(pids: tuple[int, ...]) -> str:
    shown = ", ".join(str(pid) for pid in pids[:_SHOWN_PROCESSES])
    if len(pids) > _SHOWN_PROCESSES:
        return f"{len(pids)} processes ({shown}, ...)"
    return f"process {shown}" if len(pids) == 1 else f"processes {shown}"
