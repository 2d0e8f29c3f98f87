"""When a GPU is free."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wantui.gpus.free import why_busy
from wantui.gpus.model import Gpu

IDLE = Gpu(1, "GPU-x", "NVIDIA H200", memory_used_mib=2047, memory_total_mib=143771)


def test_an_idle_gpu_is_free() -> None:
    assert why_busy(IDLE, leased_by=None, free_below_mib=2048) is None


def test_a_gpu_that_tells_no_memory_is_judged_by_the_rest() -> None:
    silent = replace(IDLE, memory_used_mib=None)
    assert why_busy(silent, leased_by=None, free_below_mib=0) is None
    assert why_busy(replace(silent, processes=(5,)), leased_by=None, free_below_mib=0) is not None


@pytest.mark.parametrize(
    ("gpu", "leased_by", "sentence"),
    [
        (IDLE, "7.high", "GPU 1 is used by 7.high"),
        (
            replace(IDLE, memory_used_mib=2048),
            None,
            "GPU 1 has 2048 MiB of its memory in use; it is free below 2048 MiB",
        ),
        (replace(IDLE, processes=(42,)), None, "GPU 1 is used by process 42, which wantui did not start"),
        (replace(IDLE, processes=(1, 2)), None, "GPU 1 is used by processes 1, 2, which wantui did not start"),
        (
            replace(IDLE, processes=(1, 2, 3, 4)),
            None,
            "GPU 1 is used by 4 processes (1, 2, 3, ...), which wantui did not start",
        ),
        (replace(IDLE, processes=(1,), memory_used_mib=9000), "7.low of /w", "GPU 1 is used by 7.low of /w"),
        (replace(IDLE, problem="GPU 1 does not answer"), "7.low", "GPU 1 does not answer"),
    ],
)
def test_why_it_is_not(gpu: Gpu, leased_by: str | None, sentence: str) -> None:
    assert why_busy(gpu, leased_by=leased_by, free_below_mib=2048) == sentence
