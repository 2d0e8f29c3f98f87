"""What the board knows of a large log without its middle is what the whole of it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.attempts import second_attempt
from wantui.jobs.store import job_files
from wantui.paths import Workspace
from wantui.runs import board
from wantui.runs.board import Board

if TYPE_CHECKING:
    from pathlib import Path


def printed(epochs: int, per_epoch: int, until: int) -> bytes:
    said = f"running training\n  num epochs / epoch: {epochs}\n  total optimization steps: {epochs * per_epoch}\n"
    for step in range(1, until + 1):
        if (step - 1) % per_epoch == 0:
            said += f"\nepoch {(step - 1) // per_epoch + 1}/{epochs}\n"
        said += f"\rsteps:  10%|█ | {step}/{epochs * per_epoch} [00:01<00:01,  1.90s/it, avr_loss={step / 1000}]"
    return said.encode()


@pytest.mark.parametrize("until", [1, 30, 99, 100, 101, 150, 199, 200, 201, 300])
@pytest.mark.parametrize("part", [700, 3000])
def test_a_large_log_is_read_at_both_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, until: int, part: int
) -> None:
    job = second_attempt(Workspace(tmp_path))
    log = job_files(Workspace(tmp_path), job).log
    log.write_bytes(printed(5, 100, until))
    whole = Board(Workspace(tmp_path)).refresh()
    monkeypatch.setattr(board, "LARGE_BYTES", 2 * part)
    monkeypatch.setattr(board, "PART_BYTES", part)
    followed = Board(Workspace(tmp_path))
    assert followed.refresh() == whole
    with log.open("ab") as file:
        file.write(printed(5, 100, until + 5)[len(printed(5, 100, until)) :])
    assert followed.refresh() == Board(Workspace(tmp_path)).refresh()
