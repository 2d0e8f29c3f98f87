"""wantui's own record of what each cache file was made from.

One file a cache folder, and one memo of media hashes, in a folder that the caller names. A record speaks for a cache
file of the size and modification time that it was made for; whoever rewrites the file makes it silent. Nothing is
lost with the records but time: caches without one are judged by their headers and by time.

Around a cache job: `expect` before it, with what is about to be encoded, and `record` after it. What is expected is a
record in advance: it says which content the media had before the trainer could read it. If the media change while
the trainer is at work, or the job dies halfway, the caches that it wrote are still judged by that content.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from wantui.caches.content import Memo, read_object, stamp_of, text_digest, write_compact
from wantui.caches.facts import LatentsFacts, TextFacts, latents_facts, text_facts
from wantui.caches.header import CorruptError, read_header
from wantui.caches.model import CacheError, CacheStep
from wantui.caches.trash import TRASH
from wantui.caches.wanted import Wanted, WantedFolder, wanted_folders

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wantui.caches.model import CacheVerdict
    from wantui.caches.source import Source
    from wantui.dataset.model import Dataset

_VERSION = 2
"""2: facts tell whether the rehearsal trainer made a file."""
_EITHER = "changed meanwhile"
"""In place of a digest: the media changed while the trainer was at work, and which content it read nobody can tell.
It equals no digest, so that the cache stays stale even where the change is taken back."""


class Identity(NamedTuple):
    """Tells a cache file from another of its name."""

    size: int
    mtime_ns: int


class Origin(NamedTuple):
    """What a cache file was made from. None: not known, and then not compared."""

    media: str | None
    """Digest of the media's content; None for a text."""
    control: str | None
    """Digest of the control media's content; None where there are none."""
    settings: str
    """`WantedFolder.frame_settings`; empty for a text."""
    weights: str | None
    flags: str | None
    """`Source.effective_flags`."""


class Record(NamedTuple):
    """A cache file of a certain identity."""

    identity: Identity
    origin: Origin
    facts: tuple[Any, ...]
    """The fields of its `LatentsFacts` or `TextFacts`: its header need not be read again."""


class FolderRecords:
    """The records of one cache folder."""

    def __init__(self, file: Path) -> None:
        self._file = file
        document = read_object(file, _VERSION)
        self._sources = _listed(document.get("sources"))
        self._files = _named(document.get("files"))
        self._expected = _named(document.get("expected"))

    def record(self, name: str, identity: Identity) -> Record | None:
        """What is known of the file `name`, if it is still the one that was recorded."""
        entry = self._files.get(name)
        if type(entry) is not list or len(entry) != 6 or entry[:2] != [*identity]:  # noqa: PLR2004
            return None
        source = self._source(entry[2])
        if source is None or type(entry[5]) is not list:
            return None
        return Record(identity, Origin(entry[3], entry[4], *source), tuple(entry[5]))

    def expected(self, name: str, identity: Identity) -> Origin | None:
        """What the file `name` was made from, if it came since `expect`."""
        entry = self._expected.get(name)
        if type(entry) is not list or len(entry) != 5 or entry[:2] == [*identity]:  # noqa: PLR2004
            return None
        source = self._source(entry[2])
        return None if source is None else Origin(entry[3], entry[4], *source)

    def expect(self, name: str, now: Identity | None, origin: Origin) -> None:
        """Note what the next file of this name will be made from; `now` is the one that is there."""
        size, mtime_ns = now or (None, None)
        self._expected[name] = [size, mtime_ns, self._source_number(origin), origin.media, origin.control]

    def keep(self, name: str, record: Record) -> None:
        """Note what the file of this name was made from."""
        origin = record.origin
        self._files[name] = [
            *record.identity,
            self._source_number(origin),
            origin.media,
            origin.control,
            list(record.facts),
        ]

    def forget(self, names: Iterable[str]) -> None:
        """Drop the records of files that are gone."""
        for name in names:
            self._files.pop(name, None)

    def forget_expected(self, names: Iterable[str]) -> None:
        """Drop what was noted in advance."""
        for name in names:
            self._expected.pop(name, None)

    @property
    def names(self) -> frozenset[str]:
        """The files that there are records of."""
        return frozenset(self._files)

    def save(self) -> None:
        """Write the records down.

        Raises:
            CacheError: they cannot be written.
        """
        document = {
            "version": _VERSION,
            "sources": self._sources,
            "files": self._files,
            "expected": self._expected,
        }
        try:
            self._file.parent.mkdir(exist_ok=True)
            write_compact(self._file, document)
        except OSError as error:
            raise _cannot_be_written(self._file, error) from error

    def _source(self, number: object) -> tuple[str, str | None, str | None] | None:
        if type(number) is not int or not 0 <= number < len(self._sources):
            return None
        source = self._sources[number]
        if type(source) is not list or len(source) != 3:  # noqa: PLR2004
            return None
        return source[0], source[1], source[2]

    def _source_number(self, origin: Origin) -> int:
        source = [origin.settings, origin.weights, origin.flags]
        if source not in self._sources:
            self._sources.append(source)
        return self._sources.index(source)


class Records:
    """The records of all cache folders, and the memo of media hashes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: dict[str, FolderRecords] = {}

    @classmethod
    def open(cls, folder: Path) -> Records:
        """The records in `folder`, which need not exist; files that are broken count as missing.

        They are read when first asked for, and not again: open them anew for each look at a dataset.
        """
        return cls(folder)

    @cached_property
    def memo(self) -> Memo:
        """Hashes of media and weights."""
        return Memo(self._folder / "content.json")

    def of_folder(self, cache_folder: Path) -> FolderRecords:
        """The records of one cache folder, by whichever path."""
        real = os.path.realpath(cache_folder)
        if real not in self._opened:
            digest = hashlib.blake2b(os.fsencode(real), digest_size=8).hexdigest()
            self._opened[real] = FolderRecords(self._folder / f"{digest}.json")
        return self._opened[real]

    def media_hash(self, path: Path) -> str | None:
        """A hash of the content of a media file, read only if it has changed; None where it cannot be read."""
        return self.memo.digest(str(path))

    def origin(self, folder: WantedFolder, wanted: Wanted, source: Source | None) -> Origin:
        """What a cache file would be made from now."""
        weights = self.weights_hash(source)
        flags = None if source is None else source.effective_flags
        if wanted.step is CacheStep.TEXT:
            return Origin(None, None, "", weights, flags)
        media = self.media_hash(wanted.item.media)
        return Origin(media, self.control_hash(folder, wanted), folder.frame_settings, weights, flags)

    def weights_hash(self, source: Source | None) -> str | None:
        """A hash that tells the weights of `source` from others; None where they are not known or not there."""
        return None if source is None or source.weights is None else self.memo.weights_digest(str(source.weights))

    def control_hash(self, folder: WantedFolder, wanted: Wanted) -> str | None:
        """A hash of the control media of an item; None where there are none."""
        if not folder.controls.are_wanted:
            return None
        digests = [self.memo.digest(path) for path in folder.controls.of(wanted.item)]
        return digests[0] if len(digests) == 1 else text_digest(json.dumps(digests))

    def save_memo(self) -> None:
        """Write down what has been hashed.

        Raises:
            CacheError: it cannot be written.
        """
        try:
            self.memo.save()
        except OSError as error:
            raise _cannot_be_written(self.memo.file, error) from error


def expect(
    dataset: Dataset, verdicts: Iterable[CacheVerdict], records: Records, source: Source | None = None
) -> None:
    """Before a cache job: note what the caches that it is about to write are made from.

    Reads media that have changed since they were last read. Best called before `trash.discard`.

    Args:
        dataset: freshly scanned.
        verdicts: of the files that the job will encode, of one step.
        records: where it is noted.
        source: what the step encodes with.

    Raises:
        CacheError: it cannot be written down.
    """
    names = {verdict.path: verdict.step for verdict in verdicts if verdict.item is not None}
    for folder in wanted_folders(dataset):
        kept = records.of_folder(folder.subset.cache_directory)
        chosen = [wanted for wanted in _all(folder) if names.get(wanted.path) is wanted.step]
        for wanted in chosen:
            now = identity_of(wanted.path) or identity_of(wanted.path.parent / TRASH / wanted.path.name)
            kept.expect(wanted.path.name, now, records.origin(folder, wanted, source))
        if chosen:
            kept.save()
    records.save_memo()


def record(dataset: Dataset, step: CacheStep, records: Records, source: Source | None = None) -> None:
    """Keep what the caches that are there were made from: after a cache job, however it ended, or to adopt caches.

    What came since `expect` is recorded with what was noted then. What was there before without a record, made by
    somebody else, is taken to be made from what is there now, where time does not contradict.

    Args:
        dataset: freshly scanned.
        step: what the job encoded.
        records: where it is kept.
        source: what the step encodes with.

    Raises:
        CacheError: it cannot be written down.
    """
    for folder in wanted_folders(dataset):
        kept = records.of_folder(folder.subset.cache_directory)
        wanted_files = folder.of(step)
        for name, wanted in wanted_files.items():
            found = _found(folder, wanted, records, source)
            if found is not None:
                kept.keep(name, found)
        kept.forget_expected(wanted_files)
        _forget_gone(folder, kept)
        if folder.items:
            kept.save()
    records.save_memo()


def _forget_gone(folder: WantedFolder, kept: FolderRecords) -> None:
    """Drop what is known of files that nothing needs, unless they are still there, or may be put back."""
    cache = folder.subset.cache_directory
    unwanted = kept.names - folder.latents.keys() - folder.texts.keys()
    kept.forget(name for name in unwanted if not any(identity_of(at / name) for at in (cache, cache / TRASH)))


def identity_of(path: Path) -> Identity | None:
    """The identity of a cache file; None where there is none."""
    try:
        state = os.stat(path)  # noqa: PTH116  three times as fast as Path for thousands
    except OSError:
        return None
    return Identity(state.st_size, state.st_mtime_ns)


def _found(folder: WantedFolder, wanted: Wanted, records: Records, source: Source | None) -> Record | None:
    """What is to be recorded of a cache file; None: nothing is known for certain."""
    identity = identity_of(wanted.path)
    if identity is None or wanted.rival is not None:
        return None
    kept = records.of_folder(folder.subset.cache_directory)
    known = kept.record(wanted.path.name, identity)
    if known is not None:
        return _completed(known, records, source)
    facts = _facts_in(wanted)
    if facts is None:
        return None
    origin = kept.expected(wanted.path.name, identity)
    if origin is None:
        origin = records.origin(folder, wanted, source)  # first read, then asked for its age
        if wanted.step is CacheStep.LATENTS and not _is_older(folder, wanted, identity.mtime_ns):
            return None
    elif wanted.step is CacheStep.LATENTS and records.media_hash(wanted.item.media) != origin.media:
        origin = origin._replace(media=_EITHER)
    return Record(identity, origin, facts)


def _completed(known: Record, records: Records, source: Source | None) -> Record:
    """`known` with what nobody could say of its source before."""
    old = known.origin
    if source is None or None not in (old.weights, old.flags):
        return known
    weights = old.weights or records.weights_hash(source)
    flags = source.effective_flags if old.flags is None else old.flags
    return known._replace(origin=old._replace(weights=weights, flags=flags))


def _is_older(folder: WantedFolder, wanted: Wanted, than_ns: int) -> bool:
    """Whether all that latents depend on changed before a time, for certain."""
    paths = (str(wanted.item.media), *folder.controls.of(wanted.item))
    try:
        if folder.subset.is_video and folder.config.stat().st_mtime_ns > than_ns:
            return False
        return all(stamp_of(path).changed_ns <= than_ns for path in paths)
    except OSError:
        return False


def _facts_in(wanted: Wanted) -> tuple[Any, ...] | None:
    try:
        header = read_header(wanted.path)
    except (CorruptError, OSError):
        return None
    facts = latents_facts(header) if wanted.step is CacheStep.LATENTS else text_facts(header)
    return packed(facts) if not isinstance(facts, str) else None


def packed(facts: LatentsFacts | TextFacts) -> tuple[Any, ...]:
    """The fields of `facts`, as a `Record` keeps them."""
    if isinstance(facts, TextFacts):
        return facts.caption, facts.is_rehearsal
    return (
        *(facts.frames, facts.height, facts.width, facts.frame_count),
        *(facts.has_first_frame, facts.has_control, facts.is_rehearsal),
    )


def unpacked(fields: tuple[Any, ...], step: CacheStep) -> LatentsFacts | TextFacts | None:
    """The facts that a `Record` keeps; None where it is broken."""
    try:
        return LatentsFacts(*fields) if step is CacheStep.LATENTS else TextFacts(*fields)
    except TypeError:
        return None


def _all(folder: WantedFolder) -> Iterable[Wanted]:
    return (*folder.latents.values(), *folder.texts.values())


def _named(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _cannot_be_written(file: Path, error: OSError) -> CacheError:
    return CacheError(f"{file}: what was encoded cannot be noted ({error.strerror}); make its folder writable")
