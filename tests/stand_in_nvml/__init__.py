"""A stand-in for the NVIDIA driver: a libnvidia-ml.so.1 compiled by the test, whose GPUs are described in a file.

    from tests.stand_in_nvml import StandInGpu, StandInDriver, stand_in_nvml  # the last one is the fixture

    def test_something(stand_in_nvml: StandInFactory) -> None:
        driver = stand_in_nvml(StandInGpu(memory_used_mib=9000), StandInGpu())
        process = subprocess.Popen(..., env=os.environ | driver.env)
        driver.write(StandInGpu(), StandInGpu(lost=True))   # the running process sees this at its next reading

The library is found through LD_LIBRARY_PATH, which the loader reads when a process starts: use it in a subprocess.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol, TypeAlias

import pytest

_SOURCE = Path(__file__).with_name("nvml.c")

Reading: TypeAlias = int | str | None
"""A figure; ``error 999``, what the call answers; None, not supported."""


@dataclass(frozen=True)
class StandInSlice:
    """What one MIG slice tells."""

    uuid: str
    place: int = 0
    """Among the seven places of its GPU."""
    gpu_instance: int = 7
    compute_instance: int = 0
    name: str = "NVIDIA A100-SXM4-40GB MIG 1g.5gb"
    memory_total_mib: Reading = 4864
    memory_used_mib: Reading = 12
    processes: tuple[int, ...] = ()

    def lines(self) -> list[str]:
        """As the library reads it."""
        own = [(each.name, getattr(self, each.name)) for each in fields(self) if each.name != "place"]
        return [f"slice {self.place}", *(f"{name} {_words(value)}" for name, value in own)]


@dataclass(frozen=True)
class StandInGpu:
    """What one GPU tells: an idle RTX 5090 unless said otherwise."""

    uuid: str | None = None
    """None: ``GPU-0000000N-...`` by its place."""
    name: str = "NVIDIA GeForce RTX 5090"
    memory_total_mib: Reading = 32607
    memory_reserved_mib: Reading = 518
    memory_used_mib: Reading = 2
    utilization_pct: Reading = 0
    temperature_c: Reading = 31
    power_mw: Reading = 18_250
    power_limit_mw: Reading = 575_000
    sm_clock_mhz: Reading = 180
    clock_reasons: Reading = 1
    """Bits; 1: it is idle."""
    compute_capability: str | None = "12.0"
    processes: tuple[int, ...] | str | None = ()
    lost: bool = False
    mig_mode: Reading = None
    """1: it is cut up into `slices`."""
    slices: tuple[StandInSlice, ...] = ()

    def lines(self, index: int) -> list[str]:
        """As the library reads it."""
        lines = ["gpu", f"uuid {self.uuid or stand_in_uuid(index)}"]
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "lost":
                lines += ["lost"] * value
            elif each.name not in ("uuid", "slices") and value is not None:
                lines.append(f"{each.name} {_words(value)}")
        return lines + [line for each in self.slices for line in each.lines()]


def _words(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def stand_in_uuid(index: int) -> str:
    """The UUID of the GPU at `index`, unless the test names another."""
    return f"GPU-{index:08x}-1111-2222-3333-444444444444"


class StandInDriver:
    """A driver in a folder of its own."""

    def __init__(self, folder: Path, library: Path) -> None:
        self._readings = folder / "gpus.txt"
        self.env = {"LD_LIBRARY_PATH": str(library.parent), "STAND_IN_NVML": str(self._readings)}
        """What a process needs to find it."""

    def write(self, *gpus: StandInGpu, driver: str = "") -> None:
        """Set the GPUs; `driver` may hold ``init 9`` or ``count error 999``."""
        lines = [driver, *(line for index, gpu in enumerate(gpus) for line in gpu.lines(index))]
        partial = self._readings.with_suffix(".new")
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
        partial.replace(self._readings)


class StandInFactory(Protocol):
    """The fixture's value."""

    def __call__(self, *gpus: StandInGpu, driver: str = "", variant: str = "") -> StandInDriver:
        """A driver with these GPUs; `variant` is ``OLD_DRIVER``, ``NEW_DRIVER`` or nothing."""
        ...


def _library(folder: Path, variant: str) -> Path:
    """Compile the library into `folder`, unless it is there."""
    library = folder / "libnvidia-ml.so.1"
    if library.exists():
        return library
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler to build the stand-in for the NVIDIA driver with")
    folder.mkdir()
    define = [f"-D{variant}"] if variant else []
    options = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-D_GNU_SOURCE"]
    subprocess.run([compiler, *options, *define, "-o", os.fspath(library), os.fspath(_SOURCE)], check=True)
    return library


@pytest.fixture
def stand_in_nvml(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> StandInFactory:
    """Make stand-ins for the NVIDIA driver; skips the test where there is no C compiler."""

    def make(*gpus: StandInGpu, driver: str = "", variant: str = "") -> StandInDriver:
        library = _library(tmp_path_factory.getbasetemp() / f"libnvidia-ml{variant}", variant)
        made = StandInDriver(Path(tempfile.mkdtemp(prefix="nvml-", dir=tmp_path)), library)
        made.write(*gpus, driver=driver)
        return made

    return make
