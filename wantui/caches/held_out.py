"""Which items are held out: never trained on, so that a checkpoint can be asked for its loss on something new to it.

Kept in ``.wantui/held-out.json`` by the path of the media, relative to the workspace where it lies in it. An entry
whose file is gone is looked for by its content, so an item that was renamed or moved stays held out.
"""

from __future__ import annotations

import os
import random
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import atomic, locks, reading
from wantui.caches.content import content_digest
from wantui.caches.model import CacheError
from wantui.jobs.fields import FieldError, Fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from contextlib import AbstractContextManager

    from wantui.dataset.model import Dataset, Item
    from wantui.paths import Workspace

FILE = "held-out.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class _Entry:
    """An item that is held out."""

    media: str
    """Absolute."""
    size: int | None
    """Bytes when it was held out; None for a folder of images."""
    content: str | None
    """`content_digest` then; None where it could not be read."""


class HeldOut:
    """The held-out items of one workspace. Every call reads the file: other processes change it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.file = workspace.state / FILE

    def among(self, items: Iterable[Item]) -> frozenset[str]:
        """`Item.key` of those of `items` that are held out.

        Raises:
            CacheError: the file is broken: without it, nobody knows what must not be trained on.
        """
        entries = self._entries()
        if not entries:
            return frozenset()
        every = list(items)
        named = {entry.media for entry in entries}
        found = {item.key for item in every if item.key in named}
        moved = [entry for entry in entries if entry.media not in found and not os.path.lexists(entry.media)]
        if moved:
            found |= {item.key for item in every if item.key not in found and _is_one_of(item.key, moved)}
        return frozenset(found)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is held out.

        Raises:
            CacheError: the file is broken.
        """
        return not self._entries()

    def add(self, items: Collection[Item]) -> None:
        """Hold out `items` as well.

        Raises:
            CacheError: the file is broken or cannot be written.
        """
        added = {item.key: _entry(item.key) for item in items}
        with self._changing():
            kept = [entry for entry in self._entries() if entry.media not in added]
            self._write([*kept, *added.values()])

    def release(self, items: Collection[Item]) -> None:
        """Let `items` be trained on again.

        Raises:
            CacheError: the file is broken or cannot be written.
        """
        keys = {item.key for item in items}
        with self._changing():
            self._write(
                [
                    entry
                    for entry in self._entries()
                    if entry.media not in keys
                    and (os.path.lexists(entry.media) or not any(_is_one_of(key, [entry]) for key in keys))
                ]
            )

    def _changing(self) -> AbstractContextManager[int]:
        return locks.held(self._workspace.runtime / "held-out.lock")

    def _entries(self) -> list[_Entry]:
        try:
            fields = Fields(reading.read_json(self.file), "list of held-out items")
            if fields.integer("version") != _VERSION:
                raise FieldError("it is of another version")
            return [
                _Entry(
                    str(self._workspace.root / each.text("media")),
                    each.integer_or_none("size"),
                    each.text_or_none("content"),
                )
                for each in fields.objects("items")
            ]
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            todo = "fix the file, or remove it to hold out none"
            raise CacheError(f"{self.file}: which items are held out cannot be read ({error}); {todo}") from error

    def _write(self, entries: Sequence[_Entry]) -> None:
        root = self._workspace.root
        listed = []
        for entry in entries:
            media = Path(entry.media)
            shown = media.relative_to(root) if media.is_relative_to(root) else media
            listed.append({"media": str(shown), "size": entry.size, "content": entry.content})
        try:
            self._workspace.create_state()
            atomic.write_json(self.file, {"version": _VERSION, "items": listed})
        except OSError as error:
            raise CacheError(f"{self.file}: cannot be written ({error.strerror})") from error


def without(dataset: Dataset, held_out: Collection[str]) -> Dataset:
    """`dataset` as it is trained on: without the items of these keys."""
    if not held_out:
        return dataset
    return replace(dataset, items=tuple(item for item in dataset.items if item.key not in held_out))


def drawn(items: Iterable[Item], count: int, seed: int) -> tuple[Item, ...]:
    """`count` items drawn at random, from each section in proportion to its items; one at least stays in each.

    The same seed draws the same items of the same dataset. What cannot be encoded is not drawn.

    Args:
        items: that are not held out yet.
        count: how many; fewer are drawn where no more can be spared.
        seed: of the draw.
    """
    sections: dict[int, list[Item]] = {}
    for item in items:
        if item.problem is None and item.caption is not None:
            sections.setdefault(item.subset, []).append(item)
    spare = {subset: len(found) - 1 for subset, found in sections.items()}
    total = sum(map(len, sections.values()))
    count = min(count, sum(spare.values()))
    share = {subset: count * len(found) / total for subset, found in sections.items()}
    taken = {subset: min(int(share[subset]), spare[subset]) for subset in sections}
    while sum(taken.values()) < count:  # by the largest remainder (Hamilton's method)
        open_ = [subset for subset in sections if taken[subset] < spare[subset]]
        most = max(open_, key=lambda subset: (share[subset] - taken[subset], -subset))
        taken[most] += 1
    source = random.Random(seed)  # noqa: S311  no secret
    return tuple(item for subset in sorted(sections) for item in _sample(source, sections[subset], taken[subset]))


def _sample(source: random.Random, items: Sequence[Item], count: int) -> list[Item]:
    """Some of `items`, in their order."""
    return [items[at] for at in sorted(source.sample(range(len(items)), count))]


def _entry(media: str) -> _Entry:
    size = content = None
    with suppress(OSError):
        size = _size(media)
        content = content_digest(media)
    return _Entry(media, size, content)


def _is_one_of(media: str, entries: Iterable[_Entry]) -> bool:
    """Whether a file has the content of one of `entries`; it is read only where its size is that of one."""
    try:
        size = _size(media)
        alike = {entry.content for entry in entries if entry.size == size and entry.content is not None}
        return bool(alike) and content_digest(media) in alike
    except OSError:
        return False


def _size(media: str) -> int | None:
    return None if os.path.isdir(media) else os.stat(media).st_size  # noqa: PTH112, PTH116  thousands
