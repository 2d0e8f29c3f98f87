"""What a run will write, against what the disk has."""

from __future__ import annotations

from pathlib import Path

import pytest

from wantui.formatting import file_size
from wantui.runs.forecast import SPARE, Forecast, disk_problems
from wantui.trainer.model import Outputs

LORA = Outputs((Path("/o/a-000020.safetensors"), Path("/o/a.safetensors")), (), 300_000_000, 0)


@pytest.mark.parametrize(
    ("free", "severities"),
    [
        (100_000_000_000, []),
        (1_200_000_000 + SPARE, []),
        (1_200_000_000 + SPARE - 1, ["warning"]),
        (1_200_000_000 - 1, ["error"]),
        (None, []),
    ],
)
def test_a_disk_that_is_too_small_is_told_before_the_start(free: int | None, severities: list[str]) -> None:
    found = Forecast((("high", LORA), ("low", LORA)), 0, free)
    assert found.output_bytes == 1_200_000_000
    problems = disk_problems(found, Path("/o"))
    assert [str(problem.severity) for problem in problems] == severities
    assert all("1.2 GB" in problem.message for problem in problems)


@pytest.mark.parametrize(("size", "said"), [(0, "0 bytes"), (310_400_000, "310.4 MB"), (1_700_000_000, "1.7 GB")])
def test_sizes_read_as_disks_are_sold(size: int, said: str) -> None:
    assert file_size(size) == said
