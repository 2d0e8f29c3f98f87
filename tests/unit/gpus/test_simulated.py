"""Simulated GPUs, and the choice of a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wantui.gpus.model import Gpu, GpuError, Throttle
from wantui.gpus.nvml import NvmlProvider
from wantui.gpus.provider import open_provider
from wantui.gpus.simulated import SimulatedProvider

if TYPE_CHECKING:
    from pathlib import Path


def test_simulated_gpus_invent_no_figures() -> None:
    assert SimulatedProvider(2).snapshot() == (
        Gpu(0, "SIM-0", "Simulated GPU"),
        Gpu(1, "SIM-1", "Simulated GPU"),
    )
    assert SimulatedProvider(2).reason is None


def test_some_of_them_or_none() -> None:
    assert [gpu.index for gpu in SimulatedProvider(3, use=[2, 0]).snapshot()] == [0, 2]
    assert SimulatedProvider(0).snapshot() == ()
    assert SimulatedProvider(0).reason == "gpus.simulated is 0"
    assert SimulatedProvider(2, use=[2]).reason == "gpus.use names none of the 2 simulated GPUs"


def test_a_state_file_makes_them_busy(tmp_path: Path) -> None:
    state = tmp_path / "gpus.json"
    provider = SimulatedProvider(2, state_file=state)
    assert provider.snapshot()[0].memory_used_mib is None
    state.write_text(
        '{"0": {"memory_used_mib": 9000, "processes": [123], '
        '"problem": "GPU 0 is made of paper",'
        ' "sm_clock_mhz": 900, "throttle": "thermal"}}'
    )
    busy, idle = provider.snapshot()
    assert (busy.memory_used_mib, busy.processes, busy.problem) == (9000, (123,), "GPU 0 is made of paper")
    assert (busy.sm_clock_mhz, busy.throttle) == (900, Throttle.THERMAL)
    assert idle == Gpu(1, "SIM-1", "Simulated GPU")
    state.write_text('{"0": {"gone": true}}')
    assert provider.snapshot() == (idle,)
    state.unlink()
    assert provider.snapshot()[0] == Gpu(0, "SIM-0", "Simulated GPU")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"0": 5}',
        b'{"0": {"memory_used_mib": "much", "processes": 5, "uuid": "x", "problem": 1, "throttle": 3, "gone": 0}}',
        b'{"0": {"throttle": "hot"}}',
        b'{"0": {"processes": [true, "x", null]}}',
        b'{"7": {"memory_used_mib": 1}}',
    ],
)
def test_a_broken_state_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    state = tmp_path / "gpus.json"
    state.write_bytes(content)
    assert SimulatedProvider(1, state_file=state).snapshot() == (Gpu(0, "SIM-0", "Simulated GPU"),)


def test_the_choice_of_a_provider(tmp_path: Path) -> None:
    state = tmp_path / "gpus.json"
    state.write_text('{"1": {"utilization_pct": 5}}')
    provider = open_provider("simulated", use=[1], simulated=2, simulated_state=state)
    assert [(gpu.index, gpu.utilization_pct) for gpu in provider.snapshot(with_processes=False)] == [(1, 5)]
    provider.close()
    assert isinstance(open_provider("auto", use=None, simulated=2), NvmlProvider)
    assert isinstance(open_provider("nvml", use=None, simulated=2), NvmlProvider)
    wrong: Any = "amd"
    with pytest.raises(GpuError, match=r'gpus.provider = "amd" is not allowed'):
        open_provider(wrong, use=None, simulated=2)
