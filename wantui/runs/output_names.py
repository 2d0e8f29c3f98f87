"""Whether a training would meet files that exist under its names, and what is done about it: nothing is overwritten.

A run is refused while LoRA files or states of its names exist, unless a person has said that they may be replaced, or
while another run is still to write them. That is seen in the plan, and asked again when an expert really starts: a
run may wait for hours. What is replaced is not deleted but renamed into ``replaced`` beside it: that takes no time
and no room, however large the files are, and a person who was wrong has lost nothing. So the files that a training
finds at its end are its own, whatever the clock has done meanwhile.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from wantui.dataset.model import Problem, Severity
from wantui.formatting import moment
from wantui.gpus.leases import Leases
from wantui.jobs import liveness
from wantui.jobs.model import EXPERT_KINDS, JobKind, RunKind
from wantui.jobs.store import RunStore
from wantui.paths import runtime_folder
from wantui.runs.errors import PlanError
from wantui.runs.kept_settings import KeptSettings
from wantui.supervisor.attempts import kinds_to_retry
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import ExistingOutputs, Expert

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.jobs.model import Job, Run
    from wantui.paths import Workspace
    from wantui.runs.hook_context import HookContext
    from wantui.trainer.model import RunSettings

REPLACED = "replaced"
"""The folder, in the output folder, that replaced files are moved to."""
MOST_NAMED = 20
"""So many files a refusal names before it counts the rest."""
_NUMBERED = re.compile(r"(.*?)-(\d{1,4})")
"""A suffix that is counted on: ``mylora-2``. Six digits are an epoch's."""


@dataclass(frozen=True, slots=True)
class NamesInUse:
    """The names of a run's LoRA files, where they are in use already."""

    folder: Path
    """The output folder."""
    files: tuple[Path, ...]
    """LoRA files and states that exist."""
    run: int | None
    """The latest run of this workspace that trained under these names; None where none did."""
    writers: tuple[str, ...]
    """Jobs of other runs that have not ended and write files of these names: ``3.high``."""
    free_suffix: str
    """A suffix that is not in use."""

    def __str__(self) -> str:
        """What is in use, as a sentence."""
        if self.writers:
            return f"{' and '.join(self.writers)} {_has(self.writers)} not ended and will write files of these names"
        others = len(self.files) - 1
        more = "" if not others else f" and {others} more {'file' if others == 1 else 'files'} of these names"
        return f"{self.files[0].name}{more} {'exist' if others else 'exists'} already{self._origin()}"

    def _origin(self) -> str:
        of_run = "" if self.run is None else f"of run {self.run}, "
        try:
            written = max(path.stat().st_mtime for path in self.files)
        except OSError:
            return f" ({of_run.removesuffix(', ')})" if of_run else ""
        return f" ({of_run}last written {moment(written)})"

    @property
    def place(self) -> Path:
        """Where replaced files are moved to, each time into a folder of their own."""
        return self.folder / REPLACED

    def problem(self, *, replaces: bool) -> Problem:
        """As a plan tells it: a warning, for the dataset is in order, and another suffix is enough."""
        if self.writers:
            fix = f"wait until it has ended, stop it, or take another suffix: {self.free_suffix} is free"
        elif replaces:
            fix = f"they are replaced: moved to {self.place} before the training starts"
        else:
            fix = (
                f"take another suffix ({self.free_suffix} is free), or replace them (--replace), "
                f"which moves them to {self.place}"
            )
        path = self.files[0] if self.files else self.folder
        return Problem(Severity.WARNING, "files-exist", path, str(self), fix)

    def document(self) -> dict[str, Any]:
        """As the JSON contract has it."""
        return {
            "files": [str(path) for path in self.files],
            "run": self.run,
            "writers": list(self.writers),
            "free_suffix": self.free_suffix,
        }


class NamesInUseError(PlanError):
    """A run that does not start because of files that exist; the message names them."""

    def __init__(self, found: NamesInUse, instead: str) -> None:
        """Prepare.

        Args:
            found: what is in use.
            instead: what to do, where the files may be replaced.
        """
        names = [f"  {path}" for path in found.files[:MOST_NAMED]]
        if len(found.files) > MOST_NAMED:
            names.append(f"  and {len(found.files) - MOST_NAMED} more")
        if found.writers:
            instead = found.problem(replaces=False).fix
        super().__init__("\n".join([f"{found}; nothing was started", *names, instead]))


def names_in_use(workspace: Workspace, settings: RunSettings, *, but_run: int | None = None) -> NamesInUse | None:
    """What is in the way of a training with these settings; None where nothing is.

    Args:
        workspace: whose other runs count.
        settings: of the run; its experts are those that train.
        but_run: the run itself, where it has a number already.

    Raises:
        PlanError: the output folder or the runs cannot be listed, so nobody knows.
    """
    try:
        trainings = list(_trainings(workspace))
        others = [training for training in trainings if training.job.run != but_run]
        files = tuple(path for expert in settings.experts for path in existing(settings, expert).files)
        writers = tuple(_writers(others, settings))
        if not files and not writers:
            return None
        return NamesInUse(
            folder=settings.output_directory,
            files=files,
            run=_origin(trainings, settings),
            writers=writers,
            free_suffix=_free_suffix(others, settings),
        )
    except OSError as error:
        raise PlanError(
            f"{error.filename}: {error.strerror}; whether files would be overwritten is not known: "
            "correct the permissions"
        ) from error


def retry_meets(workspace: Workspace, run: Run, job: Job | None) -> NamesInUse | None:
    """What is in the way of a retry of `job`, or where that is None of `run`; None where nothing is.

    Raises:
        PlanError: as `names_in_use`.
    """
    experts = tuple(Expert(kind) for kind in kinds_to_retry(run, job) if kind in EXPERT_KINDS)
    kept = _kept(run)
    if kept is None or not experts:
        return None
    return names_in_use(workspace, replace(kept.settings, experts=experts), but_run=run.number)


def existing(settings: RunSettings, expert: Expert) -> ExistingOutputs:
    """What there is under the names of one expert.

    Raises:
        OSError: the output folder is there and cannot be listed.
    """
    return trainer(settings.trainer_kind).existing_outputs(settings, expert)


def make_way(case: HookContext, settings: RunSettings, expert: Expert) -> str | None:
    """Make sure that an expert which starts now overwrites nothing.

    Asking twice for one start does no harm: supervisors die.

    Returns:
        Why it must not start, as a sentence; None: no LoRA file or state of its names exists, and no other job, of
        whichever workspace of this user, writes any for as long as this one lives.

    Raises:
        OSError: the output folder cannot be listed, or what is replaced cannot be moved.
        GpuError: the runtime folder is not writable.
    """
    holder = _claim(case, settings, expert)
    name = settings.output_name(expert)
    if holder is not None:
        return f"{holder} writes {name} in {settings.output_directory} at this moment; retry when it has ended"
    found = existing(settings, expert)
    if found.files and not case.job.replaces:
        first, others = found.files[0], len(found.files) - 1
        return (
            f"{first}{f' and {others} more of its names' if others else ''} would be overwritten; "
            f"`wantui retry {case.job.id} --replace` moves what exists to {REPLACED}, "
            "`wantui train --suffix NAME` trains under another name"
        )
    if found.files:
        _set_aside(case, settings.output_directory, found)
    return None


def make_way_beyond(case: HookContext, expert: Expert, files: tuple[Path, ...]) -> str | None:
    """The same for an expert that goes on from one of its states.

    Args:
        case: of the job.
        expert: of the job.
        files: what exists of epochs after the state; it is moved away, for these epochs are trained once more.
    """
    holder = _claim(case, case.settings, expert)
    if holder is not None:
        name = case.settings.output_name(expert)
        return f"{holder} writes {name} in {case.settings.output_directory} at this moment; resume when it has ended"
    if files:
        _set_aside(case, case.settings.output_directory, ExistingOutputs(files=files))
    return None


def _claim(case: HookContext, settings: RunSettings, expert: Expert) -> str | None:
    """Claim the names for as long as the job lives, as a GPU is leased; who else has them, where somebody has."""
    leases = Leases(runtime_folder() / "outputs", liveness.is_alive)
    key = blake2b(os.fsencode("/".join(_place(settings, expert))), digest_size=16).hexdigest()
    root = str(case.workspace.root)
    files = case.files
    if leases.acquire(key, job=case.job.id, workspace=root, liveness_lock=files.liveness_lock, log=files.log):
        return None
    other = leases.holders().get(key)
    if other is None:
        return "another training"
    return other.job if other.workspace == root else f"{other.job} of {other.workspace}"


def _set_aside(case: HookContext, output: Path, found: ExistingOutputs) -> None:
    """Move what exists into a folder of its own, by renaming, and say so in the job's log."""
    when = time.strftime("%Y-%m-%d_%H%M")
    folder = _new_folder(output / REPLACED, f"{when}_before_{case.job.id}")
    for path in (*found.files, *found.samples):
        target = folder / path.relative_to(output)
        target.parent.mkdir(exist_ok=True)
        path.rename(target)
    with case.files.log.open("a", encoding="utf-8") as log:
        log.write(f"WARNING:wantui:what existed under these names is in {folder} now\n")


def _new_folder(parent: Path, name: str) -> Path:
    """A folder that was not there before, so that nothing in it can be overwritten."""
    parent.mkdir(exist_ok=True)
    number = 1
    while True:
        folder = parent / (name if number == 1 else f"{name}_{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


class _Training(NamedTuple):
    """An expert's job, ended or not, and what it writes."""

    job: Job
    place: tuple[str, str]


def _trainings(workspace: Workspace) -> Iterator[_Training]:
    """The experts' jobs of a workspace, oldest run first; runs that cannot be read are passed over."""
    for run in RunStore(workspace).runs():
        kept = _kept(run)
        for expert in () if kept is None else kept.settings.experts:
            job = run.job(JobKind(expert.value))
            if kept is not None and job is not None:
                yield _Training(job, _place(kept.settings, expert))


def _kept(run: Run) -> KeptSettings | None:
    """The settings of a training run; None where it is another run, or they cannot be read."""
    if run.kind is not RunKind.TRAIN:
        return None
    try:
        kept = KeptSettings.from_document(run.settings)
        os.path.realpath(kept.settings.output_directory)
    except ValueError:
        return None
    return kept


def _place(settings: RunSettings, expert: Expert) -> tuple[str, str]:
    """What two trainings that would write the same files have in common."""
    return os.path.realpath(settings.output_directory), settings.output_name(expert)


def _writers(trainings: list[_Training], settings: RunSettings) -> Iterator[str]:
    """Jobs that have not ended and write files of the names."""
    places = {_place(settings, expert) for expert in settings.experts}
    return (job.id for job, place in trainings if place in places and not job.state.has_ended)


def _origin(trainings: list[_Training], settings: RunSettings) -> int | None:
    """The latest run that has begun to train under these names."""
    places = {_place(settings, expert) for expert in settings.experts}
    begun = (job.run for job, place in trainings if place in places and job.started is not None)
    return max(begun, default=None)


def _free_suffix(trainings: list[_Training], settings: RunSettings) -> str:
    """The first of ``mylora-2``, ``mylora-3``, ... that neither a file nor a run that has not ended uses."""
    numbered = _NUMBERED.fullmatch(settings.suffix)
    stem, number = (numbered[1], int(numbered[2])) if numbered else (settings.suffix, 1)
    while True:
        number += 1
        tried = replace(settings, suffix=f"{stem}-{number}")
        is_used = any(existing(tried, expert).files for expert in tried.experts)
        if not is_used and not any(_writers(trainings, tried)):
            return tried.suffix


def _has(names: tuple[str, ...]) -> str:
    return "has" if len(names) == 1 else "have"
