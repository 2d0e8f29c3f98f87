"""The nodes of the cluster and their GPUs, as ``scontrol`` shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wantui.gpus.model import Gpu, GpuReading
from wantui.jobs.model import JobState
from wantui.slurm.commands import SlurmError, ask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.config.schema import SlurmConfig
    from wantui.jobs.model import Job

COMMAND = ("scontrol", "--oneliner", "--detail", "show", "node")
_FIELD = re.compile(r"(?:^|\s)([A-Za-z:/]+)=")
_GRES = re.compile(r"gpu(?::(?P<kind>[^:,()]+))?:(?P<count>\d+)(?:\((?P<more>[^()]*)\))?")
_AWAY = (
    "DOWN",
    "DRAIN",
    "FAIL",
    "NOT_RESPONDING",
    "MAINT",
    "POWERED_DOWN",
    "POWERING",
    "REBOOT",
    "UNKNOWN",
    "FUTURE",
)


@dataclass(frozen=True, slots=True)
class Node:
    """One node at one moment."""

    name: str
    state: str
    """In Slurm's words: ``IDLE``, ``MIXED+DRAIN``."""
    partitions: tuple[str, ...]
    gpus: tuple[str | None, ...]
    """The kind of each GPU, by its index; None where the cluster does not name kinds."""
    used: frozenset[int] = frozenset()
    """Indices of the GPUs that jobs have."""
    reason: str | None = None
    """Why it is drained or down, as an administrator has said it."""

    @property
    def away(self) -> str | None:
        """Why nothing starts on it, as a sentence; None: it takes jobs."""
        flags = self.state.rstrip("*").split("+")
        if not self.state.endswith("*") and not any(flag.startswith(_AWAY) for flag in flags):
            return None
        said = f": {self.reason}" if self.reason else ""
        return f"{self.name} is {self.state.rstrip('*').lower().replace('+', ' and ')}{said}"


def read_nodes(text: str) -> tuple[Node, ...]:
    """The nodes that `COMMAND` has printed, in its order; lines of another form are passed over."""
    return tuple(node for line in text.splitlines() if (node := _node(line)) is not None)


def nodes(config: SlurmConfig) -> tuple[Node, ...]:
    """The nodes that jobs may be put on: those of the partition that is named, else all.

    Raises:
        SlurmError: Slurm does not answer.
    """
    found = read_nodes(ask(COMMAND))
    wanted = None if config.partition is None else set(config.partition.split(","))
    return tuple(node for node in found if node.gpus and (wanted is None or wanted.intersection(node.partitions)))


def why_none_is_up(config: SlurmConfig) -> str | None:
    """Why no node of the kind that is asked for takes jobs at the moment; None: one does, or there is none at all.

    Slurm refuses such jobs in ``--test-only``, and lets them wait where they are submitted.
    """
    try:
        found = [node for node in nodes(config) if any(_suits(kind, config) for kind in node.gpus)]
    except SlurmError:
        return None
    away = [node.away for node in found if node.away is not None]
    return "; ".join(away) if found and len(away) == len(found) else None


def readings(found: Iterable[Node], config: SlurmConfig) -> tuple[GpuReading, ...]:
    """The GPUs of some nodes, counted through, each with what keeps it from being free."""
    every = [(node, index, kind) for node in found for index, kind in enumerate(node.gpus) if _suits(kind, config)]
    return tuple(
        GpuReading(
            Gpu(number, f"{node.name}:{index}", f"{node.name} {kind or 'gpu'}:{index}", problem=node.away),
            node.away or (f"{node.name}: a job of Slurm has it" if index in node.used else None),
        )
        for number, (node, index, kind) in enumerate(every)
    )


def with_jobs(found: Iterable[GpuReading], jobs: Iterable[Job]) -> tuple[GpuReading, ...]:
    """The GPUs with the jobs that run on their nodes, each on the first that Slurm has given away there.

    Which GPU of its node a job has, Slurm tells nobody but the job; where each has one, it makes no difference here.
    """
    left: dict[str, list[str]] = {}
    for job in jobs:
        if job.node is not None and job.state is JobState.RUNNING:
            left.setdefault(job.node, []).append(job.id)
    placed = []
    for reading in found:
        here = left.get(reading.gpu.uuid.rpartition(":")[0], [])
        takes = bool(here) and reading.busy is not None and reading.gpu.problem is None
        placed.append(replace(reading, job=here.pop(0)) if takes else reading)
    return tuple(placed)


def _suits(kind: str | None, config: SlurmConfig) -> bool:
    return config.gpu is None or kind is None or kind == config.gpu


def _node(line: str) -> Node | None:
    line, _, reason = line.partition(" Reason=")  # last, and free text
    fields = _fields(line)
    if "NodeName" not in fields or "State" not in fields:
        return None
    kinds: list[str | None] = []
    used: set[int] = set()
    for gres in _GRES.finditer(fields.get("Gres", "")):
        kinds += [gres["kind"]] * int(gres["count"])
    for gres in _GRES.finditer(fields.get("GresUsed", "")):
        used |= _indices(gres["more"] or "", int(gres["count"]), gres["kind"], kinds, used)
    partitions = tuple(name for name in fields.get("Partitions", "").split(",") if name)
    reason = reason.rpartition(" [")[0] or reason
    return Node(
        fields["NodeName"], fields["State"], partitions, tuple(kinds), frozenset(used), reason.strip() or None
    )


def _fields(line: str) -> dict[str, str]:
    """``Name=value`` in one line; a value may have spaces, and ends where the next name begins."""
    found = list(_FIELD.finditer(line))
    ends = [*(each.start() for each in found[1:]), len(line)]
    return {each[1]: line[each.end() : end].strip() for each, end in zip(found, ends, strict=False)}


def _indices(more: str, count: int, kind: str | None, kinds: list[str | None], used: set[int]) -> set[int]:
    """The indices of ``IDX:0,2-3``; the first of its kind that are left where only their number is told."""
    told: set[int] = set()
    for part in more.removeprefix("IDX:").split(","):
        first, _, last = part.partition("-")
        if first.isdecimal() and (not last or last.isdecimal()):
            told |= set(range(int(first), int(last or first) + 1))
    alike = [index for index, each in enumerate(kinds) if each == kind and index not in used]
    return told if len(told) == count else set(alike[:count])
