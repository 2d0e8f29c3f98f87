"""What a person asks for, and the settings that it comes to with the configuration underneath."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wantui.config.named import SAVED_KEYS, NamedPreset
from wantui.config.schema import CachingConfig, TrainingConfig
from wantui.runs.errors import PlanError
from wantui.runs.kept_settings import without_detours
from wantui.trainer.model import Expert, RunSettings, Task

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.config import Config
    from wantui.jobs.model import RunKind

NOT_IN_A_FILE_NAME = re.compile(r"[/\\\0\n\r\t]")


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


def experts_named(name: str) -> tuple[Expert, ...]:
    """``both``, ``high`` or ``low`` as experts, the high-noise one first."""
    return (Expert.HIGH, Expert.LOW) if name == "both" else (Expert(name),)


def preset_values(asked: RunRequest | RunSettings) -> dict[str, Any]:
    """What a preset keeps of ``[run]``, as ``wantui.toml`` has it; without what was not asked for."""
    values = {key: getattr(asked, key) for key in SAVED_KEYS}
    values["task"] = asked.task and str(asked.task)
    values["experts"] = asked.experts and ("both" if len(asked.experts) != 1 else str(asked.experts[0]))
    return {key: value for key, value in values.items() if value is not None}


def as_preset(settings: RunSettings, name: str) -> NamedPreset:
    """What made a run what it was, under a name; what both cache scripts took is kept for each."""
    training = (settings.training, settings.training_high, settings.training_low)
    caching: tuple[dict[str, Any], ...] = ({}, settings.caching_latents, settings.caching_text)
    flags = TrainingConfig(*map(_frozen, training)), CachingConfig(*map(_frozen, caching))
    return NamedPreset(name, preset_values(settings), *flags)


def _frozen(flags: dict[str, Any]) -> dict[str, Any]:
    """Flags as a configuration has them."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in flags.items()}
