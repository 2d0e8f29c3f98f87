"""What a check of flags gets and gives, and what several checks share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wantui.dataset.model import Severity
from wantui.formatting import as_toml
from wantui.trainer.musubi.python_source import LiteralValueError, evaluated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wantui.trainer.musubi.environment import Environment
    from wantui.trainer.musubi.flag_checks.training_source import TrainingSource


@dataclass(frozen=True, slots=True)
class Training:
    """One expert's training, as it would be started."""

    flags: Mapping[str, Any]
    """All of them by name, as in ``[training]``."""
    base: Path
    """What relative paths are relative to."""
    scripts: Path
    """The folder of the trainer's scripts."""
    source: TrainingSource
    environment: Environment
    """Where the script finds modules, its own folders among them."""

    def text(self, name: str) -> str:
        """A flag's value as the script gets it; empty where it is left out."""
        value = self.flags.get(name)
        return "" if value is None or isinstance(value, bool) else str(value)

    def words(self, name: str) -> tuple[str, ...]:
        """The values of a flag that takes several."""
        value = self.flags.get(name)
        if value is None or isinstance(value, bool):
            return ()
        return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)

    def number(self, name: str) -> float | None:
        """A flag's value as a number; None where it is left out, or no number."""
        try:
            return float(self.text(name))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that the training script refuses."""

    flag: str
    """The flag that a person would change."""
    code: str
    says: str
    """What is wrong, after the flag's name."""
    fix: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Keywords:
    """What a flag such as ``optimizer_args`` gives."""

    values: Mapping[str, Any]
    """By key: what the script makes of it."""
    refusals: tuple[Refusal, ...]


def keywords(training: Training, flag: str, *, are_literals: bool) -> Keywords:
    """The ``KEY=VALUE`` of a flag, cut as the script does: ``key, value = arg.split("=")``, `ast.literal_eval`.

    Args:
        training: that has it.
        flag: ``optimizer_args``, ``lr_scheduler_args`` or ``network_args``.
        are_literals: whether the script evaluates the values; else they stay text.
    """
    values: dict[str, Any] = {}
    refusals: list[Refusal] = []
    for word in training.words(flag):
        key, _, text = word.partition("=")
        wrong = _wrong_form(flag, word)
        if wrong is None and are_literals:
            try:
                values[key] = evaluated(text)
            except LiteralValueError as error:
                wrong = Refusal(flag, "bad-flag-value", f"has {as_toml(word)}: {error}", _literal_fix(key, text))
        elif wrong is None:
            values[key] = text
        if wrong is not None:
            refusals.append(wrong)
    return Keywords(values, tuple(refusals))


def _wrong_form(flag: str, word: str) -> Refusal | None:
    key, sign, _ = word.partition("=")
    parts = word.split()
    if word.count("=") > 1 and len(parts) > 1 and all(part.count("=") == 1 for part in parts):
        says = f"is one text with {len(parts)} settings in it"
        return Refusal(flag, "bad-flag-value", says, f"give a list: {flag} = {as_toml(parts)}")
    if not sign:
        return Refusal(flag, "bad-flag-value", f"has {as_toml(word)}, which gives no value", f'write "{word}=VALUE"')
    if word.count("=") > 1:
        says = f'has {as_toml(word)}, and the trainer takes exactly one "=" in each'
        return Refusal(flag, "bad-flag-value", says, "give a list with one KEY=VALUE in each text")
    if not key.isidentifier():
        says = f"has {as_toml(word)}, and {as_toml(key)} is no name of an argument"
        fix = f'write "{word.replace(" ", "")}", without spaces' if key.strip().isidentifier() else "correct the name"
        return Refusal(flag, "bad-flag-value", says, fix)
    return None


def _literal_fix(key: str, text: str) -> str:
    """How a value would be written that is no Python literal."""
    for meant in ("True", "False", "None"):
        if text.strip().lower() == meant.lower():
            return f'write "{key}={meant}"'
    if text.isidentifier():
        return f"write \"{key}='{text}'\""
    return 'give a Python value, as in "betas=(0.9, 0.99)"'


def missing_package(training: Training, flag: str, module: str, needs: str) -> Iterator[Refusal]:
    """A package that the trainer's environment lacks, or of which that cannot be known.

    Args:
        training: that needs it.
        flag: that asks for it.
        module: its name in ``import``.
        needs: what is said of the flag: ``is adamw8bit, which needs bitsandbytes``.
    """
    package = PACKAGES.get(module, module)
    if training.environment.lacks(module):
        fix = f"install {package} there, or change {flag}"
        yield Refusal(flag, "package-missing", f"{needs}, and the trainer's environment has none", fix)
    elif training.environment.module(module) is None:
        says = f"{needs}, and the packages of the trainer's environment cannot be read from its files"
        fix = f"make sure that {package} is installed there (`python -m pip show {package}`)"
        yield Refusal(flag, "package-unchecked", says, fix, Severity.WARNING)


PACKAGES = {"lycoris": "lycoris-lora", "flash_attn": "flash-attn", "flash_attn_interface": "flash-attn 3"}
"""What packages are called where they are installed, if not as they are imported."""
