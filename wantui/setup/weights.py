"""The step of the weights: what of them is still to come, and the loader that brings it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.formatting import file_size
from wantui.paths import Workspace
from wantui.setup.commands import SetupCommand
from wantui.setup.estimates import NOMINAL_BYTES, NOMINAL_EXPERT_BYTES, READ_BYTES_S, DiskNeed, link_speed
from wantui.weights.catalogue import weights_for
from wantui.weights.copies import copies
from wantui.weights.hash_cache import HashCache
from wantui.weights.state import place

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.config import Config
    from wantui.weights.catalogue import Task, Weight
    from wantui.weights.remote import Remote

HUB_PATIENCE_S = 4.0
"""How long the Hub may take to tell sizes: where it does not, estimates do."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A weight file that is not at its place."""

    weight: Weight
    target: Path
    loads: int
    """Bytes that come over the network."""
    copy: Path | None
    """A file on this machine that is linked instead, where its content turns out to be right."""
    size: int
    """Bytes of the whole file; estimated where the Hub was never asked."""


def has_weights(config: Config, task: Task) -> bool:
    """Whether every file that the task needs is in its place; until it is whole it has another name."""
    targets = config.models.by_key()
    return all(targets[weight.key].is_file() for weight in weights_for(task))


def coming(config: Config, task: Task) -> tuple[Coming, ...]:
    """The files of a task that are still to come, by what the Hub has told before; nobody is asked."""
    hash_cache, targets = HashCache(Workspace(config.file.parent)), config.models.by_key()
    missing = [weight for weight in weights_for(task) if not targets[weight.key].is_file()]
    return tuple(_coming(weight, targets[weight.key], hash_cache, config) for weight in missing)


def ask_sizes(workspace: Workspace, config: Config, task: Task) -> None:
    """Have the Hub tell sizes and digests of what is missing, and keep them; where it is silent, nothing happens."""
    if has_weights(config, task):
        return
    from wantui.weights.checking import Checker  # noqa: PLC0415  it brings the network's modules
    from wantui.weights.control import hub_of  # noqa: PLC0415

    hub = hub_of(config, {**os.environ, **config.trainer.env}, stall_s=HUB_PATIENCE_S)
    Checker(workspace, config.models, hub).list(task)


def weights_commands(config: Config, task: Task) -> tuple[SetupCommand, ...]:
    """The loader, in a process of its own: it resumes, verifies, and links what is on this machine already."""
    fetch = (
        sys.executable, "-P", "-m", "wantui.weights.fetch", "--workspace", str(config.file.parent), "--task", task,
    )  # fmt: skip
    left = coming(config, task)
    loads = sum(each.loads for each in left)
    linked = [each for each in left if each.copy is not None]
    says = f"load {file_size(loads)} of weights of {task}" if loads else f"verify the weights of {task}"
    if linked:
        says += f", and link {len(linked)} that {'is' if len(linked) == 1 else 'are'} on this machine"
    room = tuple(DiskNeed("weights", each.target.parent, each.loads) for each in left if each.loads)
    seconds = loads / link_speed(config) + sum(each.size for each in linked) / READ_BYTES_S
    return (SetupCommand(says, fetch, {}, loads, room, seconds),)


def _coming(weight: Weight, target: Path, hash_cache: HashCache, config: Config) -> Coming:
    remote = hash_cache.remote(weight)
    if remote is None:
        size = NOMINAL_BYTES.get(weight.key, NOMINAL_EXPERT_BYTES)
        return Coming(weight, target, size, None, size)
    copy = _copy(weight, remote, config)
    left = place(weight, target, remote, hash_cache).left
    loads = 0 if copy is not None else remote.size if left is None else left
    return Coming(weight, target, loads, copy, remote.size)


def _copy(weight: Weight, remote: Remote, config: Config) -> Path | None:
    environment = {**os.environ, **config.trainer.env}
    return next(copies(weight, remote, config.models.search, environment), None)
