"""Checks flags against those that a checkout really has, and against what the trainer refuses."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wantui.dataset.model import Problem, Severity
from wantui.formatting import as_toml
from wantui.trainer.model import Expert
from wantui.trainer.musubi import commands
from wantui.trainer.musubi.checkout import SCRIPTS, absolute, given_path, script_folder
from wantui.trainer.musubi.environment import environment_of
from wantui.trainer.musubi.flag_checks import combinations, networks, optimizers, paths, schedulers
from wantui.trainer.musubi.flag_checks.model import Training
from wantui.trainer.musubi.flag_checks.training_source import training_source
from wantui.trainer.musubi.flag_source import flags_of, known_flags

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.trainer.model import RunSettings

_OWNED = {
    "dataset_config": "dataset in [run]",
    "output_dir": "output_directory in [run]",
    "output_name": "suffix in [run]",
    "task": "task in [run]",
    "i2v": "task in [run]",
    "max_train_epochs": "epochs in [run]",
    "save_every_n_epochs": "save_every in [run]",
    "dit": "t2v_high, t2v_low, i2v_high, i2v_low in [models]",
    "vae": "vae in [models]",
    "t5": "t5 in [models]",
}
"""Flags that wantui itself reckons with, and where they are said instead."""

_MAY_BE_LEFT_OUT = frozenset({"max_train_epochs", "save_every_n_epochs"})


_CHECKS = (
    combinations.refusals,
    optimizers.refusals,
    schedulers.refusals,
    networks.refusals,
    paths.refusals,
)


def flag_problems(settings: RunSettings) -> list[Problem]:
    """Flags in ``[training]`` and ``[caching]`` that would end a job at once, or that wantui decides itself."""
    problems: list[Problem] = []
    sections = [
        ("[caching]", "latents", settings.caching_latents),
        ("[caching]", "text", settings.caching_text),
    ]
    if settings.experts:
        sections += [
            ("[training]", "train", settings.training),
            ("[training.high]", "train", settings.training_high),
            ("[training.low]", "train", settings.training_low),
        ]
    for section, script, flags in sections:
        for name, value in flags.items():
            problem = (
                _unknown(settings, section, script, name)
                or _owned(settings, section, script, name, value)
                or _refused(settings, section, script, name, value)
            )
            if problem is not None and problem not in problems:
                problems.append(problem)
    problems += _preset_problems(settings)
    problems += _clip_problems(settings)
    for expert in settings.experts:
        problems += [each for each in _training_problems(settings, expert) if each not in problems]
    return problems


def _training_problems(settings: RunSettings, expert: Expert) -> Iterator[Problem]:
    """What the training script refuses of one expert's flags; it says so only after minutes of loading."""
    own = settings.training_high if expert is Expert.HIGH else settings.training_low
    folder = script_folder(settings.trainer_root)
    training = Training(
        commands.training_flags(settings, expert, None),
        settings.base_directory or absolute(settings.dataset).parent,
        folder,
        training_source(settings.trainer_root),
        environment_of(settings).within(folder, folder.parent),
    )
    for check in _CHECKS:
        for each in check(training):
            section = f"[training.{expert.value}]" if each.flag in own else "[training]"
            found = _problem(settings, each.code, (section, "train", each.flag), each.says, each.fix)
            yield replace(found, severity=each.severity)


def config_file(settings: RunSettings) -> Path:
    """The ``wantui.toml`` that a person would correct."""
    return (settings.base_directory or absolute(settings.dataset).parent) / "wantui.toml"


def _unknown(settings: RunSettings, section: str, script: str, name: str) -> Problem | None:
    known = known_flags(settings.trainer_root, script)
    if not known or name in known:
        return None
    nearest = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    fix = f"write {nearest[0]}" if nearest else "remove it"
    for other in {"latents", "text"} - {script}:
        if section == "[caching]" and name in known_flags(settings.trainer_root, other):
            fix = f"move it to [caching.{other}]"
    says = f"is no flag of the trainer's {SCRIPTS[script]} as it is checked out"
    return _problem(settings, "unknown-flag", (section, script, name), says, fix)


def _refused(settings: RunSettings, section: str, script: str, name: str, value: Any) -> Problem | None:
    """A value that argparse would end the job for."""
    flag = flags_of(settings.trainer_root, script).get(name)
    allowed = None if flag is None else flag.refuses(value)
    if allowed is None:
        return None
    says = f"is {as_toml(value)}, which the trainer's {SCRIPTS[script]} does not take"
    return _problem(settings, "bad-flag-value", (section, script, name), says, f"give {allowed}")


def _problem(settings: RunSettings, code: str, flag: tuple[str, str, str], says: str, fix: str) -> Problem:
    """What is wrong with a flag, where it was given.

    Args:
        settings: that have it.
        code: of the problem.
        flag: its section, the script that takes it, and its name.
        says: what is wrong, after its name.
        fix: what to do.
    """
    section, script, name = flag
    plain = section.strip("[]")
    places = (f"{plain}.{script}.{name}", f"{plain}.{name}")
    at = next((settings.flag_places[key] for key in places if key in settings.flag_places), "")
    file, _, line = at.rpartition(":")
    if not line.isdecimal():
        given = " (from --set)" if at == "--set" else ""
        return Problem(Severity.ERROR, code, config_file(settings), f"{name} in {section}{given} {says}", fix)
    path = config_file(settings).parent / file
    return Problem(Severity.ERROR, code, path, f"{name} in {section} {says}", fix, int(line))


def _preset_problems(settings: RunSettings) -> list[Problem]:
    """A level of the ladder that the commit does not know."""
    known, flag = known_flags(settings.trainer_root, "train"), "gradient_checkpointing_cpu_offload"
    if settings.memory != "offload" or not settings.experts or not known or flag in known:
        return []
    message = f"the trainer's commit knows no {flag}, which 'offload' needs"
    fix = 'set memory = "swap36" in [run]'
    return [Problem(Severity.ERROR, "preset-unknown", config_file(settings), message, fix)]


def _clip_problems(settings: RunSettings) -> Iterator[Problem]:
    """The one file of a cache script that wantui does not name itself: the script opens it where it is given."""
    value = settings.caching_latents.get("clip")
    if isinstance(value, str):
        base = settings.base_directory or absolute(settings.dataset).parent
        found = paths.unreadable("clip", given_path(value, base))
        if found is not None:
            yield _problem(settings, found.code, ("[caching]", "latents", "clip"), found.says, found.fix)


def _owned(settings: RunSettings, section: str, script: str, name: str, value: Any) -> Problem | None:
    if name not in _OWNED or (value is False and name in _MAY_BE_LEFT_OUT):
        return None
    fix = f"remove it and set {_OWNED[name]}"
    return _problem(settings, "owned-flag", (section, script, name), "is decided elsewhere", fix)
