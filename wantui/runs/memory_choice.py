"""How a job spends memory, settled when it starts and kept beside its log; and what is tried when that fails.

An estimate can be wrong. With ``memory = "auto"`` an expert that runs out of its GPU's memory goes back into the
queue, and goes on from its last state with the next leaner option: nobody has to be awake for it. Jobs that make
pictures or ask checkpoints do so too, and go on with what is left.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.jobs.store import job_files
from wantui.trainer.memory_plans import AUTO

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.jobs.model import Job
    from wantui.paths import Workspace
    from wantui.runs.hook_context import HookContext
    from wantui.trainer.memory_plans import MemoryPlan, Option
    from wantui.trainer.model import Expert, RunSettings


@dataclass(frozen=True, slots=True)
class MemoryChoice:
    """What one attempt at a job was started with."""

    name: str
    """Of the option: ``swap10``."""
    says: str
    """What it does."""
    why: str
    below: tuple[str, ...] = ()
    """The options that take less of this device, from the largest to the least."""
    failed: tuple[str, ...] = ()
    """The options that earlier attempts ran out of memory with, and this one's where it did so too."""

    def __str__(self) -> str:
        return f"{self.name} ({self.says}): {self.why}"


def settle(case: HookContext, settings: RunSettings, expert: Expert) -> RunSettings:
    """The settings with the option that the expert starts with; it is kept.

    Args:
        case: of the job, with the GPU assigned.
        settings: of the run.
        expert: of the job.
    """
    if case.gpu is None:
        return settings
    found = case.trainer.ways(settings, (case.gpu,))
    way = next(way for way in found if way.expert is expert)
    choice = choose(case.workspace, case.job, way, learns=settings.memory == AUTO)
    return settings if choice.name == way.chosen.name else replace(settings, memory=choice.name)


def choose(workspace: Workspace, job: Job, way: MemoryPlan, *, learns: bool = True) -> MemoryChoice:
    """The option that an attempt at a job takes; it is kept, and told in the log where earlier attempts led to it.

    Args:
        workspace: of the job.
        job: whose attempt begins, or takes up another part of its work.
        way: the options, with the one that is chosen first.
        learns: whether options are left out that earlier attempts ran out of memory with.
    """
    files = job_files(workspace, job)
    choice = _choice(way, _failed_before(workspace, job) if learns else ())
    if choice != read_choice(files.memory):
        atomic.write_json(files.memory, asdict(choice))
        if choice.name != way.chosen.name:
            _tell(files.log, choice)
    return choice


def next_try(case: HookContext, *, overwrites: bool) -> str | None:
    """Why a job that ran out of its GPU's memory should be tried again, with less of it.

    Args:
        case: of the job.
        overwrites: whether another try would begin with nothing although something has been saved.

    Returns:
        A sentence; None where another try would not help, was not asked for, or would lose something.
    """
    if case.settings.memory != AUTO or overwrites or case.stopped:
        return None
    return next_leaner(case.files.memory)


def next_leaner(path: Path) -> str | None:
    """Why a job whose choice is kept at `path` should be tried again; None where nothing takes less memory.

    That it has failed is kept there too, for the next attempt.
    """
    choice = read_choice(path)
    if choice is None or not choice.below:
        return None
    failed = tuple(dict.fromkeys((*choice.failed, choice.name)))  # it may be asked twice: supervisors die
    try:
        atomic.write_json(path, asdict(replace(choice, failed=failed)))
    except OSError:
        return None  # the next attempt would not know of it, and end the same way
    return f"out of GPU memory with {choice.name}; again with {choice.below[0]}"


def choice_of(workspace: Workspace, job: Job) -> MemoryChoice | None:
    """What the current attempt at a job was started with; None before that was settled."""
    return read_choice(job_files(workspace, job).memory)


def read_choice(path: Path) -> MemoryChoice | None:
    """What is kept at `path`; None where nothing is, or it is of another version."""
    try:
        document = reading.read_json(path)
        return MemoryChoice(
            name=str(document["name"]),
            says=str(document["says"]),
            why=str(document["why"]),
            below=tuple(map(str, document["below"])),
            failed=tuple(map(str, document["failed"])),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _tell(log: Path, choice: MemoryChoice) -> None:
    """Say in the log, as a warning of the trainer would stand there, why this attempt is not like the one before."""
    line = f"WARNING:wantui:{_listed(choice.failed)} ran out of GPU memory; this attempt: {choice.says}\n"
    with log.open("a", encoding="utf-8") as file:
        file.write(line)


def _choice(way: MemoryPlan, failed: tuple[str, ...]) -> MemoryChoice:
    """The option of `way`, or the first below those that were too much."""
    chosen, why = way.chosen, way.why
    too_much = min((option.device_mib for option in way.options if option.name in failed), default=None)
    if too_much is not None and chosen.device_mib >= too_much:
        untried = [option for option in way.options if option.device_mib < too_much]
        if untried:
            chosen, why = untried[0], f"{_listed(failed)} ran out of the GPU's memory"
    below = tuple(option.name for option in _below(way, chosen.name) if option.name not in failed)
    return MemoryChoice(chosen.name, chosen.says, why, below, failed)


def _below(way: MemoryPlan, name: str) -> list[Option]:
    """The options that take less of the device than the one of that name."""
    own = next((option for option in way.options if option.name == name), way.chosen)
    return [option for option in way.options if option.device_mib < own.device_mib]


def _failed_before(workspace: Workspace, job: Job) -> tuple[str, ...]:
    """The options that the attempts before this one ran out of memory with."""
    for attempt in range(job.attempt - 1, 0, -1):
        before = choice_of(workspace, replace(job, attempt=attempt))
        if before is not None:  # one that ended before it was settled knows nothing
            return before.failed
    return ()


def _listed(names: Sequence[str]) -> str:
    """``fp8``, ``fp8 and swap10``, ``fp8, swap10 and swap20``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
