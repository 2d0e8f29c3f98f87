"""The seam's values for asking a checkpoint for its loss without training it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import reading
from wantui.trainer.model import TrainerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BATCHES_VARIABLE = "WANTUI_BATCHES"
"""Names the file that a training writes the items of each batch to: one line of JSON a batch, see `read_batches`."""
LARGEST_BATCHES = 1 << 28
"""Bytes of that file; a batch has some hundred."""


@dataclass(frozen=True, slots=True)
class ProbeTask:
    """One checkpoint that is asked."""

    checkpoint: Path
    """The LoRA file."""
    dataset: Path
    """The items, in batches of one, without repeats."""
    draws: int
    """How often each item is asked about, each time with other noise and another timestep."""
    seed: int
    """Of noise, timesteps and order: where it is the same, two checkpoints are asked the same questions."""
    folder: Path
    """For what the trainer writes; nobody needs it afterwards."""

    @property
    def events(self) -> Path:
        """Folder for the event files."""
        return self.folder / "events"

    @property
    def batches(self) -> Path:
        """The file that `BATCHES_VARIABLE` names."""
        return self.folder / "batches.jsonl"


def read_batches(file: Path) -> list[tuple[str, ...]]:
    """The cache files of the items of each batch, in the order in which the batches were taken.

    Raises:
        TrainerError: there is no such file, or it is something else.
    """
    try:
        lines = reading.read_bytes(file, LARGEST_BATCHES).decode().splitlines()
        return [tuple(map(str, json.loads(line)["items"])) for line in lines]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainerError(f"{file}: which items the trainer has taken is not known ({error})") from error


def losses_by_item(batches: Sequence[Sequence[str]], losses: Sequence[float | None]) -> dict[str, list[float]]:
    """The losses of each item, in the order in which they were drawn; a loss that is no number is nan.

    Args:
        batches: the item of each step, by the path of its cache file.
        losses: of each step.

    Raises:
        TrainerError: they do not belong together.
    """
    if len(batches) != len(losses) or any(len(batch) != 1 for batch in batches):
        raise TrainerError(
            f"{len(losses)} losses of {len(batches)} batches: it is not known which item has which loss"
        )
    found: dict[str, list[float]] = {}
    for (item,), loss in zip(batches, losses, strict=True):
        found.setdefault(item, []).append(math.nan if loss is None else loss)
    return found
