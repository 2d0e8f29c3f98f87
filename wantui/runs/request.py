"""What a person asks for, and the settings that it comes to with the configuration underneath."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui.config.named import SAVED_KEYS, NamedPreset
from wantui.config.schema import MEMORY, CachingConfig, TrainingConfig
from wantui.errors import BadInputError
from wantui.jobs.model import EXPERT_KINDS, JobError
from wantui.trainer.model import Expert, RunSettings, Task

if TYPE_CHECKING:
    from wantui.config import Config
    from wantui.jobs.model import Job, Run, RunKind

NOT_IN_A_FILE_NAME = re.compile(r"[/\\\0\n\r\t]")


class PlanError(BadInputError):
    """A run that cannot be planned or started; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A run as it was asked for; what is None is as ``wantui.toml`` has it."""

    kind: RunKind
    dataset: Path | None = None
    task: Task | None = None
    experts: tuple[Expert, ...] | None = None
    suffix: str | None = None
    author: str | None = None
    epochs: int | None = None
    save_every: int | None = None
    memory: str | None = None
    training: dict[str, Any] = field(default_factory=dict)
    """Flags of the training script on top, keys as ``--set`` has them: ``seed``, ``high.learning_rate``."""
    gpus: tuple[int, ...] | None = None
    """Numbers of the GPUs that the experts may train on; empty: any; None: as the run that it is like."""
    force: bool = False
    """Encode everything again, current or not."""
    loaded: str | None = None
    """The named preset that the configuration has on top."""
    like: int | None = None
    """The run whose settings it has where nothing else is asked for; None: those of ``wantui.toml``."""
    replaces: bool = False
    """Whether files that exist under the run's names may be replaced."""


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """How a run is to go on."""

    name: str
    """Of the job or run."""
    epochs: int | None = None
    """In all; None: as many as before."""
    memory: str | None = None
    """How memory is spent; None: as before."""
    save_every: int | None = None
    """Epochs between two checkpoints; None: as before."""
    training: dict[str, Any] = field(default_factory=dict)
    """Flags of the training script that are given other values."""
    present_captions: bool = False
    """Whether the experts train on the captions as they are now; else on those that the run began with."""


def settings_for(config: Config, request: RunRequest) -> RunSettings:
    """The settings of a run, complete.

    Raises:
        PlanError: a value that no run can have.
    """
    given = config.run
    suffix = given.suffix if request.suffix is None else request.suffix.strip()
    epochs = given.epochs if request.epochs is None else request.epochs
    save_every = given.save_every if request.save_every is None else request.save_every
    if not suffix or NOT_IN_A_FILE_NAME.search(suffix):
        raise PlanError(f"suffix {suffix!r}: it ends the LoRA files' names, so it is not empty and has no slash")
    if epochs < 1:
        raise PlanError(f"epochs {epochs}: train at least 1")
    if save_every < 1:
        raise PlanError(f"save every {save_every} epochs: the least is 1")
    return RunSettings(
        trainer_kind=config.trainer.kind,
        trainer_root=config.trainer.root,
        trainer_python=config.trainer.python,
        trainer_env=dict(config.trainer.env),
        models=config.models.by_key(),
        dataset=(request.dataset or given.dataset).expanduser().absolute(),
        task=request.task or Task(given.task),
        experts=request.experts or experts_named(given.experts),
        suffix=suffix,
        author=given.author if request.author is None else request.author,
        epochs=epochs,
        save_every=save_every,
        output_directory=without_detours(given.output_directory),
        keep_states=given.keep_states,
        retries=given.retries,
        memory=request.memory or given.memory,
        gpus=request.gpus or None,
        training=dict(config.training.flags),
        training_high=dict(config.training.high),
        training_low=dict(config.training.low),
        caching_latents={**config.caching.flags, **config.caching.latents},
        caching_text={**config.caching.flags, **config.caching.text},
        base_directory=config.file.parent,
        flag_places={key: at for key, at in config.sources.items() if key.startswith(("training.", "caching."))},
    )


def without_detours(folder: Path) -> Path:
    """`folder` from the root, without ``..``, as the trainer is told it: what it has saved is known by its path."""
    return Path(os.path.abspath(folder))  # noqa: PTH100  Path.absolute keeps "..", and resolve follows links


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


def experts_named(name: str) -> tuple[Expert, ...]:
    """``both``, ``high`` or ``low`` as experts, the high-noise one first."""
    return (Expert.HIGH, Expert.LOW) if name == "both" else (Expert(name),)


def preset_values(asked: RunRequest | RunSettings) -> dict[str, Any]:
    """What a preset keeps of ``[run]``, as ``wantui.toml`` has it; without what was not asked for."""
    values = {key: getattr(asked, key) for key in SAVED_KEYS}
    values["task"] = asked.task and str(asked.task)
    values["experts"] = asked.experts and ("both" if len(asked.experts) != 1 else str(asked.experts[0]))
    return {key: value for key, value in values.items() if value is not None}


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

    def as_preset(self, name: str) -> NamedPreset:
        """What made the run what it was, under a name; what both cache scripts took is kept for each."""
        settings = self.settings
        training = (settings.training, settings.training_high, settings.training_low)
        caching: tuple[dict[str, Any], ...] = ({}, settings.caching_latents, settings.caching_text)
        flags = TrainingConfig(*map(_frozen, training)), CachingConfig(*map(_frozen, caching))
        return NamedPreset(name, preset_values(settings), *flags)

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


def _frozen(flags: dict[str, Any]) -> dict[str, Any]:
    """Flags as a configuration has them."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in flags.items()}


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
