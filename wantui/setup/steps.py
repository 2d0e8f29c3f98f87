"""The steps of a setup: what each does, whether it is done, and the exact commands that do it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.doctor.environment import OPTIONAL, ask, checkout, tokenizer
from wantui.doctor.model import Mark
from wantui.gpus.driver import read_driver
from wantui.gpus.nvml import NvmlProvider
from wantui.jobs.model import JobKind
from wantui.models.hub_cache import hub_cache
from wantui.pipeline.forecast import gigabytes
from wantui.setup import amounts
from wantui.setup.amounts import Room
from wantui.setup.deeds import Deed, SetupError
from wantui.setup.room import disk_of, uv_cache
from wantui.setup.weights import has_weights, weights_deeds
from wantui.trainer.musubi import commands
from wantui.trainer.musubi.torch_builds import BUILDS, CPU, NoBuildError, TorchBuild, build_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.config import Config
    from wantui.doctor.environment import TrainerFacts
    from wantui.models.catalogue import Task

PATIENCE_S = 60.0
"""How long the trainer's interpreter may take to tell what it has: a cold disk reads torch slowly."""
MARK = "wantui"
"""Section of a checkout's git configuration that says who began it: only such a one is gone on with."""
ADDED = ("protobuf", "six", "tensorboard")
"""What the workflow installs beside the trainer's own requirements, and what its curves need."""
TOKENIZER_CODE = (
    "from transformers import AutoTokenizer; "
    "AutoTokenizer.from_pretrained('Wan-AI/Wan2.1-T2V-14B', subfolder='google/umt5-xxl')"
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
    return python.is_file() and not _lacks(ask(python, config.trainer.env, PATIENCE_S), config)


def has_tokenizer(config: Config) -> bool:
    """Whether the text step works without a network."""
    return tokenizer(config).mark is Mark.GOOD


def checkout_deeds(config: Config) -> tuple[Deed, ...]:
    """Fetch one commit, and nothing of the history; where that broke off before, go on.

    The folder may hold weights and an environment by then: neither needs the source to be there.
    """
    root = commands.absolute(config.trainer.root)
    if _is_taken(root):
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


def _is_taken(root: Path) -> bool:
    """Whether the folder holds something that is neither ours nor expected there."""
    try:
        names = {path.name for path in root.iterdir()}
    except FileNotFoundError:
        return False
    try:
        is_ours = f"[{MARK}]" in (root / ".git" / "config").read_text(encoding="utf-8", errors="replace")
    except OSError:
        is_ours = False
    return not is_ours and bool(names - {"models", "venv"})


def environment_deeds(config: Config) -> tuple[Deed, ...]:
    """Make the environment where there is none, and install what it lacks."""
    uv, python = _uv(), commands.absolute(config.trainer.python)
    install = (uv, "pip", "install", "--python", str(python))
    deeds: list[Deed] = []
    if not python.is_file():
        folder = python.parent.parent
        make = (uv, "venv", "--seed", "--clear", "--python", config.setup.python, str(folder))
        deeds.append(Deed(f"make an environment of Python {config.setup.python}", make, {}))
        has_torch = False
    else:
        facts = ask(python, config.trainer.env, PATIENCE_S)
        has_torch = facts.torch is not None and _torch_fits(facts, config)
    if not has_torch:
        deeds.append(_torch_deed(config, install))
    requirements = str(commands.absolute(config.trainer.root) / "pyproject.toml")
    extra = ("xformers",) if config.setup.xformers else ()
    argv = (*install, "--requirements", requirements, *ADDED, *extra)
    says, size = "install what the trainer needs", (amounts.REQUIREMENTS_LOADS, amounts.REQUIREMENTS_KEEPS)
    deeds.append(_install(config, says, argv, *size))
    return tuple(deeds)


def _torch_deed(config: Config, install: tuple[str, ...]) -> Deed:
    build = wanted_build(config)
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
    Step(JobKind.TRAINER, "musubi-tuner, at a commit that wantui is tested with", has_checkout, checkout_deeds),
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


def wanted_build(config: Config) -> TorchBuild:
    """The build of PyTorch that ``[setup] torch`` names, or that fits driver and GPUs.

    Raises:
        SetupError: none fits.
    """
    if config.setup.torch not in ("auto", "default"):
        return next(build for build in (*BUILDS, CPU) if build.name == config.setup.torch)
    driver = read_driver()
    provider = NvmlProvider()
    try:
        readings = provider.snapshot(with_processes=False)
    finally:
        provider.close()
    capabilities = [gpu.compute_capability for gpu in readings if gpu.compute_capability is not None]
    try:
        return build_for(None if driver is None else driver.cuda, capabilities)
    except NoBuildError as error:
        raise SetupError(str(error)) from error


def _lacks(facts: TrainerFacts, config: Config) -> bool:
    """Whether something that a training needs is not there."""
    wanted = {module for module in facts.missing if module not in OPTIONAL or module == "tensorboard"}
    if config.setup.xformers and "xformers" in facts.missing:
        wanted.add("xformers")
    return facts.trouble is not None or facts.torch is None or bool(wanted) or not _torch_fits(facts, config)


def _torch_fits(facts: TrainerFacts, config: Config) -> bool:
    """Whether torch is built for CUDA where there is a driver; what a person has named is taken as it is."""
    if config.setup.torch != "auto":
        return True
    return facts.torch_cuda is not None or read_driver() is None


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
