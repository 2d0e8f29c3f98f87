"""Whether an environment can train on this machine, and what it lacks."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from wantui.doctor.devices import cuda
from wantui.doctor.environment import OPTIONAL
from wantui.doctor.model import Mark
from wantui.doctor.partial_installs import is_ours
from wantui.doctor.probe import DISTRIBUTIONS
from wantui.gpus.driver import read_driver
from wantui.gpus.nvml import NvmlProvider
from wantui.setup.commands import SetupError
from wantui.trainer.musubi.checkout import absolute
from wantui.trainer.musubi.torch_builds import BUILDS, CPU, NoBuildError, TorchBuild, build_for

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.config import Config
    from wantui.doctor.environment import TrainerFacts
    from wantui.gpus.model import Gpu

PATIENCE_S = 60.0
"""How long the trainer's interpreter may take to tell what it has: a cold disk reads torch slowly."""
PYTHONS = ((3, 10), (3, 12))
"""From and to: ``requires-python`` of musubi-tuner at both tested commits."""
LEAST_TORCH = (2, 5, 1)
"""The least that musubi-tuner's ``pyproject.toml`` asks for with any CUDA."""
_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def lacks(facts: TrainerFacts, config: Config) -> bool:
    """Whether something that a training needs is not there."""
    return facts.trouble is not None or facts.torch is None or bool(missing(facts, config)) or not fits(facts, config)


def missing(facts: TrainerFacts, config: Config) -> tuple[str, ...]:
    """Modules that are wanted and not there; in an environment of our own also those that may be there in part."""
    wanted = {module for module in facts.missing if module not in OPTIONAL or module == "tensorboard"}
    if config.setup.xformers and "xformers" in facts.missing:
        wanted.add("xformers")
    missed = tuple(module for module in facts.missing if module in wanted)
    return (*missed, *facts.unlisted) if is_ours(absolute(config.trainer.python)) else missed


def fits(facts: TrainerFacts, config: Config) -> bool:
    """Whether torch runs with the driver and on its GPUs, if any; what a person has named is taken as it is."""
    return misfit(facts, config) is None


def misfit(facts: TrainerFacts, config: Config) -> str | None:
    """Why the torch that is there does not run here, as the doctor says it; None where it does, or there is none."""
    if facts.torch is None:
        return None
    if facts.torch_is_broken:
        return f"torch {facts.torch}: {facts.why_no_architectures}"
    driver = read_driver() if config.setup.torch == "auto" else None
    if driver is None:
        return None
    found = cuda(driver, _readings(), facts)
    return found.seen if found.mark is Mark.BAD else None


def why_unfit(facts: TrainerFacts, config: Config) -> str | None:
    """Why an environment is none for the trainer, and nothing should be installed there; None where it is one."""
    if facts.trouble is not None or facts.python is None:
        return facts.trouble or "it does not say which Python it is"
    if not PYTHONS[0] <= _numbers(facts.python)[:2] <= PYTHONS[1]:
        return f"Python {facts.python}, and the trainer takes 3.10 to 3.12"
    if facts.torch is None or "torchvision" in facts.missing:
        return f"it has no {'torch' if facts.torch is None else 'torchvision'}"
    return _why_torch_unfit(facts, facts.torch, config)


def _why_torch_unfit(facts: TrainerFacts, torch: str, config: Config) -> str | None:
    if facts.why_no_architectures is not None:
        return facts.why_no_architectures
    if _numbers(torch)[:3] < LEAST_TORCH:
        return f"torch {torch}, and the trainer needs 2.5.1 or newer"
    return misfit(facts, config)


def requirements(facts: TrainerFacts, config: Config, checkout: Path) -> tuple[str, ...]:
    """What to install for what is missing: as the checkout asks for it, torch held as it is.

    Args:
        facts: of the environment.
        config: of the workspace.
        checkout: its ``pyproject.toml`` is read; where it is not there yet, bare names stand for its requirements.
    """
    asked = _asked(checkout)
    held = () if facts.torch is None else (f"torch=={facts.torch}",)
    names = [DISTRIBUTIONS.get(module, module) for module in missing(facts, config)]
    return (*(asked.get(name, name) for name in names), *held)


def half_there(facts: TrainerFacts, config: Config) -> tuple[str, ...]:
    """Distributions of which modules are missing though they count as installed."""
    return tuple(DISTRIBUTIONS.get(module, module) for module in missing(facts, config) if module in facts.half)


def wanted_build(config: Config) -> TorchBuild:
    """The build of PyTorch that ``[setup] torch`` names, or that fits driver and GPUs.

    Raises:
        SetupError: none fits.
    """
    if config.setup.torch not in ("auto", "default"):
        return next(build for build in (*BUILDS, CPU) if build.name == config.setup.torch)
    driver = read_driver()
    try:
        return build_for(None if driver is None else driver.cuda, _capabilities())
    except NoBuildError as error:
        raise SetupError(str(error)) from error


def _capabilities() -> list[tuple[int, int]]:
    """Of the GPUs."""
    return [gpu.compute_capability for gpu in _readings() if gpu.compute_capability is not None]


def _readings() -> tuple[Gpu, ...]:
    """The machine's GPUs."""
    provider = NvmlProvider()
    try:
        return provider.snapshot(with_processes=False)
    finally:
        provider.close()


def _asked(checkout: Path) -> dict[str, str]:
    """Requirements of a checkout by the name of the distribution."""
    try:
        document = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
        written = [str(each) for each in document["project"]["dependencies"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {name[0].lower(): each for each in written if (name := _NAME.match(each)) is not None}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, _NUMBER.findall(version.partition("+")[0])))
