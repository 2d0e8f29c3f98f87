"""The cache files that a dataset needs, and what each is made from."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wantui.caches.model import CacheStep
from wantui.dataset.clips import TARGET_FPS
from wantui.dataset.controls import Controls
from wantui.dataset.encoders import PIXELS_A_LATENT, latent_frames
from wantui.dataset.lean_paths import as_text, paths_as_text, unparsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.dataset.model import Clip, Dataset, DatasetConfig, Item, Subset


@paths_as_text("path")
@dataclass(frozen=True, slots=True)
class Wanted:
    """A cache file as it should be."""

    path: Path
    step: CacheStep
    item: Item
    clip: Clip | None = None
    """Latents of a video: which clip."""
    rival: Item | None = None
    """Another item whose cache has the same name, but would not have the same content."""

    @property
    def name(self) -> str:
        """The file's name."""
        return str(as_text(self, "path")).rpartition(os.sep)[2]

    @property
    def bucket(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.item.bucket or (0, 0)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Frames, height and width of the latents."""
        width, height = self.bucket
        frames = 1 if self.clip is None else latent_frames(self.clip.frames)
        return frames, height // PIXELS_A_LATENT, width // PIXELS_A_LATENT


@dataclass(frozen=True, slots=True)
class WantedFolder:
    """What one subset needs."""

    config: Path
    """The dataset's file."""
    subset: Subset
    items: tuple[Item, ...]
    latents: dict[str, Wanted]
    """By file name, in the order of the items; likewise `texts`."""
    texts: dict[str, Wanted]
    controls: Controls

    @property
    def frame_settings(self) -> str:
        """The settings that decide what is encoded and show neither in a name nor in a header.

        Of a clip its start and length are in the name; which frames of the file these are depends on ``source_fps``.
        """
        fps = self.subset.source_fps
        return "" if fps in (None, TARGET_FPS) else f"source_fps={fps}"

    def of(self, step: CacheStep) -> dict[str, Wanted]:
        """The files of one step by their names."""
        return self.latents if step is CacheStep.LATENTS else self.texts


def wanted_folders(dataset: Dataset) -> tuple[WantedFolder, ...]:
    """What each subset of a dataset needs."""
    items_of: dict[int, list[Item]] = {subset.index: [] for subset in dataset.config.subsets}
    for item in dataset.items:
        items_of[item.subset].append(item)
    return tuple(_folder(dataset.config, subset, items_of[subset.index]) for subset in dataset.config.subsets)


def _folder(config: DatasetConfig, subset: Subset, items: list[Item]) -> WantedFolder:
    latents: dict[str, Wanted] = {}
    texts: dict[str, Wanted] = {}
    for item in items:
        for wanted in _latents(item):
            name = wanted.name
            other = latents.get(name)
            if other is not None and (other.rival or other.item.key != item.key):
                wanted = Wanted(wanted.path, wanted.step, item, wanted.clip, other.item)  # noqa: PLW2901
            latents[name] = wanted
        wanted = Wanted(unparsed(as_text(item, "text_cache")), CacheStep.TEXT, item)
        other = texts.get(wanted.name)
        if other is not None and (other.rival is not None or other.item.caption != item.caption):
            wanted = replace(wanted, rival=other.item)
        texts[wanted.name] = wanted
    return WantedFolder(config.path, subset, tuple(items), latents, texts, Controls(config, subset, items))


def _latents(item: Item) -> Iterator[Wanted]:
    clips: tuple[Clip | None, ...] = item.clips if item.is_video else (None,)
    for path, clip in zip(as_text(item, "latent_caches"), clips, strict=False):
        yield Wanted(unparsed(path), CacheStep.LATENTS, item, clip)
