"""The trainer's Python environment: whether it can be used, and the commands that make it, fill it or mend it.

What a setup has made, and what lies inside the trainer's folder, it may make anew. Into anybody else's goes what that
lacks, and nothing of it is taken away: it is refused where that does not help.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.doctor.environment import PROBE, ask_trainer
from wantui.doctor.partial_installs import PROMPT, half_installed, is_for_trainer, is_ours, package
from wantui.formatting import file_size
from wantui.setup import compatibility, estimates
from wantui.setup.commands import SetupCommand, SetupError
from wantui.setup.disk_needs import disk_of, uv_cache
from wantui.setup.estimates import DiskNeed
from wantui.trainer.musubi.checkout import absolute

if TYPE_CHECKING:
    from wantui.config import Config
    from wantui.doctor.environment import TrainerFacts

ADDED = ("protobuf", "six", "tensorboard")
"""What the workflow installs beside the trainer's own requirements, and what its curves need."""
TORCHES = ("torch", "torchvision")
"""Installed anew together: of the right version and of a wrong build, uv would take those that are there."""
NAME_ANOTHER = "name another python in [trainer] of wantui.toml, or none"
_BEGUN = frozenset({"bin", "include", "lib", "lib64", ".gitignore", ".lock", "CACHEDIR.TAG"})
"""What uv makes before it writes ``pyvenv.cfg`` (``uv-virtualenv`` of 0.13)."""
_BEGUN_BIN = re.compile(r"(python|activate|deactivate|pydoc).*")


def has_environment(config: Config) -> bool:
    """Whether the trainer's interpreter has everything, and a torch for this machine."""
    python = absolute(config.trainer.python)
    if not python.is_file() or half_installed(config):
        return False
    return not compatibility.lacks(ask_trainer(config, python, compatibility.PATIENCE_S), config)


def environment_commands(config: Config) -> tuple[SetupCommand, ...]:
    """Make the environment where there is none that works, else install what it lacks.

    Raises:
        SetupError: it does not work or does not fit, and is somebody else's; or it did not answer in time.
    """
    python = absolute(config.trainer.python)
    if not python.is_file():
        return _make(config, None)
    facts = ask_trainer(config, python, compatibility.PATIENCE_S)
    if facts.trouble is not None:
        return _for_silent(config, python, facts.trouble, facts)
    misfit = compatibility.misfit(facts, config)
    if misfit is not None and not is_for_trainer(config):
        raise SetupError(f"{python}: {misfit}; others may use that environment: {NAME_ANOTHER}")
    halves = half_installed(config)
    says = "clear away what a killed installer has left"
    clear = (SetupCommand(says, ("rm", "-r", "--", *map(str, halves)), {}),) if halves else ()
    if misfit is not None:
        return (*clear, _torch_command(config, anew=True), _requirements_command(config, facts))
    lacked = {*compatibility.missing(facts, config), *map(package, halves)}
    if facts.torch is None or lacked & {*TORCHES}:
        return (*clear, _torch_command(config, anew=False), _requirements_command(config, facts))
    if is_ours(python) or halves:
        return (*clear, _requirements_command(config, facts))
    return (_few_command(config, facts),)


def _for_silent(config: Config, python: Path, trouble: str, facts: TrainerFacts) -> tuple[SetupCommand, ...]:
    """For an interpreter that has told nothing of its environment."""
    if facts.is_unasked:  # in a plan alone: to begin a setup is to allow it, and its job plans again
        return (SetupCommand(f"ask {python} what it has, then install what it lacks", (str(python), str(PROBE)), {}),)
    if facts.is_late:
        raise SetupError(f"{trouble}; run `wantui setup` again when the machine is less busy")
    return _make(config, trouble)


def _folder(config: Config) -> Path:
    return absolute(config.trainer.python).parent.parent


def _make(config: Config, trouble: str | None) -> tuple[SetupCommand, ...]:
    """Make an environment, in the place of what does not work there.

    Args:
        config: of the workspace.
        trouble: why what is there does not work; None where no interpreter is there.
    """
    folder = _folder(config)
    clear: tuple[SetupCommand, ...] = ()
    if not is_empty(folder):
        why = trouble or f"{absolute(config.trainer.python)} is not there, and {folder} is not empty"
        if is_begun(folder):
            clear = (SetupCommand("clear away what a killed setup has begun", ("rm", "-r", "--", str(folder)), {}),)
        elif not (is_for_trainer(config) and (folder / "pyvenv.cfg").is_file()):
            raise SetupError(f"{why}; it is left alone: move {folder} away, or {NAME_ANOTHER}")
    make = ("venv", "--seed", "--clear", "--prompt", PROMPT, "--python", config.setup.python, str(folder))
    says = f"make an environment of Python {config.setup.python}" + (f", for {trouble}" if trouble else "")
    return (
        *clear,
        SetupCommand(says, (_uv(), *make), {}),
        _torch_command(config, anew=False),
        _requirements_command(config, None),
    )


def is_empty(folder: Path) -> bool:
    """Whether nothing is in a folder, or there is none."""
    try:
        return next(folder.iterdir(), None) is None
    except FileNotFoundError:
        return not folder.is_symlink()
    except OSError:
        return False


def is_begun(folder: Path) -> bool:
    """Whether it is what uv leaves that is killed before it has written ``pyvenv.cfg``: no package is there yet."""
    try:
        names = {path.name for path in folder.iterdir()}
        programs = {path.name for path in (folder / "bin").iterdir()} if "bin" in names else set()
    except OSError:
        return False
    has_packages = any(folder.glob("lib*/*/site-packages/*"))
    return names <= _BEGUN and all(map(_BEGUN_BIN.fullmatch, programs)) and not has_packages


def _requirements_command(config: Config, facts: TrainerFacts | None) -> SetupCommand:
    requirements = str(absolute(config.trainer.root) / "pyproject.toml")
    extra = ("xformers",) if config.setup.xformers else ()
    says, size = "install what the trainer needs", (estimates.REQUIREMENTS_LOADS, estimates.REQUIREMENTS_KEEPS)
    argv = (*_anew(facts, config), "--requirements", requirements, *ADDED, *extra)
    return _install(config, says, argv, *size)


def _few_command(config: Config, facts: TrainerFacts) -> SetupCommand:
    """Into an environment of somebody else's goes what it lacks, and its torch stays."""
    names, count = compatibility.missing(facts, config), len(compatibility.missing(facts, config))
    argv = (*_anew(facts, config), *compatibility.requirements(facts, config, absolute(config.trainer.root)))
    says = f"add {', '.join(names)} to it, and keep its torch {facts.torch}"
    return _install(config, says, argv, count * estimates.A_FEW_LOADS, count * estimates.A_FEW_KEEPS)


def _anew(facts: TrainerFacts | None, config: Config) -> tuple[str, ...]:
    """Options by which uv does not believe that a distribution is there whose modules are gone."""
    return _again(() if facts is None else compatibility.half_there(facts, config))


def _again(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for name in names for word in ("--reinstall-package", name))


def _torch_command(config: Config, *, anew: bool) -> SetupCommand:
    build = compatibility.wanted_build(config)
    backend = () if config.setup.torch == "default" else ("--torch-backend", build.name)
    again = _again(TORCHES) if anew else ()
    loads, keeps = (
        (estimates.CUDA_TORCH_LOADS, estimates.CUDA_TORCH_KEEPS)
        if build.cuda
        else (estimates.CPU_TORCH_LOADS, estimates.CPU_TORCH_KEEPS)
    )
    says = f"install PyTorch for {build.name if backend else 'this machine'}, about {file_size(loads)}"
    return _install(config, says, (*again, *backend, build.torch, build.torchvision), loads, keeps)


def _install(config: Config, says: str, words: tuple[str, ...], loads: int, keeps: int) -> SetupCommand:
    """A command that installs; uv keeps what it unpacks in its cache, and links it where both are on one disk."""
    python, folder, cache = absolute(config.trainer.python), _folder(config), uv_cache(os.environ)
    room = [DiskNeed("the trainer's environment", folder, keeps)]
    if disk_of(cache) != disk_of(folder):
        room.append(DiskNeed("uv's cache", cache, keeps))
    seconds = loads / estimates.link_speed(config) + keeps * len(room) / estimates.UNPACK_BYTES_S
    argv = (_uv(), "pip", "install", "--python", str(python), *words)
    cure = f"remove {folder}" if is_for_trainer(config) else NAME_ANOTHER
    return SetupCommand(says, argv, {}, loads, tuple(room), seconds, cure)


def _uv() -> str:
    """The uv that came with wantui, for it is known what that one can; else the one on the path."""
    from uv import find_uv_bin  # noqa: PLC0415  only setup needs it

    try:
        return os.fspath(Path(find_uv_bin()))
    except FileNotFoundError:  # packaged without its program
        return shutil.which("uv") or "uv"
