"""The choice of what reads the GPUs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from wantui.gpus.model import GpuError
from wantui.gpus.nvml import NvmlProvider
from wantui.gpus.simulated import SimulatedProvider

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.gpus.model import GpuProvider


def open_provider(
    kind: Literal["auto", "nvml", "simulated"],
    *,
    use: Sequence[int] | None,
    simulated: int,
    simulated_state: Path | None = None,
) -> GpuProvider:
    """What ``gpus.provider`` names.

    ``auto`` is NVML: where there is no driver or no GPU, its snapshots are empty and its `reason` says why. Whether
    simulated GPUs may stand in is for the caller to decide: only the rehearsal trainer can run on them.

    Args:
        kind: ``gpus.provider``.
        use: ``gpus.use``; None: all that ``CUDA_VISIBLE_DEVICES`` allows.
        simulated: ``gpus.simulated``.
        simulated_state: see `SimulatedProvider`.

    Raises:
        GpuError: there is no such kind.
    """
    match kind:
        case "auto" | "nvml":
            return NvmlProvider(use=use, visible=os.environ.get("CUDA_VISIBLE_DEVICES"))
        case "simulated":
            return SimulatedProvider(simulated, use=use, state_file=simulated_state)
    raise GpuError(f'gpus.provider = "{kind}" is not allowed; allowed: "auto", "nvml" or "simulated"')
