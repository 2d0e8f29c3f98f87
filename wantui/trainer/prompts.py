"""Prompts as the trainer's scripts take them: one a line, with options behind it, ``a cat --w 832 --h 480 --d 42``.

The grammar is that of ``parse_prompt_line`` in the trainer's ``wan_generate_video.py``: what stands behind `` --`` is
an option's name, a space and its value; lines that are empty or begin with ``#`` are passed over. The script takes
what it does not know without a word, and of a bad number it dies in the night, so all of it is checked here.
"""

from __future__ import annotations

import math
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui import reading

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE_STEP = 16
"""Pixels: the VAE makes one of eight, and the model takes two by two of those."""
LARGEST_SEED = 2**32 - 1
"""What the script draws from where no seed is given."""
SHOWN = 40
"""Characters of a wrong option that a message quotes."""
_DIGITS = 10
"""Of a number: as many as the largest seed has."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One picture or clip that is wanted."""

    text: str
    width: int = 832
    """Pixels; with `height` the smaller of the two sizes that WAN2.2 is known to do well (the trainer's
    ``SUPPORTED_SIZES``)."""
    height: int = 480
    frames: int = 1
    """4n+1: 1 is a picture."""
    seed: int = 42
    """Fixed, so that pairs of checkpoints differ in nothing else."""
    steps: int = 20
    guidance: float | None = None
    """None: the trainer's own, as with each that is None."""
    flow_shift: float | None = None
    negative: str | None = None
    image: Path | None = None
    """What a picture-to-video prompt begins with."""
    end_image: Path | None = None
    control: Path | None = None

    @property
    def is_clip(self) -> bool:
        """Whether it has several frames."""
        return self.frames > 1

    @property
    def work(self) -> float:
        """How much there is to do, to compare prompts: steps times tokens."""
        return self.steps * (self.width // SIZE_STEP) * (self.height // SIZE_STEP) * ((self.frames - 1) // 4 + 1)

    def line(self) -> str:
        """As the trainer reads it."""
        given = {letter: getattr(self, option.field) for letter, option in OPTIONS.items() if letter != "l"}
        return " ".join([self.text, *(f"--{letter} {value}" for letter, value in given.items() if value is not None)])

    def to_document(self) -> dict[str, Any]:
        """As JSON; what is None is left out."""
        return {
            name: str(value) if isinstance(value, Path) else value
            for name, value in asdict(self).items()
            if value is not None
        }


@dataclass(frozen=True, slots=True)
class PromptProblem:
    """What is wrong with a line."""

    line: int
    """From 1."""
    message: str
    is_error: bool = True
    """Else the line can be used, and a person should look at it."""


@dataclass(frozen=True, slots=True)
class _Option:
    """What an option of a prompt sets."""

    field: str
    read: Callable[[str], Any]
    """Raises ValueError with what is wanted."""


def _whole(least: int, most: int | None = None, step: int = 1) -> Callable[[str], int]:
    def read(word: str) -> int:
        wanted = f"a whole number from {least}" + (f" to {most}" if most is not None else "")
        if not word.isdecimal() or len(word) > _DIGITS or not least <= int(word) <= (most or math.inf):
            raise ValueError(wanted)
        if int(word) % step != least % step:
            raise ValueError(f"{wanted} in steps of {step}, such as {least + step * ((int(word) - least) // step)}")
        return int(word)

    return read


def _number(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("a number")
    return value


def _words(word: str) -> str:
    if not word or word.startswith("-"):  # that is an option for the script's command line
        raise ValueError("some words that do not begin with -")
    return word


OPTIONS = {
    "w": _Option("width", _whole(SIZE_STEP, step=SIZE_STEP)),
    "h": _Option("height", _whole(SIZE_STEP, step=SIZE_STEP)),
    "f": _Option("frames", _whole(1, step=4)),
    "d": _Option("seed", _whole(0, LARGEST_SEED)),
    "s": _Option("steps", _whole(1, 1000)),
    "g": _Option("guidance", _number),
    "l": _Option("guidance", _number),
    "fs": _Option("flow_shift", _number),
    "n": _Option("negative", _words),
    "i": _Option("image", _words),
    "ei": _Option("end_image", _words),
    "cn": _Option("control", _words),
}
"""By their names in a line; ``l`` is the script's other name for ``g``."""
_PATHS = ("image", "end_image", "control")
_LISTED = ", ".join(f"--{each}" for each in OPTIONS)


def parse(text: str, folder: Path) -> tuple[tuple[tuple[int, Prompt], ...], tuple[PromptProblem, ...]]:
    """The prompts of a text with their lines, from 1, and what is wrong with lines; those have no prompt.

    Args:
        text: of the whole file.
        folder: what paths are relative to.
    """
    found: dict[Prompt, int] = {}
    problems: list[PromptProblem] = []
    for number, line in enumerate(map(str.strip, text.removeprefix("\ufeff").splitlines()), 1):
        if not line or line.startswith("#"):
            continue
        prompt, wrong = _prompt(line, folder)
        problems += [PromptProblem(number, each) for each in wrong]
        if prompt in found:
            problems.append(PromptProblem(number, f"the same as line {found[prompt]}", is_error=False))
        elif prompt is not None:
            found[prompt] = number
    return tuple((number, prompt) for prompt, number in found.items()), tuple(problems)


def from_document(document: dict[str, Any]) -> Prompt:
    """From what `Prompt.to_document` made.

    Raises:
        ValueError: it is something else.
    """
    known = {each.name for each in fields(Prompt)}
    if not isinstance(document.get("text"), str) or not document.keys() <= known:
        raise ValueError("a prompt is wanted")
    given: dict[str, Any] = {name: Path(value) if name in _PATHS else value for name, value in document.items()}
    made = Prompt(**given)
    if any(type(value) is not int for value in (made.width, made.height, made.frames, made.seed, made.steps)):
        raise ValueError("a prompt with whole numbers is wanted")
    if min(made.width, made.height) < SIZE_STEP or min(made.frames, made.steps) < 1:
        raise ValueError("a prompt of a picture is wanted")
    numbers = all(isinstance(value, (int, float, type(None))) for value in (made.guidance, made.flow_shift))
    if not numbers or not isinstance(made.negative, (str, type(None))):
        raise ValueError("a prompt with numbers and texts is wanted")
    return made


def _prompt(line: str, folder: Path) -> tuple[Prompt | None, list[str]]:
    """The prompt of a line, and what is wrong with it."""
    text, *parts = line.split(" --")
    wrong: list[str] = []
    given: dict[str, Any] = {}
    if not text.strip() or text.startswith("-"):  # a word with a - is an option for the script's command line
        wrong.append("options without a prompt; begin the line with what is to be seen")
    if "\0" in line:
        wrong.append("there is a NUL in it, which no command line can have")
    for part in (each.strip() for each in parts if each.strip()):
        letter, _, word = part.partition(" ")
        option = OPTIONS.get(letter)
        if option is None:
            wrong.append(f"--{letter} is no option of a prompt; there are {_LISTED}")
        elif option.field in given:
            wrong.append(f"--{letter} is given twice")
        else:
            try:
                given[option.field] = option.read(word.strip())
            except ValueError as error:
                wrong.append(f"--{part if len(part) <= SHOWN else part[:SHOWN] + '…'}: {error} is wanted")
    for name in given.keys() & set(_PATHS):
        given[name] = folder / os.path.expanduser(given[name])  # noqa: PTH111  `Path` fails where there is no such user
        is_there = reading.is_file(given[name]) or (name == "control" and reading.is_folder(given[name]))
        if not is_there:
            wrong.append(f"{given[name]} is not there, or is no file")
    return (None, wrong) if wrong else (replace(Prompt(text.strip()), **given), [])
