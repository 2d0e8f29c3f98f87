"""Checks of driver and GPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.doctor.environment import ASK
from wantui.doctor.model import Finding, bad, caution, good
from wantui.gpus.choice import open_for
from wantui.gpus.driver import read_driver
from wantui.gpus.model import GpuError
from wantui.trainer.musubi.torch_builds import NoBuildError, build_for, knows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wantui.config import Config
    from wantui.doctor.environment import TrainerFacts
    from wantui.gpus.driver import Driver
    from wantui.gpus.model import Gpu
    from wantui.paths import Workspace


def driver(found: Driver | None, *, is_rehearsal: bool) -> Finding:
    """The driver and the CUDA that it runs."""
    if found is None:
        if is_rehearsal:
            return good("driver", "none, and the rehearsal trainer needs none")
        return bad(
            "driver", "no NVIDIA driver", "rent a machine with an NVIDIA GPU, or start the container with --gpus"
        )
    cuda = "an unknown CUDA" if found.cuda is None else f"CUDA {found.cuda[0]}.{found.cuda[1]}"
    return good("driver", f"{found.version}, runs {cuda}")


def gpus(readings: Sequence[Gpu], why_none: str | None, *, is_rehearsal: bool) -> Iterator[Finding]:
    """Each GPU that may be used."""
    if not readings:
        seen = why_none or "none is allowed"
        if is_rehearsal:
            yield good("gpus", f"{seen}; the rehearsal trainer needs none")
        else:
            yield bad("gpus", seen, "look at [gpus] use and CUDA_VISIBLE_DEVICES, and at `wantui gpus`")
    for gpu in readings:
        if gpu.problem is not None:
            yield bad(
                "gpus", f"{gpu.index} {gpu.name}: {gpu.problem}", "restart the machine, or leave it out: [gpus] use"
            )
            continue
        total = "" if gpu.memory_total_mib is None else f", {gpu.memory_total_mib / 1024:.0f} GiB"
        used = "" if gpu.memory_used_mib is None else f", {gpu.memory_used_mib / 1024:.1f} GiB in use"
        yield good("gpus", f"{gpu.index} {gpu.name}{total}{used}")


def no_cuda_needed() -> Finding:
    """Of a rehearsal."""
    return good("cuda", "the rehearsal trainer needs none")


def cuda(found: Driver | None, readings: Sequence[Gpu], facts: TrainerFacts | None) -> Finding:
    """Whether the trainer's torch runs on these GPUs."""
    if facts is not None and facts.is_unasked:
        return caution("cuda", "nothing to compare: the trainer's environment was not asked", ASK)
    if facts is None or facts.torch is None:
        return caution("cuda", "nothing to compare: the trainer's environment has no torch", "run `wantui setup`")
    if found is None:
        seen = f"nothing to compare: torch {facts.torch}, and no driver"
        return caution("cuda", seen, "fix the driver first, see above")
    return _fit(found, readings, facts)


def _fit(found: Driver, readings: Sequence[Gpu], facts: TrainerFacts) -> Finding:
    """Whether a torch that is there runs with this driver and on these GPUs."""
    capabilities = [gpu.compute_capability for gpu in readings if gpu.compute_capability is not None]
    cure = _cure(found, capabilities)
    if facts.torch_cuda is None:
        return bad("cuda", f"torch {facts.torch} is built for the CPU", cure)
    built = f"torch {facts.torch} for CUDA {facts.torch_cuda}"
    if found.cuda is not None and _version(facts.torch_cuda) > found.cuda:
        return bad("cuda", f"{built}, which the driver is too old for (CUDA {found.cuda[0]}.{found.cuda[1]})", cure)
    if not facts.architectures:
        why = facts.why_no_architectures or "its list of architectures was not told"
        return caution("cuda", f"{built}; {why}", "run `wantui doctor --smoke`: it shows whether training works")
    for gpu in readings:
        if gpu.compute_capability is not None and not knows(facts.architectures, gpu.compute_capability):
            major, minor = gpu.compute_capability
            return bad("cuda", f"{built} has no code for {gpu.name} (compute capability {major}.{minor})", cure)
    return good("cuda", f"{built}, driver and GPUs fit")


def read_gpus(workspace: Workspace, config: Config) -> tuple[tuple[Gpu, ...], str | None]:
    """The GPUs, and why there are none where there are none."""
    try:
        provider = open_for(config, workspace)
    except GpuError as error:
        return (), str(error)
    try:
        readings = provider.snapshot(with_processes=False)
        return readings, None if readings else provider.reason
    finally:
        provider.close()


def read_machine_driver() -> Driver | None:
    """The driver of this machine."""
    return read_driver()


def _cure(found: Driver, capabilities: list[tuple[int, int]]) -> str:
    try:
        build = build_for(found.cuda, capabilities)
    except NoBuildError as error:
        return str(error)
    return f"run `wantui setup`: it installs torch for {build.name}"


def _version(written: str) -> tuple[int, int]:
    """``12.8`` as numbers; (0, 0) where it is none."""
    major, _, minor = written.partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (0, 0)
