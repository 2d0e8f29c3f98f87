"""Where a job stands in Slurm's queue; the text is what ``squeue`` of 22.05 prints."""

from __future__ import annotations

import pytest

from wantui.slurm.jobs import SlurmJob
from wantui.slurm.queue import place_of, read_queue

QUEUE = """\
12|gpu|Resources
9|gpu,long|Priority
14_[1-40%4]|cpu|Resources
10|long|Priority
15|gpu|Dependency
11|gpu|Priority
16|gpu|JobHeldUser
slurm_load_jobs error: Unable to contact slurm controller (connect failure)
"""


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("12", "1 of 3 in gpu"),
        ("11", "3 of 3 in gpu"),
        ("9", "2 of 4 in gpu,long"),
        ("10", "2 of 2 in long"),
        ("15", None),
        ("16", None),
        ("99", None),
    ],
)
def test_a_job_stands_behind_those_of_its_partition_that_go_first(number: str, place: str | None) -> None:
    found = place_of(read_queue(QUEUE), number)
    assert (found and str(found)) == place


def test_the_place_is_in_the_reason() -> None:
    place = place_of(read_queue(QUEUE), "11")
    assert SlurmJob("11", "PENDING", "Priority").why_waiting(0.0, place) == (
        "Slurm 11: 3 of 3 in gpu: Priority, jobs before it go first"
    )
