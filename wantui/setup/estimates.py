"""What a setup loads, what stays on the disk, and how long that takes: estimates, each with its source.

A link's speed is what this workspace's own downloads have measured last, else `LINK_BYTES_S`. Weight files have the
sizes that the Hub has told, else those of `NOMINAL_BYTES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.paths import Workspace
from wantui.weights.progress import read_progress

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.config import Config

LINK_BYTES_S = 100e6
"""Bytes a second where nothing was measured: most of a line of 1 Gbit/s, assumed for a rented box."""
UNPACK_BYTES_S = 200e6
"""Bytes a second at which wheels are unpacked and written: an SSD takes more, a network volume as much; assumed."""
READ_BYTES_S = 400e6
"""Bytes a second at which files are read for their sha256: half of what hashlib was measured to take (870 MB/s, on a
core with SHA instructions), because the disk has to keep up."""
START_S = 10.0
"""Seconds that the trainer's Python takes to import what a step needs: the toy runs of both tested commits took 8 to
12 s."""

CHECKOUT_LOADS = 5_000_000
CHECKOUT_KEEPS = 15_000_000
"""Bytes of one commit of musubi-tuner, packed, and checked out beside that: 3.2 MB and 7.1 MB at v0.3.4."""
CUDA_TORCH_LOADS = 3_000_000_000
CUDA_TORCH_KEEPS = 7_000_000_000
"""Bytes of torch and torchvision with the libraries of CUDA that they bring, as wheels and installed: estimates."""
CPU_TORCH_LOADS = 200_000_000
CPU_TORCH_KEEPS = 800_000_000
"""The same without CUDA; 754 MB of it torch itself, measured."""
REQUIREMENTS_LOADS = 300_000_000
REQUIREMENTS_KEEPS = 800_000_000
"""Bytes of everything else that the trainer needs; 750 MB of it measured as installed at both tested commits."""
A_FEW_LOADS = 30_000_000
"""Bytes of one package that an environment lacks: the mean of `REQUIREMENTS_LOADS`, rounded up."""
A_FEW_KEEPS = 80_000_000
"""The same, installed."""
TOKENIZER_BYTES = 20_000_000
"""Bytes of ``tokenizer.json`` and ``spiece.model`` in ``google/umt5-xxl``."""
NOMINAL_BYTES = {"t5": 11_360_000_000, "vae": 250_000_000}
"""Bytes of weight files by key of ``[models]``, where the Hub was never asked: as its pages list them."""
NOMINAL_EXPERT_BYTES = 28_600_000_000
"""The same, of each expert in fp16: 14.3 thousand million parameters of two bytes."""


@dataclass(frozen=True, slots=True)
class DiskNeed:
    """What stays on a disk."""

    says: str
    """What it is, in a few words."""
    folder: Path
    """Where it goes; it need not exist."""
    bytes: int


def link_speed(config: Config) -> float:
    """Bytes a second of this machine's link, as the workspace's latest download has seen it, else assumed."""
    progress = read_progress(Workspace(config.file.parent))
    return progress.speed if progress is not None and progress.speed > 0 else LINK_BYTES_S
