"""The steps of a setup: what each does, whether it is done, and the exact commands that do it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.doctor.environment import ask, checkout, tokenizer
from wantui.doctor.model import Mark
from wantui.jobs.model import JobKind
from wantui.models.hub_cache import hub_cache
from wantui.pipeline.forecast import gigabytes
from wantui.setup import amounts, fitness
from wantui.setup.amounts import Room
from wantui.setup.checkouts import MARK, is_taken
from wantui.setup.deeds import Deed, SetupError
from wantui.setup.room import disk_of, uv_cache
from wantui.setup.weights import has_weights, weights_deeds
from wantui.trainer.musubi import commands

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.config import Config
    from wantui.doctor.environment import TrainerFacts
    from wantui.models.catalogue import Task

ADDED = ("protobuf", "six", "tensorboard")
"""What the workflow installs beside the trainer's own requirements, and what its curves need."""
ANEW = ("--reinstall-package", "torch", "--reinstall-package", "torchvision")
"""For a torch of the right version and of a wrong build: without it uv takes the one that is there."""
PROMPT = "wantui-trainer"
"""What a shell shows in an environment that a setup has made: also how one is told from somebody else's."""
TOKENIZER_CODE = (
    "from transformers import AutoTokenizer; "
    'AutoTokenizer.from_pretrained("Wan-AI/Wan2.1-T2V-14B", subfolder="google/umt5-xxl")'
)
"""As the trainer's ``wan/modules/t5.py`` loads it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step."""

    kind: JobKind
    says: str
    """What it is for, in a few words, with what it takes."""
    is_done: Callable[[Config], bool]
    deeds: Callable[[Config], tuple[Deed, ...]]
    """The commands, given what is there; those for what is there already are left out.

    Raises `SetupError` where they cannot be said.
    """
    needs: tuple[JobKind, ...] = ()


def has_checkout(config: Config) -> bool:
    """Whether the trainer's source is there, at whatever commit."""
    return checkout(config).mark is not Mark.BAD


def has_environment(config: Config) -> bool:
    """Whether the trainer's interpreter has everything, and a torch for this machine."""
    python = commands.absolute(config.trainer.python)
    return python.is_file() and not fitness.lacks(ask(python, config.trainer.env, fitness.PATIENCE_S), config)


def has_tokenizer(config: Config) -> bool:
    """Whether the text step works without a network."""
    return tokenizer(config).mark is Mark.GOOD


def checkout_deeds(config: Config) -> tuple[Deed, ...]:
    """Fetch one commit, and nothing of the history; where that broke off before, go on.

    The folder may hold weights and an environment by then: neither needs the source to be there.
    """
    root = commands.absolute(config.trainer.root)
    if is_taken(root):
        raise SetupError(f"{root} is no musubi-tuner, and not empty; name another root in [trainer], or move it away")
    git = (_program("git", "install it: apt-get install git"),)
    given, at = config.setup, ("-C", str(root))
    return (
        Deed("begin a checkout", (*git, "init", "--quiet", str(root)), {}),
        Deed("call it ours", (*git, *at, "config", f"{MARK}.commit", given.commit), {}),
        Deed(
            f"fetch musubi-tuner {given.commit}, about {gigabytes(amounts.CHECKOUT_LOADS)}",
            (*git, *at, "fetch", "--progress", "--depth", "1", given.repository, given.commit),
            {},
            amounts.CHECKOUT_LOADS,
            (Room("musubi-tuner", root, amounts.CHECKOUT_KEEPS),),
            amounts.CHECKOUT_LOADS / amounts.link_speed(config),
        ),
        Deed("check it out", (*git, *at, "checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"), {}),
    )


def environment_deeds(config: Config) -> tuple[Deed, ...]:
    """Make the environment where there is none, and install what it lacks."""
    uv, python = _uv(), commands.absolute(config.trainer.python)
    install = (uv, "pip", "install", "--python", str(python))
    if not python.is_file():
        folder = python.parent.parent
        make = (uv, "venv", "--seed", "--clear", "--prompt", PROMPT, "--python", config.setup.python, str(folder))
        begin = Deed(f"make an environment of Python {config.setup.python}", make, {})
        return (begin, _torch_deed(config, install), _requirements_deed(config, install))
    facts = ask(python, config.trainer.env, fitness.PATIENCE_S)
    has_unfit_torch = facts.torch is not None and not fitness.fits(facts, config)
    if has_unfit_torch and not (is_ours(python) or python.is_relative_to(commands.absolute(config.trainer.root))):
        raise SetupError(
            f"torch {facts.torch} of {python} does not fit this machine, and others may use that environment; name "
            "another python in [trainer], or none"
        )
    if has_unfit_torch:
        install_torch = _torch_deed(config, (*install, *ANEW))
        return (install_torch, _requirements_deed(config, install))
    if facts.torch is None:
        return (_torch_deed(config, install), _requirements_deed(config, install))
    if facts.trouble is None and not is_ours(python):
        return (_few_deed(config, install, facts),)
    return (_requirements_deed(config, install),)


def is_ours(python: Path) -> bool:
    """Whether a setup has made the environment of an interpreter."""
    try:
        return f"prompt = {PROMPT}" in (python.parent.parent / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def _requirements_deed(config: Config, install: tuple[str, ...]) -> Deed:
    requirements = str(commands.absolute(config.trainer.root) / "pyproject.toml")
    extra = ("xformers",) if config.setup.xformers else ()
    argv = (*install, "--requirements", requirements, *ADDED, *extra)
    says, size = "install what the trainer needs", (amounts.REQUIREMENTS_LOADS, amounts.REQUIREMENTS_KEEPS)
    return _install(config, says, argv, *size)


def _few_deed(config: Config, install: tuple[str, ...], facts: TrainerFacts) -> Deed:
    """Into an environment of somebody else's goes what it lacks, and its torch stays."""
    names, count = fitness.missing(facts, config), len(fitness.missing(facts, config))
    argv = (*install, *fitness.requirements(facts, config, commands.absolute(config.trainer.root)))
    says = f"add {', '.join(names)} to it, and keep its torch {facts.torch}"
    return _install(config, says, argv, count * amounts.A_FEW_LOADS, count * amounts.A_FEW_KEEPS)


def _torch_deed(config: Config, install: tuple[str, ...]) -> Deed:
    build = fitness.wanted_build(config)
    backend = () if config.setup.torch == "default" else ("--torch-backend", build.name)
    loads, keeps = (
        (amounts.CUDA_TORCH_LOADS, amounts.CUDA_TORCH_KEEPS)
        if build.cuda
        else (amounts.CPU_TORCH_LOADS, amounts.CPU_TORCH_KEEPS)
    )
    says = f"install PyTorch for {build.name if backend else 'this machine'}, about {gigabytes(loads)}"
    return _install(config, says, (*install, *backend, build.torch, build.torchvision), loads, keeps)


def _install(config: Config, says: str, argv: tuple[str, ...], loads: int, keeps: int) -> Deed:
    """A command that installs; uv keeps what it unpacks in its cache, and links it where both are on one disk."""
    folder, cache = commands.absolute(config.trainer.python).parent.parent, uv_cache(os.environ)
    room = [Room("the trainer's environment", folder, keeps)]
    if disk_of(cache) != disk_of(folder):
        room.append(Room("uv's cache", cache, keeps))
    seconds = loads / amounts.link_speed(config) + keeps * len(room) / amounts.UNPACK_BYTES_S
    return Deed(says, argv, {}, loads, tuple(room), seconds)


def tokenizer_deeds(config: Config) -> tuple[Deed, ...]:
    """Let the trainer's own library fetch it, so that it lies where the text step looks."""
    python, size = str(commands.absolute(config.trainer.python)), amounts.TOKENIZER_BYTES
    says = f"fetch the tokenizer, about {gigabytes(size)}"
    room = (Room("the tokenizer", hub_cache({**os.environ, **config.trainer.env}), size),)
    seconds = amounts.START_S + size / amounts.link_speed(config)
    return (Deed(says, (python, "-c", TOKENIZER_CODE), dict(config.trainer.env), size, room, seconds),)


TRAINER_STEPS = (
    Step(JobKind.TRAINER, "the source of musubi-tuner", has_checkout, checkout_deeds),
    Step(
        JobKind.ENVIRONMENT, "its Python environment, with PyTorch for this machine's driver and GPUs",
        has_environment, environment_deeds, (JobKind.TRAINER,),
    ),
    Step(
        JobKind.TOKENIZER, "the tokenizer of the text step, so that it works without a network", has_tokenizer,
        tokenizer_deeds, (JobKind.ENVIRONMENT,),
    ),
)  # fmt: skip


def steps_for(task: Task) -> tuple[Step, ...]:
    """Every step, the weights of a task last: they need nothing of the trainer, and take longest."""
    weights = Step(
        JobKind.WEIGHTS, f"the weights of {task}", partial(has_weights, task=task), partial(weights_deeds, task=task)
    )
    return (*TRAINER_STEPS, weights)


def _uv() -> str:
    """The uv that is on the path, else the one that came with wantui."""
    found = shutil.which("uv")
    if found is not None:
        return found
    from uv import find_uv_bin  # noqa: PLC0415  only setup needs it

    return os.fspath(Path(find_uv_bin()))


def _program(name: str, cure: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SetupError(f"there is no {name}; {cure}")
    return found
