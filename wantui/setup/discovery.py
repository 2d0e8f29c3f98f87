"""Finds the trainer that a machine has already, judges it, and has ``wantui.toml`` name it rather than replace it.

What a person has written into ``[trainer]`` stays, as long as a setup can work with it: a root or an interpreter that
is not there yet is made there. Two values are replaced, after a word about it: a root that holds something else, and
an interpreter outside the checkout whose torch does not fit this machine, because fixing it would break it for
whatever else uses it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.config import edit
from wantui.doctor.environment import ask_trainer
from wantui.setup import compatibility, places
from wantui.setup.checkouts import begun_here, is_at, is_checkout, name_of, why_taken
from wantui.trainer.musubi.checkout import absolute

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wantui.config import Config
    from wantui.doctor.environment import TrainerFacts

COMMENT = "found by wantui setup"
"""Stands behind what is written into ``wantui.toml``."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """What was found on a machine, and the configuration that uses it."""

    says: tuple[str, ...]
    """What was found and what becomes of it, a sentence each."""
    values: dict[str, str]
    """What ``[trainer]`` of ``wantui.toml`` is to say, by key; empty where it stays as it is."""
    config: Config
    """The configuration as it is then."""


def look_around(config: Config, environment: Mapping[str, str] | None = None) -> Adoption:
    """Look for what the configured trainer lacks, elsewhere on the machine; nothing is written.

    Args:
        config: of the workspace.
        environment: tells of places; this process's unless given.

    Raises:
        ConfigError: the ``wantui.toml`` cannot be changed as it would have to be.
    """
    given = os.environ if environment is None else environment
    if config.trainer.kind != "musubi":
        return Adoption((), {}, config)
    said: list[str] = []
    root = _checkout(config, given, said)
    found = _with(config, {} if root is None else {"root": root}, said)
    python = _environment(found.config, given, said)
    values = found.values | ({} if python is None else {"python": str(python)})
    return _with(config, values, said)


def adopt(adoption: Adoption) -> Config:
    """Write what was found into ``wantui.toml``; the configuration from then on.

    Raises:
        ConfigError: it cannot be written.
    """
    if not adoption.values:
        return adoption.config
    file = adoption.config.file
    content, config = edit.preview(file, "trainer", adoption.values, COMMENT)
    edit.write(file, content)
    return config


def _with(config: Config, values: dict[str, str], said: list[str]) -> Adoption:
    if not values:
        return Adoption(tuple(said), {}, config)
    _, after = edit.preview(config.file, "trainer", values, COMMENT)
    return Adoption(tuple(said), values, after)


def _is_default(config: Config, key: str) -> bool:
    return config.sources.get(f"trainer.{key}") == "default"


def _checkout(config: Config, environment: Mapping[str, str], said: list[str]) -> str | None:
    """The root to use instead of the configured one; None where that one is used."""
    configured = absolute(config.trainer.root)
    if is_checkout(configured):
        if not begun_here(configured):
            said.append(f"found musubi-tuner {name_of(configured)} at {configured}; uses it")
        return None
    is_free = why_taken(configured) is None
    if begun_here(configured) or (is_free and not _is_default(config, "root")):
        return None
    for root in places.checkouts(environment):
        if not is_checkout(root):
            continue
        if not os.access(root, os.W_OK):
            said.append(f"found musubi-tuner at {root}, which cannot be written; leaves it alone")
            continue
        if config.sources.get("setup.commit") != "default" and not is_at(root, config.setup.commit):
            said.append(
                f"found musubi-tuner {name_of(root)} at {root}; [setup] commit asks for {config.setup.commit}"
            )
            continue
        instead = "" if is_free else f" instead of {configured}, which holds something else"
        said.append(f"found musubi-tuner {name_of(root)} at {root}; uses it{instead}")
        return str(root)
    return None


def _environment(config: Config, environment: Mapping[str, str], said: list[str]) -> Path | None:
    """The interpreter to use instead of the configured one; None where that one is used."""
    root, python = absolute(config.trainer.root), absolute(config.trainer.python)
    is_inside = python.is_relative_to(root)
    if not _is_default(config, "python"):
        if is_inside or not python.is_file():
            return None
        facts = ask_trainer(config, python, compatibility.PATIENCE_S)
        if facts.is_unasked or (facts.trouble is None and facts.torch is None):
            return None  # as a person makes one that is to be filled
        unfit = compatibility.why_unfit(facts, config)
        if unfit is None:
            said.append(_found(python, facts, config))
            return None
        own = root / "venv" / "bin" / "python"
        said.append(f"{python}: {unfit}; leaves it alone, and makes an environment at {own.parent.parent}")
        return own
    if python.is_file():
        return None
    return _found_elsewhere(config, environment, root, said)


def _found_elsewhere(config: Config, environment: Mapping[str, str], root: Path, said: list[str]) -> Path | None:
    for folder in places.environments(environment, root):
        python = places.interpreter(folder)
        facts = ask_trainer(config, python, compatibility.PATIENCE_S)
        unfit = compatibility.why_unfit(facts, config)
        if unfit is None:
            said.append(_found(python, facts, config))
            return python
        said.append(f"{folder}: {unfit}; leaves it alone")
    return None


def _found(python: Path, facts: TrainerFacts, config: Config) -> str:
    lacks = compatibility.missing(facts, config)
    adds = f", and adds {', '.join(lacks)}" if lacks else ""
    return f"found Python {facts.python} with torch {facts.torch} at {python.parent.parent}; uses it{adds}"
