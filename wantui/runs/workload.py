"""How much a run has to do, counted when it is queued and kept with it, so that its time can be estimated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "workload"
"""In `wantui.jobs.model.Run.settings`."""
MOST = 1 << 40
"""More is no count."""


@dataclass(frozen=True, slots=True)
class Workload:
    """How much a run has to do, as far as it is known."""

    steps_per_epoch: dict[str, int] = field(default_factory=dict)
    """Training steps of one epoch, by expert: ``high``, ``low``."""
    to_encode: dict[str, int] = field(default_factory=dict)
    """Cache files that were not current, by step: ``latents``, ``text``."""

    @classmethod
    def of(cls, batches: int, accumulation: Mapping[str, int], to_encode: Mapping[str, int]) -> Workload:
        """Count it.

        Args:
            batches: of an epoch.
            accumulation: by expert, how many batches make one training step.
            to_encode: as `Workload.to_encode`.
        """
        return cls({expert: -(-batches // each) for expert, each in accumulation.items()}, dict(to_encode))

    def to_document(self) -> dict[str, Any]:
        """As a part of a run's settings."""
        return {KEY: {"steps_per_epoch": self.steps_per_epoch, "to_encode": self.to_encode}}

    @classmethod
    def from_document(cls, settings: Mapping[str, Any]) -> Workload:
        """Out of a run's settings; empty where they have none, as those of an older wantui."""
        kept = settings.get(KEY)
        if not isinstance(kept, dict):
            return cls()
        return cls(_counts(kept.get("steps_per_epoch")), _counts(kept.get("to_encode")))


def _counts(document: Any) -> dict[str, int]:
    given = document if isinstance(document, dict) else {}
    return {name: value for name, value in given.items() if type(value) is int and 0 <= value < MOST}
