"""What one attempt at a training is to write, where, and how much of it is kept."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui.trainer.attempts import AttemptTask
from wantui.trainer.musubi import commands
from wantui.trainer.musubi.checkout import absolute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wantui.trainer.attempts import AttemptPlace, StartPoint
    from wantui.trainer.model import Expert, RunSettings

ATTEMPTS = ".attempts"
"""The folder, in the output folder, that attempts write to: so that a rename moves what they have saved."""
_STEPS = frozenset({"gradient_accumulation_steps", "max_train_steps", "max_train_epochs"})
_WRITING = frozenset({"resume", "resume_from_huggingface", "network_weights", "output_dir", "output_name"})
_COLLECTOR = Path(__file__).with_name("collector.py")


def attempt_task(settings: RunSettings, expert: Expert, place: AttemptPlace, start: StartPoint) -> AttemptTask:
    """The task of an attempt's collector."""
    flags = commands.training_flags(settings, expert, None)
    name = settings.output_name(expert)
    output = absolute(settings.output_directory)
    return AttemptTask(
        **{each.name: getattr(place, each.name) for each in fields(place)},
        name=name,
        folder=output / ATTEMPTS / f"{name}.{place.job}.{place.attempt}",
        output_folder=output,
        epochs=epochs_of(settings, expert),
        save_every=whole(flags, "save_every_n_epochs"),
        start=start,
        keep_states=kept_states(settings, expert),
        keep_epochs=whole(flags, "save_last_n_epochs"),
        keep_steps=whole(flags, "save_last_n_steps"),
    )


def epochs_of(settings: RunSettings, expert: Expert) -> int | None:
    """Epochs in all; None where the trainer counts steps instead."""
    return whole(commands.training_flags(settings, expert, None), "max_train_epochs")


def kept_states(settings: RunSettings, expert: Expert) -> int | None:
    """How many of the newest states are kept; None: all. The flags of `[training]` win, as everywhere."""
    asked = settings.training_flags(expert)
    if "save_state" not in asked:
        return settings.keep_states
    if not asked["save_state"]:
        return 0
    return whole(asked, "save_last_n_epochs_state") or whole(asked, "save_last_n_epochs")


def kept_by_state(flag: str) -> str | None:
    """Why a flag cannot be given another value when a training goes on from a state; None: it can."""
    if flag.startswith("network_") and flag != "network_weights":
        return "the state holds the weights of the network as it was"
    if flag.startswith("optimizer_"):
        return "the state holds what that optimizer has gathered"
    if flag == "learning_rate" or flag.startswith("lr_"):
        return "the trainer takes learning rate and schedule from the state, whatever it is told"
    if flag in _STEPS:
        return "an epoch would have another number of steps, and the schedule counts steps"
    if flag in _WRITING:
        return "wantui says this itself"
    return None


def collector(task_file: Path) -> tuple[str, ...]:
    """The command of the collector, before the training's own."""
    return (sys.executable, "-I", "-S", str(_COLLECTOR), str(task_file))


def whole(flags: Mapping[str, Any], name: str) -> int | None:
    """A flag's value as a whole number; None where it has none."""
    value = flags.get(name)
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
