"""What each job asks Slurm for, from ``[machines.slurm]``; and whether Slurm would take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.gpus.model import TO_BE_CHOSEN, Gpu
from wantui.slurm.commands import SlurmError, ask

if TYPE_CHECKING:
    from wantui.config.schema import SlurmConfig

WARNED_S = 120
"""How long before its time limit a job is told to end: the trainer is gone within seconds, the rest is for the shared
disk. Slurm may send the signal up to a minute earlier (``sbatch(1)``)."""
_LEAST_WARNED_S = 10
_UNITS_MIB = {"M": 1, "G": 1024, "T": 1024 * 1024}
_NOTHING = "#!/bin/sh\nexit 0\n"


def options(config: SlurmConfig, *, wants_gpu: bool = True) -> list[str]:
    """The options of ``sbatch`` for one job on one node."""
    found = ["--nodes=1", "--ntasks=1", "--no-requeue", f"--signal=B:USR1@{warned_s(config.time)}"]
    if wants_gpu:
        found.append("--gres=gpu:1" if config.gpu is None else f"--gres=gpu:{config.gpu}:1")
    named = {
        "partition": config.partition,
        "account": config.account,
        "time": config.time,
        "mem": config.memory,
        "exclude": ",".join(config.exclude) or None,
    }
    found += [f"--{name}={value}" for name, value in named.items() if value is not None]
    return [*found, *config.options]


def warned_s(limit: str | None) -> int:
    """Seconds between the signal and the limit: a tenth of a short limit, so that some of it is left to train in."""
    seconds = None if limit is None else limit_s(limit)
    return WARNED_S if seconds is None else max(_LEAST_WARNED_S, min(WARNED_S, int(seconds / 10)))


def limit_s(limit: str) -> float:
    """A time limit in seconds: ``MM``, ``MM:SS``, ``HH:MM:SS``, ``D-HH``, ``D-HH:MM`` or ``D-HH:MM:SS``."""
    days, dash, rest = limit.rpartition("-")
    parts = [int(part) for part in rest.split(":")]
    if dash:
        hours, minutes, seconds = (*parts, 0, 0)[:3]
    elif len(parts) == 3:  # noqa: PLR2004
        hours, minutes, seconds = parts
    else:
        hours, (minutes, seconds) = 0, (*parts, 0)[:2]
    return ((int(days or 0) * 24 + hours) * 60 + minutes) * 60.0 + seconds


def size_mib(size: str) -> int:
    """An amount of memory: ``80G`` is 81920."""
    return int(size[:-1]) * _UNITS_MIB[size[-1]]


def gpu_to_be_chosen(config: SlurmConfig) -> Gpu:
    """What is known of the GPU that Slurm will choose."""
    name = "a GPU of Slurm" if config.gpu is None else f"{config.gpu} of Slurm"
    memory = None if config.gpu_memory is None else size_mib(config.gpu_memory)
    return Gpu(TO_BE_CHOSEN, "slurm", name, memory_total_mib=memory)


def refusal(config: SlurmConfig, *, limit_s: float = 8.0) -> str | None:
    """Why Slurm would not take such a job (``sbatch --test-only``); None: it would."""
    try:
        ask(["sbatch", "--test-only", "--output=/dev/null", *options(config)], limit_s=limit_s, text=_NOTHING)
    except SlurmError as error:
        return str(error)
    return None
