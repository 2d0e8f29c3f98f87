"""The values of the cache room."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from wantui.dataset.lean_paths import as_text, paths_as_text
from wantui.errors import MachineError

if TYPE_CHECKING:
    from pathlib import Path


class CacheError(MachineError):
    """A cache file that cannot be dealt with; the message names the file and the fix."""


class CacheStep(StrEnum):
    """The two things that the trainer encodes ahead of training."""

    LATENTS = "latents"
    TEXT = "text"


class CacheState(StrEnum):
    """Whether a cache file may be trained on."""

    CURRENT = "current"
    STALE = "stale"
    MISSING = "missing"
    CORRUPT = "corrupt"
    ORPHAN = "orphan"
    """A file of the trainer's that belongs to no item."""


@paths_as_text("path", "needs")
@dataclass(frozen=True, slots=True)
class CacheVerdict:
    """What is known of one cache file."""

    path: Path
    step: CacheStep
    state: CacheState
    item: str | None
    """Name of the item; None for an orphan."""
    why: str | None = None
    """Why it is not current, as a clause: ``caption edited``."""
    needs: Path | None = None
    """The file whose content at the time of encoding would be the proof, where it is stale for want of one only."""

    @property
    def key(self) -> str:
        """`path` as text."""
        return str(as_text(self, "path"))


@dataclass(frozen=True, slots=True)
class CacheReport:
    """The caches of a whole dataset."""

    verdicts: tuple[CacheVerdict, ...] = field(default=())

    def of(self, step: CacheStep) -> tuple[CacheVerdict, ...]:
        """The verdicts of one step."""
        return tuple(verdict for verdict in self.verdicts if verdict.step is step)

    def counts(self, step: CacheStep) -> dict[str, int]:
        """How many files of `step` are in each state; every state is there, as the JSON contract has it."""
        counted = {str(state): 0 for state in CacheState}
        for verdict in self.of(step):
            counted[str(verdict.state)] += 1
        return counted

    def needed(self) -> tuple[Path, ...]:
        """The files whose content at the time of encoding nobody knows, and which may have changed since."""
        return tuple(dict.fromkeys(verdict.needs for verdict in self.verdicts if verdict.needs is not None))

    def to_encode(self, step: CacheStep) -> tuple[CacheVerdict, ...]:
        """The files that must be encoded before training: stale, missing and corrupt ones."""
        wanted = {CacheState.STALE, CacheState.MISSING, CacheState.CORRUPT}
        return tuple(verdict for verdict in self.of(step) if verdict.state in wanted)

    def to_remove(self, step: CacheStep) -> tuple[CacheVerdict, ...]:
        """The files that must go before the trainer encodes with ``--skip_existing``."""
        unwanted = {CacheState.STALE, CacheState.CORRUPT, CacheState.ORPHAN}
        return tuple(verdict for verdict in self.of(step) if verdict.state in unwanted)
