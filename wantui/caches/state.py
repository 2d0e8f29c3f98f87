"""Which of the trainer's cache files still hold.

Goes by names, headers and modification times only: the tensors are never read, so thousands of files take less
than a second. What is reported here as current can be wrong in one case: the pixels of an image were replaced by
others of the same size and the file was given an older modification time.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from wantui.caches.header import CorruptError, Header, read_header
from wantui.caches.model import CacheError, CacheReport, CacheState, CacheStep, CacheVerdict
from wantui.dataset.cache_names import latents_stem, text_stem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from wantui.dataset.model import Clip, Dataset, Item, Subset

_ARCHITECTURE = "wan"
_LATENTS_TENSOR = re.compile(r"latents_(\d+)x(\d+)x(\d+)_")
_PIXELS_A_LATENT = 8
"""The VAE makes one latent of 8x8 pixels, and four frames after the first into one."""
_FRAMES_A_LATENT = 4


def examine(dataset: Dataset, *, i2v: bool) -> CacheReport:
    """Judge every cache file of `dataset`.

    Orphans are reported only where that is safe: a subset without any item (the wrong media folder, most often)
    has none, nor has an item whose media cannot be read at the moment, nor are files that the trainer did not
    write.

    Args:
        dataset: freshly scanned.
        i2v: whether the caches are to train an image-to-video task, which needs the first frame's latents too.
    """
    verdicts: list[CacheVerdict] = []
    for subset in dataset.config.subsets:
        items = [item for item in dataset.items if item.subset == subset.index]
        verdicts += _Folder(subset, items, i2v=i2v).verdicts()
    return CacheReport(tuple(verdicts))


def remove(verdicts: Iterable[CacheVerdict]) -> None:
    """Delete the files of `verdicts`; those that are gone already are no error.

    Raises:
        CacheError: a file cannot be deleted; the ones before it are gone.
    """
    for verdict in verdicts:
        try:
            verdict.path.unlink(missing_ok=True)
        except OSError as error:
            raise CacheError(
                f"{verdict.path}: cannot be deleted ({error.strerror}); make its folder writable"
            ) from error


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A latent cache as it should be."""

    path: Path
    item: Item
    clip: Clip | None

    @property
    def bucket(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.item.bucket or (0, 0)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Frames, height and width of the latents."""
        width, height = self.bucket
        frames = 1 if self.clip is None else (self.clip.frames - 1) // _FRAMES_A_LATENT + 1
        return frames, height // _PIXELS_A_LATENT, width // _PIXELS_A_LATENT


class _Folder:
    """The cache folder of one subset."""

    def __init__(self, subset: Subset, items: list[Item], *, i2v: bool) -> None:
        self.subset = subset
        self.items = items
        self.i2v = i2v
        self.present = _names(subset.cache_directory)

    def verdicts(self) -> Iterator[CacheVerdict]:
        latents = {wanted.path.name: wanted for item in self.items for wanted in _wanted_latents(item)}
        texts = {item.text_cache.name: item for item in self.items}
        for wanted in latents.values():
            state, why = self._state(wanted.path, partial(self._latents_faults, wanted))
            yield CacheVerdict(wanted.path, CacheStep.LATENTS, state, wanted.item.name, why)
        for item in texts.values():
            state, why = self._state(item.text_cache, partial(_text_faults, item))
            if state is CacheState.MISSING and item.caption is None:
                why = "no caption"
            yield CacheVerdict(item.text_cache, CacheStep.TEXT, state, item.name, why)
        if self.items:
            yield from self._orphans(latents.keys() | texts.keys())

    def _state(self, path: Path, faults: Callable[[Header], Iterator[str]]) -> tuple[CacheState, str | None]:
        """The state of one file and why it is not current; `faults` are what makes a whole file stale."""
        if path.name not in self.present:
            return CacheState.MISSING, "not encoded yet"
        try:
            header = read_header(path)
        except CorruptError as error:
            return CacheState.CORRUPT, str(error)
        except OSError as error:
            return CacheState.CORRUPT, f"cannot be read: {error.strerror}"
        fault = next(faults(header), None)
        return (CacheState.CURRENT if fault is None else CacheState.STALE), fault

    def _latents_faults(self, wanted: _Wanted, header: Header) -> Iterator[str]:
        if header.metadata.get("architecture") != _ARCHITECTURE:
            yield "made for another model"
        found = next((found for name in header.shapes if (found := _LATENTS_TENSOR.match(name))), None)
        if found is None:
            yield "holds no latents"
            return
        frames, height, width = map(int, found.groups())
        wanted_frames, *wanted_sides = wanted.shape
        if [height, width] != wanted_sides:
            size = f"{width * _PIXELS_A_LATENT}x{height * _PIXELS_A_LATENT}"
            yield f"encoded at {size}, but the bucket is now {wanted.bucket[0]}x{wanted.bucket[1]}"
        if frames != wanted_frames or not _same_frame_count(header, wanted.clip):
            yield "encoded with another number of frames"
        if self.i2v and not _has(header, "latents_image_"):
            yield "encoded for text-to-video, without the first frame"
        if self.subset.control_directory is not None and not _has(header, "latents_control_"):
            yield "encoded without its control media"
        if wanted.item.media_mtime_ns > header.changed_ns:
            yield "the media file is newer, its pixels may have changed"

    def _orphans(self, expected: set[str]) -> Iterator[CacheVerdict]:
        unreadable = {item.name for item in self.items if item.width is None}
        for name in sorted(self.present - expected):
            stem = latents_stem(name, is_video=self.subset.is_video)
            step = CacheStep.LATENTS
            if stem is None:
                stem, step = text_stem(name), CacheStep.TEXT
            path = self.subset.cache_directory / name
            if stem is not None and stem not in unreadable and _is_the_trainers(path):
                yield CacheVerdict(path, step, CacheState.ORPHAN, None, "belongs to no item")


def _text_faults(item: Item, header: Header) -> Iterator[str]:
    if item.caption is None:
        yield "no caption"
    if header.metadata.get("architecture") != _ARCHITECTURE or not _has(header, "varlen_t5_"):
        yield "made for another model"
    if header.metadata.get("caption1") != item.caption:
        yield "caption edited"


def _wanted_latents(item: Item) -> Iterator[_Wanted]:
    clips: tuple[Clip | None, ...] = item.clips if item.is_video else (None,)
    for path, clip in zip(item.latent_caches, clips, strict=False):
        yield _Wanted(path, item, clip)


def _names(folder: Path) -> set[str]:
    """The names in a cache folder that the trainer would glob for; none when there is no such folder yet."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  names only
    except (FileNotFoundError, NotADirectoryError):
        return set()
    except OSError as error:
        raise CacheError(f"{folder}: cannot be listed ({error.strerror}); make it readable") from error
    return {name for name in names if name.endswith(".safetensors") and not name.startswith(".")}


def _same_frame_count(header: Header, clip: Clip | None) -> bool:
    return clip is None or header.metadata.get("frame_count") == str(clip.frames)


def _has(header: Header, prefix: str) -> bool:
    return any(name.startswith(prefix) for name in header.shapes)


def _is_the_trainers(path: Path) -> bool:
    """Whether the trainer wrote `path`; of a damaged file its name, which is known to be right, is proof enough."""
    try:
        return read_header(path).metadata.get("architecture") == _ARCHITECTURE
    except CorruptError:
        return True
    except OSError:
        return False
