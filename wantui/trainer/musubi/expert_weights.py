"""What is wrong with an expert's weight file: from its header, its name, and what is remembered of its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.dataset.model import Problem, Severity
from wantui.paths import Workspace
from wantui.trainer.musubi import commands
from wantui.trainer.musubi.weights import IN_CHANNELS, dit_precision, input_channels, is_scaled, named_noise
from wantui.weights.catalogue import WEIGHTS
from wantui.weights.hash_cache import HashCache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.caches.header import Header
    from wantui.trainer.model import Expert, RunSettings

_HALVES = {"fp16", "bf16"}


def expert_weight_problems(settings: RunSettings, expert: Expert, header: Header) -> Iterator[Problem]:
    """Whether a file is a model for this task and this expert, in a precision that the trainer takes.

    Args:
        settings: of the run.
        expert: that the file is for.
        header: of the file.
    """
    key = commands.model_key(settings.task, expert)
    path = settings.models[key]
    precision = dit_precision(header)
    if precision is None:
        fix = f"correct {key} in [models]"
        yield _error("weights-wrong", path, f"the {key} file holds no WAN diffusion model", fix)
        return
    of_task = list(_task_problems(settings, key, header))
    yield from of_task or _place_problems(settings, expert, key)
    yield from _precision_problems(settings, expert, precision, is_scaled=is_scaled(header))


def _task_problems(settings: RunSettings, key: str, header: Header) -> Iterator[Problem]:
    """A model of the other task has another first layer, and ends the trainer after minutes of loading."""
    path, wanted, found = settings.models[key], IN_CHANNELS[settings.task], input_channels(header)
    if found is None or found == wanted:
        return
    task = next((task for task, channels in IN_CHANNELS.items() if channels == found), None)
    if task is None:
        message = f"the {key} file is a model for something else: it takes {found} channels, and {wanted} are given"
        fix = f"name a WAN2.2 {settings.task} model in {key} in [models]; `wantui models download` loads it"
    else:
        message = f"the {key} file is a model for {task}: it takes {found} channels, and {settings.task} has {wanted}"
        fix = f"name the {settings.task} file in {key} in [models], or train {task}"
    yield _error("weights-task", path, message, fix)


def _place_problems(settings: RunSettings, expert: Expert, key: str) -> Iterator[Problem]:
    """The other expert's file: it trains without a word, and is of no use."""
    path, other = settings.models[key], "low" if expert == "high" else "high"
    fix = f"correct {key} in [models]; `wantui models download` loads the right file"
    same = settings.models.get(f"{settings.task}_{other}")
    known = _known_key(settings, path)
    if known == key:
        return
    if known is not None:
        yield _error("weights-expert", path, f"the {key} file is that of {known}: its sha256 is", fix)
    elif same is not None and same.exists() and same.samefile(path):
        yield _error("weights-expert", path, f"{key} and {settings.task}_{other} are the same file", fix)
    elif named_noise(path) == other:
        message = f"the {key} file is the {other}-noise expert's, as it is named"
        yield _error("weights-expert", path, message, f"{fix}, or rename it if its name is wrong")


def _known_key(settings: RunSettings, path: Path) -> str | None:
    """The key of the Hub's file that this one is; None where its content was never read, or is another."""
    if settings.base_directory is None:
        return None
    hash_cache = HashCache(Workspace(settings.base_directory))
    sha256 = hash_cache.digest(path)
    for weight in WEIGHTS:
        remote = hash_cache.remote(weight)
        if sha256 is not None and remote is not None and remote.sha256 == sha256:
            return weight.key
    return None


def _precision_problems(
    settings: RunSettings, expert: Expert, precision: str, *, is_scaled: bool
) -> Iterator[Problem]:
    """Whether the precision is the one that is asked for."""
    key = commands.model_key(settings.task, expert)
    path, asked = settings.models[key], commands.mixed_precision(settings, expert)
    if is_scaled:
        message = f"the {key} weights are scaled to fp8 already, which the trainer cannot load"
        fix = f"name the fp16 file in {key} in [models]; fp8_scaled in [training] scales it while it is loaded"
        yield _error("weights-scaled", path, message, fix)
    elif precision in _HALVES and asked not in {precision, "no"}:
        message = f"the {key} weights are {precision}, and mixed_precision is {asked}"
        yield _error("weights-precision", path, message, f'set mixed_precision = "{precision}" in [training]')
    elif precision == "fp8" and settings.training_flags(expert).get("fp8_scaled"):
        message = f"the {key} weights are fp8 already, and fp8_scaled wants fp16 or bf16 ones"
        yield _error("weights-precision", path, message, "remove fp8_scaled from [training]")


def _error(code: str, path: Path, message: str, fix: str) -> Problem:
    return Problem(Severity.ERROR, code, path, message, fix)
