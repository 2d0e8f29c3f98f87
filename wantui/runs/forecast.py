"""What a run will write, against what the disks have: an error found now instead of nine hours later."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.caches.model import CacheStep
from wantui.dataset.encoders import LATENT_CHANNELS, MOST_TOKENS, PIXELS_A_LATENT, TEXT_WIDTH, latent_frames
from wantui.dataset.model import Problem, Severity
from wantui.formatting import file_size
from wantui.trainer.model import Task

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Item
    from wantui.runs.dataset_report import DatasetReport
    from wantui.trainer.model import Outputs, RunSettings
    from wantui.trainer.protocol import Trainer

I2V_CHANNELS = 20
"""Channels of latents with ``--i2v``, beside those of the media."""
BFLOAT_BYTES = 2
TOKENS_A_WORD = 2
"""On the safe side: English has about 1.4, other languages more."""
SPARE = 1 << 30
"""Bytes that stay free: logs, curves, and what others write meanwhile."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run will write."""

    experts: tuple[tuple[str, Outputs], ...]
    """By expert: ``high``, ``low``."""
    cache_bytes: int
    """Of the cache files that are still to be encoded."""
    free_bytes: int | None
    """Where the LoRA files go; None where that is not known."""

    @property
    def output_bytes(self) -> int:
        """LoRA files and states of all experts."""
        return sum(found.size for _, found in self.experts)

    @property
    def size(self) -> int:
        """Everything."""
        return self.output_bytes + self.cache_bytes


def forecast(tool: Trainer, look: DatasetReport, settings: RunSettings, *, trains: bool = True) -> Forecast:
    """What a run with these settings would write now.

    Args:
        tool: the trainer of the run.
        look: at dataset and caches.
        settings: of the run.
        trains: whether experts train, or nothing is done but encoding.
    """
    trained = settings.experts if trains else ()
    experts = tuple((str(expert), tool.outputs(settings, expert)) for expert in trained)
    to_encode = {verdict.path for step in CacheStep for verdict in look.caches.to_encode(step)}
    channels = LATENT_CHANNELS + (I2V_CHANNELS if settings.task is Task.I2V else 0)
    missing = sum(_item_bytes(item, to_encode, channels) for item in look.dataset.items)
    return Forecast(experts, missing, free_bytes(settings.output_directory))


def disk_problems(found: Forecast, folder: Path) -> list[Problem]:
    """An error where it does not fit, a warning where little is left.

    Caches and LoRA files are reckoned to be on one disk, which is so on a rented box.
    """
    if found.free_bytes is None or found.size + SPARE <= found.free_bytes:
        return []
    message = f"the run writes about {file_size(found.size)}, and {file_size(found.free_bytes)} are free"
    fits = found.size <= found.free_bytes
    fix = "make room, save less often (save_every), keep fewer (save_last_n_epochs), or write elsewhere"
    return [Problem(Severity.WARNING if fits else Severity.ERROR, "disk-full", folder, message, fix)]


def _item_bytes(item: Item, to_encode: set[Path], channels: int) -> int:
    size = 0
    if item.bucket is not None:
        width, height = item.bucket
        plane = channels * (width // PIXELS_A_LATENT) * (height // PIXELS_A_LATENT) * BFLOAT_BYTES
        frames = [clip.frames for clip in item.clips] or [1]
        for path, count in zip(item.latent_caches, frames, strict=False):
            if path in to_encode:
                size += plane * latent_frames(count)
    if item.caption is not None and item.text_cache in to_encode:
        tokens = min(MOST_TOKENS, TOKENS_A_WORD * len(item.caption.split()) + 1)
        size += tokens * TEXT_WIDTH * BFLOAT_BYTES
    return size


def device_of(folder: Path) -> int | None:
    """The disk that a folder is on, or will be: its ``st_dev``; None where nobody can tell."""
    for each in (folder, *folder.parents):
        try:
            return each.stat().st_dev
        except OSError:
            continue
    return None


def free_bytes(folder: Path) -> int | None:
    """Room where `folder` is, or will be."""
    for each in (folder, *folder.parents):
        try:
            return shutil.disk_usage(each).free
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None
