"""GPUs that do not exist, for the rehearsal trainer and for trying things out.

They invent no figures: what a simulated device does not have stays None. A state file can make one look busy from
outside, so that a rehearsal or a test can show what happens then.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.gpus.model import Gpu, Throttle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_READINGS = (
    "memory_used_mib", "memory_total_mib", "utilization_pct", "temperature_c", "power_w", "power_limit_w",
    "sm_clock_mhz",
)  # fmt: skip
_THROTTLES = {each.word: each for each in Throttle}


class SimulatedProvider:
    """So many GPUs named ``Simulated GPU``, with the UUIDs ``SIM-0`` and so on."""

    def __init__(self, count: int, *, use: Sequence[int] | None = None, state_file: Path | None = None) -> None:
        """Make up `count` devices.

        Args:
            count: how many.
            use: indices of the devices to show; None: all.
            state_file: JSON with readings by index, looked into at each snapshot:
                ``{"0": {"memory_used_mib": 9000, "processes": [123], "problem": "GPU 0 does not answer"}}``.
                ``"throttle"`` is a word of `Throttle`, and ``"gone": true`` hides a device. Missing or broken is as
                good as empty.
        """
        self._count = count
        self._use = None if use is None else frozenset(use)
        self._state_file = state_file

    @property
    def reason(self) -> str | None:
        """Why there is no device."""
        if self._indices():
            return None
        if not self._count:
            return "gpus.simulated is 0"
        return f"gpus.use names none of the {self._count} simulated GPUs"

    def snapshot(self, *, with_processes: bool = True) -> tuple[Gpu, ...]:  # noqa: ARG002  listing costs nothing here
        """The devices in index order, with the readings of the state file."""
        state = self._state()
        told = [(index, state.get(str(index))) for index in self._indices()]
        return tuple(self._gpu(index, readings) for index, readings in told if not _is_gone(readings))

    def close(self) -> None:
        """Nothing is held."""

    def _indices(self) -> list[int]:
        return [index for index in range(self._count) if self._use is None or index in self._use]

    def _gpu(self, index: int, readings: object) -> Gpu:
        gpu = Gpu(index, f"SIM-{index}", "Simulated GPU")
        if not isinstance(readings, dict):
            return gpu
        figures: dict[str, Any] = {key: readings[key] for key in _READINGS if _is_figure(readings.get(key))}
        processes = readings.get("processes")
        problem = readings.get("problem")
        throttle = readings.get("throttle")
        return replace(
            gpu,
            **figures,
            processes=tuple(pid for pid in processes if _is_figure(pid)) if isinstance(processes, list) else (),
            problem=problem if isinstance(problem, str) else None,
            throttle=_THROTTLES.get(throttle) if isinstance(throttle, str) else None,
        )

    def _state(self) -> dict[str, Any]:
        if self._state_file is None:
            return {}
        try:
            document = reading.read_json(self._state_file, 1 << 20)
        except (OSError, ValueError):
            return {}
        return document if isinstance(document, dict) else {}


def _is_gone(readings: object) -> bool:
    return isinstance(readings, dict) and readings.get("gone") is True


def _is_figure(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
