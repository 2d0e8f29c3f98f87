"""What a run trains on, item by item, and how two such lists differ."""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.caches.model import CacheError
from wantui.formatting import plain_plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wantui.caches.records import Records
    from wantui.dataset.model import Dataset, Item

Row = dict[str, Any]
"""An item as JSON: name, subset, media, media_hash, caption, width, height, bucket, latents, text."""
_KEYS = ("name", "subset", "media", "media_hash", "caption", "width", "height", "bucket", "latents", "text")


def rows_of(dataset: Dataset, records: Records) -> list[Row]:
    """The items of `dataset`; media that have changed since they were last read are read.

    Raises:
        CacheError: what was read cannot be noted.
    """
    rows = [_row(item, records.media_hash(item.media)) for item in dataset.items]
    records.save_memo()
    return rows


def read_rows(file: Path) -> list[Row]:
    """The items in an ``items.json``.

    Raises:
        CacheError: there is none, or it is broken.
    """
    try:
        rows = reading.read_json(file)
    except OSError as error:
        raise CacheError(f"{file}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise CacheError(f"{file}: is no list of items: {error}") from error
    if not isinstance(rows, list) or not all(map(_is_row, rows)):
        raise CacheError(f"{file}: is no list of items")
    return rows


def _is_row(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and row.keys() >= set(_KEYS)
        and isinstance(row["name"], str)
        and isinstance(row["subset"], int)
        and isinstance(row["caption"], (str, NoneType))
    )


@dataclass(frozen=True, slots=True)
class ItemsDifference:
    """How one list of items differs from another; each field names items, sorted."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    recaptioned: tuple[str, ...] = ()
    """With another caption."""
    repixelled: tuple[str, ...] = ()
    """With other content of the media file."""
    resized: tuple[str, ...] = ()
    """With the same media, but encoded at another size or cut into other clips."""

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.recaptioned, self.repixelled, self.resized))

    def __str__(self) -> str:
        """For a person: ``3 captions changed, 1 item added``; empty where nothing differs."""
        return ", ".join(self._parts())

    def _parts(self) -> Iterator[str]:
        if self.recaptioned:
            yield f"{plain_plural(len(self.recaptioned), 'caption')} changed"
        if self.repixelled:
            yield f"{plain_plural(len(self.repixelled), 'media file')} changed"
        if self.resized:
            yield f"{plain_plural(len(self.resized), 'item')} encoded at another size or length"
        if self.added:
            yield f"{plain_plural(len(self.added), 'item')} added"
        if self.removed:
            yield f"{plain_plural(len(self.removed), 'item')} removed"


def difference(one: list[Row], other: list[Row]) -> ItemsDifference:
    """How `other` differs from `one`: what `other` alone has was added."""
    old, new = ({_key(row): row for row in rows} for rows in (one, other))
    both = [(old[key], new[key]) for key in new if key in old]
    repixelled = {_key(row) for before, row in both if _has_other_pixels(before, row)}
    resized = {_key(row) for before, row in both if _shape(before) != _shape(row)}
    return ItemsDifference(
        added=_names(new.keys() - old.keys()),
        removed=_names(old.keys() - new.keys()),
        recaptioned=_names(_key(row) for before, row in both if before["caption"] != row["caption"]),
        repixelled=_names(repixelled),
        resized=_names(resized - repixelled),
    )


def _row(item: Item, media_hash: str | None) -> Row:
    return {
        "name": item.name,
        "subset": item.subset,
        "media": str(item.media),
        "media_hash": media_hash,
        "caption": item.caption,
        "width": item.width,
        "height": item.height,
        "bucket": None if item.bucket is None else list(item.bucket),
        "latents": [path.name for path in item.latent_caches],
        "text": item.text_cache.name,
    }


def _key(row: Row) -> tuple[int, str]:
    return row["subset"], row["name"]


def _shape(row: Row) -> tuple[Any, ...]:
    return row["bucket"], row["latents"]


def _has_other_pixels(before: Row, row: Row) -> bool:
    """Whether the media differ; what could not be read then is not known to, what cannot be read now is gone."""
    return before["media_hash"] is not None and before["media_hash"] != row["media_hash"]


def _names(keys: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(name for _, name in sorted(keys))
