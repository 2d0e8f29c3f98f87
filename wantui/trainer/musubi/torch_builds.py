"""Which build of PyTorch a machine needs: by what its driver runs and what its GPUs are.

PyTorch is built once for each of several versions of CUDA (its "Get started" page); musubi-tuner's
``pyproject.toml`` names three of them with the torch they go with: cu124, cu128 and cu130. A build runs on drivers of
its own CUDA or a newer one (NVIDIA's CUDA Compatibility guide). Blackwell, compute capability 10 and 12, is in the
builds from cu128 on.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TorchBuild:
    """One build of PyTorch."""

    name: str
    """As the index of wheels calls it: ``cu128``."""
    cuda: tuple[int, int] | None
    """The CUDA it was built for; None: none, for the CPU."""
    driver: str
    """The least driver for Linux (table 3 of the CUDA Toolkit's release notes)."""
    torch: str
    torchvision: str
    """What musubi-tuner asks for with it, as requirements."""


BUILDS = (
    TorchBuild("cu130", (13, 0), "580.65", "torch>=2.9.1", "torchvision>=0.24.1"),
    TorchBuild("cu128", (12, 8), "570.26", "torch>=2.7.1", "torchvision>=0.22.1"),
    TorchBuild("cu124", (12, 4), "550.54", "torch>=2.5.1", "torchvision>=0.20.1"),
)
"""Newest first."""
CPU = TorchBuild("cpu", None, "", "torch>=2.7.1", "torchvision>=0.22.1")

BLACKWELL = 10
"""Major compute capability from which a build of CUDA 12.8 or newer is needed."""
BLACKWELL_CUDA = (12, 8)
PREFERRED = "cu128"
"""Of those that fit: the workflow's own choice, and what most people run."""


class NoBuildError(Exception):
    """No build of PyTorch fits the machine; the message says why and what to do."""


def build_for(cuda: tuple[int, int] | None, capabilities: list[tuple[int, int]]) -> TorchBuild:
    """The build for a machine.

    Args:
        cuda: the newest CUDA that its driver runs; None where there is no driver.
        capabilities: of its GPUs.

    Raises:
        NoBuildError: the driver is too old for every build, or for its GPUs.
    """
    if cuda is None:
        return CPU
    fitting = [build for build in BUILDS if build.cuda is not None and build.cuda <= cuda]
    said = f"the driver runs CUDA {cuda[0]}.{cuda[1]}"
    if not fitting:
        oldest = BUILDS[-1]
        raise NoBuildError(f"{said}, and the oldest build is {oldest.name}; update it to {oldest.driver} or newer")
    if any(major >= BLACKWELL for major, _ in capabilities):
        fitting = [build for build in fitting if build.cuda is not None and build.cuda >= BLACKWELL_CUDA]
        if not fitting:
            raise NoBuildError(f"{said}, and a Blackwell GPU needs 12.8; update it to 570.26 or newer")
    return next((build for build in fitting if build.name == PREFERRED), fitting[0])


def knows(architectures: list[str], capability: tuple[int, int]) -> bool:
    """Whether a torch built for these architectures runs on a device.

    Args:
        architectures: as ``torch.cuda.get_arch_list()`` gives them: ``sm_90``, ``compute_120``.
        capability: of the device.

    Machine code (``sm_``) runs on devices of the same major version that are as new or newer; what is kept as PTX
    (``compute_``) is compiled for every newer device (CUDA C++ Programming Guide, "Binary and PTX Compatibility").
    """
    major, minor = capability
    for name in architectures:
        kind, _, digits = name.partition("_")
        number = digits.rstrip("af")
        if not number.isdigit():
            continue
        built = (int(number[:-1]), int(number[-1]))
        if kind == "compute" and built <= (major, minor):
            return True
        if kind == "sm" and built[0] == major and built[1] <= minor:
            return True
    return False
