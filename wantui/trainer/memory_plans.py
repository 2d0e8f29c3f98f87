"""Ways to spend memory: what a trainer could do on a device, what it would do, and what the choice costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.formatting import gibibytes

if TYPE_CHECKING:
    from wantui.gpus.model import Gpu
    from wantui.trainer.model import Expert


AUTO = "auto"
"""The preset that goes by the GPU."""
WORKFLOW = "workflow"
"""The preset that leaves everything as the workflow has it."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to train an expert on a device; figures are estimates."""

    name: str
    """What a person chooses it by: ``swap10``."""
    says: str
    """What it does, in a few words."""
    device_mib: int
    """Peak of the device's memory."""
    host_mib: int
    """What it keeps in the machine's memory."""
    moved_mib: int
    """What goes each way between machine and device at every step."""
    why_not: str | None = None
    """Why it does not suit the device; None: it does, as far as is known."""
    weights: str = ""
    """``fp8`` or ``fp16``: options with the same calculate the same."""

    def against(self, other: Option) -> str:
        """What changes with this one in place of `other`: ``-3 GiB on the GPU, +7 GiB moved a step``."""
        parts = (
            _change(self.device_mib - other.device_mib, "on the GPU"),
            _change(self.host_mib - other.host_mib, "of memory"),
            _change(self.moved_mib - other.moved_mib, "moved a step"),
        )
        return ", ".join(part for part in parts if part) or "the same figures"


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """How an expert would train on a device, or both make pictures."""

    expert: Expert | None
    """None: both, which make pictures together."""
    gpu: Gpu
    chosen: Option
    why: str
    """A sentence without a final stop."""
    options: tuple[Option, ...]
    """Every one, from the fastest to the leanest; the workflow's own is none of them."""

    @property
    def says(self) -> str:
        """``swap10 (fp8 weights, 10 of 40 blocks in the machine's memory): needs about 18 of 24 GiB``."""
        return f"{self.chosen.name} ({self.chosen.says}): {self.why}"


def _change(mib: int, what: str) -> str:
    if abs(mib) < 512:  # noqa: PLR2004  half a GiB is within the estimate's error
        return ""
    return f"{'+' if mib > 0 else '-'}{gibibytes(abs(mib))} {what}"
