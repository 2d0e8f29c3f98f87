"""The fields of the run form: what each is at present, where that is from, and what is typed into it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wantui.errors import BadInputError
from wantui.jobs.model import RunKind
from wantui.listing.filters.statuses import PROBLEM_CODES
from wantui.runs.comparison import flag_differences
from wantui.runs.kept_runs import settings_of_run
from wantui.runs.request import RunRequest, settings_for
from wantui.runs.setting_words import MAIN_FLAGS, is_same, value_in_words
from wantui.services.presets import loaded
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert

__all__ = ["LABELS", "MAIN_FLAGS", "OF_AN_ITEM", "FormValue", "flags_of", "form_values", "gpus_of", "preset_changes"]

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wantui.config import Config
    from wantui.config.schema import FlagScalar
    from wantui.paths import Workspace

OF_AN_ITEM = frozenset(PROBLEM_CODES)
"""Codes of problems that the list of problems shows, and of which it fixes some."""
ANY_GPU = "any"
"""What the field of the GPU says where none is chosen."""
BOTH = "/"
"""Stands between the values of the two experts, where they differ: ``3e-4 / 1e-4``."""
LABELS = {
    "suffix": "suffix", "author": "author", "dataset": "dataset", "task": "task", "experts": "experts",
    "epochs": "epochs", "save_every": "save every", **MAIN_FLAGS, "memory": "memory", "gpus": "GPU",
}  # fmt: skip
"""Every field in its order, as a person calls it."""
_WHOLE = {"network_dim": (1, 4096), "seed": (0, 2**32 - 1)}
"""Flags that are whole numbers, with bounds. The seed's are numpy's, which the trainer hands it on to."""
_DIGITS = 10
"""Of a whole number: as many as the largest seed has."""
_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class FormValue:
    """What a field begins with."""

    text: str
    source: str
    """``wantui.toml:12``, ``preset fast``, ``run 7``, ``default``."""
    usual: str | None = None
    """What it would be by ``wantui.toml`` alone; None: the same."""


def form_values(workspace: Workspace, name: str | None = None, like: int | None = None) -> dict[str, FormValue]:
    """What the fields are with a preset on top of a run on top of ``wantui.toml``.

    Args:
        workspace: whose.
        name: of the preset; None: without one.
        like: number of the run; None: without one.

    Raises:
        ConfigError: ``wantui.toml`` or the preset cannot be used.
        JobError: there is no such run, or it has no settings of a training.
    """
    usual = _values(workspace.root, loaded(workspace, None))
    if name is None and like is None:
        return usual
    found = _values(workspace.root, loaded(workspace, name, like=like))
    gpus = None if like is None else settings_of_run(workspace, like).gpus
    if gpus is not None:
        found["gpus"] = FormValue(" ".join(map(str, gpus)), f"run {like}")
    return {
        key: value if value.text == usual[key].text else replace(value, usual=usual[key].text)
        for key, value in found.items()
    }


def preset_changes(workspace: Workspace, name: str, like: int | None = None) -> tuple[str, ...]:
    """What a preset would change, in words: ``epochs 100 → 50``. Raises as `form_values`."""
    before, after = (form_values(workspace, each, like) for each in (None, name))
    said = [f"{LABELS[key]} {before[key].text} → {value.text}" for key, value in after.items()
            if value.text != before[key].text and key not in MAIN_FLAGS]  # fmt: skip
    one, other = (
        settings_for(loaded(workspace, each, like=like), RunRequest(RunKind.TRAIN)) for each in (None, name)
    )
    return (*said, *(f"{each.what} {each.was} → {each.now}" for each in flag_differences(one, other)))


def flags_of(name: str, text: str) -> dict[str, FlagScalar]:
    """What a field of a flag says, as `RunRequest.training` has it: one value for both experts, or one for each.

    Args:
        name: of the flag, one of `MAIN_FLAGS`.
        text: as it was typed.

    Raises:
        BadInputError: it is no value of that flag; the message says what is wanted.
    """
    parts = [part.strip() for part in text.split(BOTH)]
    if len(parts) == 1:
        return {name: _flag(name, parts[0])}
    if len(parts) > len(Expert):
        raise BadInputError("one value, or high / low")
    return {f"{expert}.{name}": _flag(name, part) for expert, part in zip(Expert, parts, strict=True)}


def gpus_of(text: str) -> tuple[int, ...]:
    """What the field of the GPU says: their numbers; empty: any.

    Raises:
        BadInputError: it is neither.
    """
    words = re.split(r"[\s,]+", text.strip())
    if words in ([ANY_GPU], [""]):
        return ()
    if not all(word.isdecimal() and len(word) < 4 for word in words):  # noqa: PLR2004  no machine has a thousand
        raise BadInputError("numbers of GPUs, or any")
    return tuple(dict.fromkeys(int(word) for word in words))


def _flag(name: str, text: str) -> FlagScalar:
    if name in _WHOLE:
        least, most = _WHOLE[name]
        if not text.isdecimal() or len(text) > _DIGITS or not least <= int(text) <= most:
            raise BadInputError(f"a whole number from {least}" + (f" to {most}" if least == 0 else ""))
        return int(text)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise BadInputError("a number above 0, such as " + ("3e-4" if name == "learning_rate" else "8"))
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else number


def _values(root: Path, config: Config) -> dict[str, FormValue]:
    run, sources = config.run, config.sources
    dataset = run.dataset.relative_to(root) if run.dataset.is_relative_to(root) else run.dataset
    shown: dict[str, Any] = {"dataset": dataset, "gpus": ANY_GPU}
    settings = settings_for(config, RunRequest(RunKind.TRAIN))
    tool = trainer(settings.trainer_kind)
    flags = {expert: tool.training_flags(settings, expert) for expert in Expert}
    found = {}
    for key in LABELS:
        if key in MAIN_FLAGS:
            text, source = _flag_text(key, flags), _flag_source(key, sources)
        else:
            text = str(shown[key] if key in shown else getattr(run, key))
            source = sources.get(f"run.{key}", _DEFAULT)
        found[key] = FormValue(text, _source_in_words(source))
    return found


def _flag_text(key: str, flags: Mapping[Expert, Mapping[str, Any]]) -> str:
    high, low = (flags[expert].get(key) for expert in (Expert.HIGH, Expert.LOW))
    if is_same(high, low):
        return value_in_words(high)
    return f"{value_in_words(high)} {BOTH} {value_in_words(low)}"


def _flag_source(key: str, sources: Mapping[str, str]) -> str:
    places = (f"training.{expert}.{key}" for expert in Expert)
    return next((sources[place] for place in (*places, f"training.{key}") if place in sources), _DEFAULT)


def _source_in_words(source: str) -> str:
    """``presets/fast.toml:3`` is the preset fast; a line of ``wantui.toml`` is told as it is."""
    name = re.fullmatch(r"presets/(.*)\.toml:\d+", source)
    return source if name is None else f"preset {name[1]}"
