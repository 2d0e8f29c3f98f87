"""The NVIDIA driver's version, and the newest CUDA that it runs."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

_LIBRARY = "libnvidia-ml.so.1"


@dataclass(frozen=True, slots=True)
class Driver:
    """An NVIDIA driver."""

    version: str
    """As it calls itself: ``570.124.06``."""
    cuda: tuple[int, int] | None
    """Major and minor of the newest CUDA it runs; None where it does not tell."""


def read_driver() -> Driver | None:
    """The driver of this machine; None where there is none, or it does not answer."""
    try:
        ctypes.CDLL(_LIBRARY)
    except OSError:
        return None
    import pynvml  # noqa: PLC0415  83 ms that only a machine with a driver needs

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    try:
        return Driver(_text(pynvml.nvmlSystemGetDriverVersion()), _cuda(pynvml))
    except pynvml.NVMLError:
        return None
    finally:
        pynvml.nvmlShutdown()


def _cuda(nvml: Any) -> tuple[int, int] | None:
    """NVML counts CUDA 12.8 as 12080 (`nvmlSystemGetCudaDriverVersion_v2`)."""
    try:
        number = int(nvml.nvmlSystemGetCudaDriverVersion_v2())
    except nvml.NVMLError:
        return None
    return number // 1000, number % 1000 // 10


def _text(said: str | bytes) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
