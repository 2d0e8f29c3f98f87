"""The settings of a run as its record keeps them, and as a job of it has them that goes on with something changed.

Hooks and the recorder read them in each process: nothing of ``wantui.toml`` is imported here.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui.jobs.model import EXPERT_KINDS, JobError
from wantui.memory_ways import MEMORY
from wantui.trainer.model import Expert, RunSettings, Task

if TYPE_CHECKING:
    from wantui.jobs.model import Job, Run

TABLES = ("models", "training", "training_high", "training_low", "caching_latents", "caching_text")
"""Settings of a run that are tables."""


@dataclass(frozen=True, slots=True)
class KeptSettings:
    """What a run's record keeps, so that its hooks, and a retry, plan the same run again."""

    settings: RunSettings
    force: bool = False
    loaded: str | None = None
    """The named preset that the run began with."""

    def to_document(self) -> dict[str, Any]:
        """As JSON."""
        document = asdict(self.settings, dict_factory=_plain)
        del document["flag_places"]  # lines of files that change after the run has begun
        return {"force": self.force, "loaded": self.loaded, "run": document}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> KeptSettings:
        """From a run's record.

        Raises:
            ValueError: it is none.
        """
        try:
            return cls._from_document(document)
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise ValueError(f"no settings of a training: {error}") from error

    @classmethod
    def _from_document(cls, document: dict[str, Any]) -> KeptSettings:
        given = kept_run(document)
        for name in TABLES:
            if not isinstance(given.get(name, {}), dict):
                raise TypeError(f"{name}: a table is wanted")
        if given.get("memory", MEMORY[0]) not in MEMORY:
            raise ValueError(f"memory: one of {', '.join(MEMORY)} is wanted")
        if not given["experts"]:
            raise ValueError("experts: one is wanted")
        known = {each.name for each in fields(RunSettings)}
        for name in ("trainer_root", "trainer_python", "dataset", "output_directory"):
            given[name] = Path(given[name])
        given["output_directory"] = without_detours(given["output_directory"])
        base = given.get("base_directory")
        given["base_directory"] = None if base is None else Path(base)
        given["models"] = {key: Path(path) for key, path in given["models"].items()}
        given["task"] = Task(given["task"])
        given["experts"] = tuple(Expert(name) for name in given["experts"])
        given["gpus"] = None if given.get("gpus") is None else tuple(int(number) for number in given["gpus"])
        settings = RunSettings(**{name: value for name, value in given.items() if name in known})
        return cls(settings, bool(document.get("force", False)), document.get("loaded"))


def kept_run(document: dict[str, Any]) -> dict[str, Any]:
    """The settings in a run's record, by the names of today; empty where it has none, as that of a setup.

    Args:
        document: `wantui.jobs.model.Run.settings`.
    """
    kept = document.get("run")
    given = dict(kept) if isinstance(kept, dict) else {}
    if "preset" in given:
        given.setdefault("memory", given.pop("preset"))  # its name in wantui 0.1
    return given


def asked_about(run: Run) -> int | None:
    """Number of the run whose checkpoints a run asks, makes pictures of or uploads; None: it is about itself."""
    order = run.settings.get(str(run.kind))
    about = order.get("run") if isinstance(order, dict) else None
    return about if isinstance(about, int) and about < run.number else None


def settings_of_job(run: Run, job: Job) -> RunSettings:
    """The settings that a job of a run has by now.

    Raises:
        JobError: the run trains nothing, or its record cannot be understood.
    """
    try:
        kept = KeptSettings.from_document(run.settings).settings
    except ValueError as error:
        raise JobError(f"run {run.number} trains nothing, or its settings cannot be read") from error
    return with_changes(kept, job.changes, Expert(job.kind)) if job.kind in EXPERT_KINDS and job.changes else kept


def with_changes(settings: RunSettings, changes: dict[str, Any], expert: Expert) -> RunSettings:
    """The settings of a run as one of its experts has them that goes on with something changed.

    Args:
        settings: of the run.
        changes: `wantui.jobs.model.Job.changes`: ``epochs``, ``save_every``, ``memory``, and ``training``, its flags.
        expert: of the job.
    """
    flags = {**settings.training_flags(expert), **changes.get("training", {})}
    own: dict[str, Any] = {"training_high": flags} if expert is Expert.HIGH else {"training_low": flags}
    own |= {name: changes[name] for name in ("epochs", "save_every", "memory") if changes.get(name) is not None}
    return replace(settings, **own)


def without_detours(folder: Path) -> Path:
    """`folder` from the root, without ``..``, as the trainer is told it: what it has saved is known by its path."""
    return Path(os.path.abspath(folder))  # noqa: PTH100  Path.absolute keeps "..", and resolve follows links


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in pairs}


def _plain_value(value: Any) -> Any:
    if isinstance(value, Path | Task | Expert):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_value(each) for each in value]
    return value
