"""Which of the trainer's cache files still hold.

What a cache file holds itself is believed: its header has the caption, its tensors' names the size. What it does not
hold, which pixels were encoded and with which weights and flags, is in our record of it (`records`), which goes by
content: a file that was touched or rewritten as it was is the same file. Caches without a record were made by
somebody else; they are accepted where nothing that they depend on has changed since, by the file system's clock.

The change time of the media counts for that, since moving an older file over another leaves no other trace; and of
the cache its modification time, since being renamed or linked makes it no younger.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from wantui.caches.content import stamp_of, text_digest
from wantui.caches.facts import ARCHITECTURE, LatentsFacts, TextFacts, latents_facts, text_facts
from wantui.caches.header import CorruptError, read_header
from wantui.caches.model import CacheError, CacheReport, CacheState, CacheStep, CacheVerdict
from wantui.caches.records import FolderRecords, Identity, Origin, Records, unpacked
from wantui.caches.wanted import Wanted, WantedFolder, wanted_folders
from wantui.dataset.cache_names import latents_stem, text_stem
from wantui.dataset.lean_paths import as_text, unparsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.caches.source import Source
    from wantui.dataset.model import Dataset

_PIXELS_A_LATENT = 8
_NO_IDENTITY = Identity(-1, -1)


class _Fault(NamedTuple):
    """Why a whole cache file is not current."""

    why: str
    needs: Path | None = None
    """The file whose content at the time of encoding would have to be known; None where it is known to differ."""


def examine(
    dataset: Dataset,
    *,
    i2v: bool,
    records: Records | None = None,
    latents_source: Source | None = None,
    text_source: Source | None = None,
) -> CacheReport:
    """Judge every cache file of `dataset`.

    With records, media whose stamp has changed are read, and the memo of their hashes is saved where that is
    possible; without any, all caches count as made by somebody else.

    Orphans are reported only where that is safe: a subset without any item (the wrong media folder, most often)
    has none, nor has an item whose media cannot be read at the moment, nor are files that the trainer did not
    write.

    Args:
        dataset: freshly scanned.
        i2v: whether the caches are to train an image-to-video task, which needs the first frame's latents too.
        records: freshly opened.
        latents_source: what latents are encoded with now; None: not compared.
        text_source: what captions are encoded with now; None: not compared.
    """
    look = _Look(i2v, records, latents_source, text_source)
    verdicts: list[CacheVerdict] = []
    for folder in wanted_folders(dataset):
        verdicts += _Folder(folder, look).verdicts()
    if records is not None:
        with suppress(CacheError):  # media are read again next time: a look needs no writable workspace
            records.save_memo()
    return CacheReport(tuple(verdicts))


@dataclass
class _Look:
    """What cache files are judged by."""

    i2v: bool
    records: Records | None
    latents_source: Source | None
    text_source: Source | None

    def is_real(self, step: CacheStep) -> bool:
        """Whether it is known that a step does not encode with the rehearsal trainer."""
        source = self.latents_source if step is CacheStep.LATENTS else self.text_source
        return source is not None and not source.rehearsal

    @cached_property
    def latents_weights(self) -> str | None:
        """Digest of the VAE of now, where it is known and there."""
        return None if self.records is None else self.records.weights_hash(self.latents_source)

    @cached_property
    def text_weights(self) -> str | None:
        """Likewise of the T5."""
        return None if self.records is None else self.records.weights_hash(self.text_source)

    @cached_property
    def latents_flags(self) -> str | None:
        """The flags of now that change latents, where they are known."""
        return None if self.latents_source is None else self.latents_source.effective_flags

    @cached_property
    def text_flags(self) -> str | None:
        """Likewise of the text encoder's outputs."""
        return None if self.text_source is None else self.text_source.effective_flags


class _Folder:
    """The cache folder of one subset."""

    def __init__(self, wanted: WantedFolder, look: _Look) -> None:
        self.wanted = wanted
        self.subset = wanted.subset
        self.look = look
        self.present = _identities(self.subset.cache_directory)
        self.kept: FolderRecords | None = None
        if look.records is not None:
            self.kept = look.records.of_folder(self.subset.cache_directory)

    def verdicts(self) -> Iterator[CacheVerdict]:
        for name, wanted in self.wanted.latents.items():
            yield self._verdict(name, wanted)
        for name, wanted in self.wanted.texts.items():
            verdict = self._verdict(name, wanted)
            if verdict.state is CacheState.MISSING and wanted.item.caption is None:
                verdict = CacheVerdict(verdict.path, verdict.step, verdict.state, verdict.item, "no caption")
            yield verdict
        if self.wanted.items:
            yield from self._orphans()

    def _verdict(self, name: str, wanted: Wanted) -> CacheVerdict:
        path, step, item = unparsed(as_text(wanted, "path")), wanted.step, wanted.item.name
        identity = self.present.get(name)
        if identity is None:
            return CacheVerdict(path, step, CacheState.MISSING, item, "not encoded yet")
        try:
            fault = next(self._faults(name, identity, wanted), None)
        except CorruptError as error:
            return CacheVerdict(path, step, CacheState.CORRUPT, item, str(error))
        except OSError as error:
            return CacheVerdict(path, step, CacheState.CORRUPT, item, f"cannot be read: {error.strerror}")
        if fault is None:
            return CacheVerdict(path, step, CacheState.CURRENT, item)
        return CacheVerdict(path, step, CacheState.STALE, item, fault.why, fault.needs)

    def _faults(self, name: str, identity: Identity, wanted: Wanted) -> Iterator[_Fault]:
        """What makes a whole file stale.

        Raises:
            CorruptError: it is not whole.
            OSError: it cannot be read.
        """
        record = None if self.kept is None else self.kept.record(name, identity)
        facts = None if record is None else unpacked(record.facts, wanted.step)
        origin = None if record is None else record.origin
        if facts is None:
            header = read_header(wanted.path)
            found = latents_facts(header) if wanted.step is CacheStep.LATENTS else text_facts(header)
            if isinstance(found, str):
                yield _Fault(found)
                return
            facts = found
            origin = None if self.kept is None else self.kept.expected(name, identity)
        if facts.is_rehearsal and self.look.is_real(wanted.step):
            yield _Fault("made by the rehearsal trainer")
        if wanted.rival is not None:
            yield _Fault(f"{wanted.rival.media.name} and {wanted.item.media.name} share this file")
        if isinstance(facts, TextFacts):
            yield from _text_faults(wanted, facts)
            if origin is not None:
                yield from _source_faults(origin, self.look.text_weights, self.look.text_flags)
            return
        yield from self._latents_faults(wanted, facts)
        if origin is not None:
            yield from _source_faults(origin, self.look.latents_weights, self.look.latents_flags)
        if origin is not None and origin.media is not None and self.look.records is not None:
            yield from self._content_faults(wanted, origin, self.look.records)
        else:
            yield from self._time_faults(wanted, identity.mtime_ns)

    def _latents_faults(self, wanted: Wanted, facts: LatentsFacts) -> Iterator[_Fault]:
        frames, height, width = wanted.shape
        if (facts.height, facts.width) != (height, width):
            size = f"{facts.width * _PIXELS_A_LATENT}x{facts.height * _PIXELS_A_LATENT}"
            yield _Fault(f"encoded at {size}, but the bucket is now {wanted.bucket[0]}x{wanted.bucket[1]}")
        if facts.frames != frames or (wanted.clip is not None and facts.frame_count != str(wanted.clip.frames)):
            yield _Fault("encoded with another number of frames")
        if self.look.i2v and not facts.has_first_frame:
            yield _Fault("encoded for text-to-video, without the first frame")
        if facts.has_control != self.wanted.controls.are_wanted:
            yield _Fault("encoded with control media" if facts.has_control else "encoded without its control media")

    def _content_faults(self, wanted: Wanted, origin: Origin, records: Records) -> Iterator[_Fault]:
        if origin.settings != self.wanted.frame_settings:
            yield _Fault("frames changed")
        media = records.media_hash(wanted.item.media)
        if media is None:
            yield _Fault("the media file cannot be read")
        if media != origin.media:
            yield _Fault("pixels changed")
        if origin.control != records.control_hash(self.wanted, wanted):
            yield _Fault("control media changed")

    def _time_faults(self, wanted: Wanted, encoded_ns: int) -> Iterator[_Fault]:
        """What contradicts that a cache by somebody else was made from what is there now."""
        media = wanted.item.media
        try:
            stamp = stamp_of(str(media))
            controls = [stamp_of(path).changed_ns for path in self.wanted.controls.of(wanted.item)]
        except OSError:
            yield _Fault("the media file cannot be read", media)
            return
        if stamp.mtime_ns > encoded_ns:
            yield _Fault("the media file is newer, its pixels may have changed", media)
        if stamp.ctime_ns > encoded_ns:
            yield _Fault("the media file was replaced or moved since, its pixels may have changed", media)
        if any(changed_ns > encoded_ns for changed_ns in controls):
            yield _Fault("the control media are newer", media)
        if self.subset.is_video and self._config_changed_ns > encoded_ns:
            yield _Fault("the dataset file is newer, its source_fps may have changed", self.wanted.config)

    @cached_property
    def _config_changed_ns(self) -> int:
        try:
            return self.wanted.config.stat().st_mtime_ns
        except OSError:
            return 0

    def _orphans(self) -> Iterator[CacheVerdict]:
        unreadable = {item.name for item in self.wanted.items if item.width is None}
        expected = self.wanted.latents.keys() | self.wanted.texts.keys()
        for name in sorted(self.present.keys() - expected):
            stem = latents_stem(name, is_video=self.subset.is_video)
            step = CacheStep.LATENTS
            if stem is None:
                stem, step = text_stem(name), CacheStep.TEXT
            path = self.subset.cache_directory / name
            if stem is not None and stem not in unreadable and _is_the_trainers(path):
                yield CacheVerdict(path, step, CacheState.ORPHAN, None, "belongs to no item")


def _text_faults(wanted: Wanted, facts: TextFacts) -> Iterator[_Fault]:
    caption = wanted.item.caption
    if caption is None:
        yield _Fault("no caption")
    elif facts.caption != text_digest(caption):
        yield _Fault("caption edited")


def _source_faults(origin: Origin, weights: str | None, flags: str | None) -> Iterator[_Fault]:
    if None not in (weights, origin.weights) and weights != origin.weights:
        yield _Fault("weights changed")
    if None not in (flags, origin.flags) and flags != origin.flags:
        yield _Fault("encoding flags changed")


def _identities(folder: Path) -> dict[str, Identity]:
    """The files in a cache folder that the trainer would glob for; none when there is no such folder yet."""
    found: dict[str, Identity] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.endswith(".safetensors") and not name.startswith("."):
                    found[name] = _identity(entry)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise CacheError(f"{folder}: cannot be listed ({error.strerror}); make it readable") from error
    return found


def _identity(entry: os.DirEntry[str]) -> Identity:
    try:
        state = entry.stat()
    except OSError:
        return _NO_IDENTITY  # a link to nowhere, most often: reading it tells
    return Identity(state.st_size, state.st_mtime_ns)


def _is_the_trainers(path: Path) -> bool:
    """Whether the trainer wrote `path`; of a damaged file its name, which is known to be right, is proof enough."""
    try:
        return read_header(path).metadata.get("architecture") == ARCHITECTURE
    except CorruptError:
        return True
    except OSError:
        return False
