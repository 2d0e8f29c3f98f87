"""A look at a few items whose files have changed: at once, where one at everything takes longer than a blink.

It goes by content as the whole look does, but asks only what an edit can have changed: the caption against the one
in the text cache's header, the pixels against our record of the latents. The whole look follows and has the last
word.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from wantui.caches.content import text_digest
from wantui.caches.facts import text_facts
from wantui.caches.header import CorruptError, read_header
from wantui.caches.model import CacheReport, CacheState, CacheStep, CacheVerdict
from wantui.caches.records import identity_of
from wantui.dataset.lean_paths import as_text
from wantui.dataset.scan import scan_again
from wantui.services.values import DatasetView

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wantui.caches.records import Records
    from wantui.dataset.model import DatasetConfig, Item

LARGEST = 1 << 26
"""Bytes of a media file that is hashed at once; a larger one waits for the whole look."""
EDITED = "caption edited"
PIXELS = "pixels changed"


class PartialRescan:
    """What the last whole look has found, to compare with."""

    def __init__(self, config: DatasetConfig, items: tuple[Item, ...], report: CacheReport) -> None:
        self._config = config
        self._all_items = items
        self._report = report

    @cached_property
    def _verdicts(self) -> dict[str, CacheVerdict]:
        """By the path of the cache file, made when the first partial_rescan asks for it; likewise `_items`."""
        return {verdict.key: verdict for verdict in self._report.verdicts}

    @cached_property
    def _items(self) -> dict[str, Item]:
        """By the path of the media file and by that of the caption."""
        by_file = {item.key: item for item in self._all_items}
        by_file.update((as_text(item, "caption_file"), item) for item in self._all_items)
        return by_file

    def at(self, changed: Iterable[Path], records: Records) -> DatasetView:
        """The items that the changed files belong to, as they are now; new and vanished ones are left out."""
        touched = set(changed)
        found = (self._items.get(str(path)) for path in touched)
        known = {item.key: item for item in found if item is not None and item.media.exists()}
        now = scan_again(self._config, known.values())
        verdicts: list[CacheVerdict] = []
        for was, item in zip(known.values(), now, strict=True):
            verdicts += self._latents(was, item, records if item.media in touched else None)
            verdicts.append(self._text(item))
        return DatasetView(self._config.path, now, (), CacheReport(tuple(verdicts)))

    def _text(self, item: Item) -> CacheVerdict:
        path = item.text_cache
        known = self._verdicts.get(str(path), CacheVerdict(path, CacheStep.TEXT, CacheState.MISSING, item.name))
        if known.state not in (CacheState.CURRENT, CacheState.STALE) or item.caption is None:
            return known
        try:
            facts = text_facts(read_header(path))
        except FileNotFoundError:
            return CacheVerdict(path, CacheStep.TEXT, CacheState.MISSING, item.name, "not encoded yet")
        except (CorruptError, OSError):
            return known
        if isinstance(facts, str) or facts.caption != text_digest(item.caption):
            return replace(known, state=CacheState.STALE, why=EDITED)
        return _without(known, EDITED)

    def _latents(self, was: Item, item: Item, records: Records | None) -> Iterator[CacheVerdict]:
        for path in item.latent_caches:
            known = self._verdicts.get(str(path))
            if known is None:
                yield CacheVerdict(path, CacheStep.LATENTS, CacheState.MISSING, item.name, "not encoded yet")
            elif item.bucket != was.bucket:
                yield replace(known, state=CacheState.STALE, why="the bucket is another now")
            elif records is None:
                yield known
            else:
                yield self._by_pixels(item, known, records)

    def _by_pixels(self, item: Item, known: CacheVerdict, records: Records) -> CacheVerdict:
        identity = identity_of(known.path)
        if identity is None or item.media.stat().st_size > LARGEST:
            return known
        record = records.of_folder(known.path.parent).record(known.path.name, identity)
        if record is None or record.origin.media is None:
            is_newer = item.media_mtime_ns > identity.mtime_ns
            return replace(known, state=CacheState.STALE, why=PIXELS) if is_newer else known
        if records.media_hash(item.media) != record.origin.media:
            return replace(known, state=CacheState.STALE, why=PIXELS)
        return _without(known, PIXELS)


def _without(known: CacheVerdict, why: str) -> CacheVerdict:
    """`known`, if that is no longer why it is stale."""
    if known.state is CacheState.STALE and known.why == why:
        return replace(known, state=CacheState.CURRENT, why=None)
    return known
