"""The steps of a setup: what each does, whether it is done, and the exact commands that do it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from wantui.doctor.environment import checkout, tokenizer
from wantui.doctor.model import Mark
from wantui.formatting import file_size
from wantui.jobs.model import JobKind
from wantui.setup import estimates
from wantui.setup.checkouts import MARK, left_locks, why_taken
from wantui.setup.commands import SetupCommand, SetupError
from wantui.setup.environments import environment_commands, has_environment
from wantui.setup.estimates import DiskNeed
from wantui.setup.weights import has_weights, weights_commands
from wantui.trainer.musubi.checkout import absolute
from wantui.weights.hub_cache import hub_cache

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.config import Config
    from wantui.weights.catalogue import Task

TOKENIZER_CODE = (
    "from transformers import AutoTokenizer; "
    'AutoTokenizer.from_pretrained("Wan-AI/Wan2.1-T2V-14B", subfolder="google/umt5-xxl")'
)
"""As the trainer's ``wan/modules/t5.py`` loads it."""


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step."""

    kind: JobKind
    says: str
    """What it is for, in a few words, with what it takes."""
    is_done: Callable[[Config], bool]
    commands: Callable[[Config], tuple[SetupCommand, ...]]
    """The commands, given what is there; those for what is there already are left out.

    Raises `SetupError` where they cannot be said.
    """
    needs: tuple[JobKind, ...] = ()


def has_checkout(config: Config) -> bool:
    """Whether the trainer's source is there, at whatever commit."""
    return checkout(config).mark is not Mark.BAD


def has_tokenizer(config: Config) -> bool:
    """Whether the text step works without a network."""
    return tokenizer(config).mark is Mark.GOOD


def checkout_commands(config: Config) -> tuple[SetupCommand, ...]:
    """Fetch one commit, and nothing of the history; where that broke off before, go on.

    The folder may hold weights and an environment by then: neither needs the source to be there.
    """
    root = absolute(config.trainer.root)
    why = why_taken(root)
    if why is not None:
        raise SetupError(f"{root} {why}; name another root in [trainer], or move it away")
    git = (_program("git", "install it: apt-get install git"),)
    given, at, locks = config.setup, ("-C", str(root)), tuple(map(str, left_locks(root)))
    clear = (
        (SetupCommand("clear away the locks of a git that was killed", ("rm", "--", *locks), {}),) if locks else ()
    )
    commands = (
        SetupCommand("create the repository", (*git, "init", "--quiet", str(root)), {}),
        SetupCommand("mark as installed by wantui", (*git, *at, "config", f"{MARK}.commit", given.commit), {}),
        SetupCommand(
            f"fetch musubi-tuner {given.commit}, about {file_size(estimates.CHECKOUT_LOADS)}",
            (*git, *at, "fetch", "--progress", "--depth", "1", given.repository, given.commit),
            {},
            estimates.CHECKOUT_LOADS,
            (DiskNeed("musubi-tuner", root, estimates.CHECKOUT_KEEPS),),
            estimates.CHECKOUT_LOADS / estimates.link_speed(config),
        ),
        SetupCommand("check it out", (*git, *at, "checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"), {}),
    )
    return (*clear, *(replace(command, cure=f"remove {root / '.git'}") for command in commands))


def tokenizer_commands(config: Config) -> tuple[SetupCommand, ...]:
    """Let the trainer's own library fetch it, so that it lies where the text step looks."""
    python, size = str(absolute(config.trainer.python)), estimates.TOKENIZER_BYTES
    says = f"fetch the tokenizer, about {file_size(size)}"
    room = (DiskNeed("the tokenizer", hub_cache({**os.environ, **config.trainer.env}), size),)
    seconds = estimates.START_S + size / estimates.link_speed(config)
    return (SetupCommand(says, (python, "-c", TOKENIZER_CODE), dict(config.trainer.env), size, room, seconds),)


TRAINER_STEPS = (
    SetupStep(JobKind.TRAINER, "the source of musubi-tuner", has_checkout, checkout_commands),
    SetupStep(
        JobKind.ENVIRONMENT, "its Python environment, with PyTorch for this machine's driver and GPUs",
        has_environment, environment_commands, (JobKind.TRAINER,),
    ),
    SetupStep(
        JobKind.TOKENIZER, "the tokenizer of the text step, so that it works without a network", has_tokenizer,
        tokenizer_commands, (JobKind.ENVIRONMENT,),
    ),
)  # fmt: skip


def steps_for(task: Task) -> tuple[SetupStep, ...]:
    """Every step, the weights of a task last: they need nothing of the trainer, and take longest."""
    weights = SetupStep(
        JobKind.WEIGHTS,
        f"the weights of {task}",
        partial(has_weights, task=task),
        partial(weights_commands, task=task),
    )
    return (*TRAINER_STEPS, weights)


def _program(name: str, cure: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SetupError(f"there is no {name}; {cure}")
    return found
