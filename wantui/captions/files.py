"""Captions of any item: a file beside the media, or a line of a jsonl file. What is not edited keeps its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import reading
from wantui.dataset import captions
from wantui.dataset.captions import Caption, normal_text
from wantui.dataset.jsonl import LARGEST_LIST, JsonlEntry, entry_of, split_lines, with_captions
from wantui.dataset.model import DatasetError
from wantui.journal.changes import FileChange
from wantui.journal.errors import FilesChangedError, JournalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wantui.dataset.model import Item
    from wantui.journal.changes import Step
    from wantui.journal.journal import Journal

_READ_AGAIN = "nothing was written; read it again"


@dataclass(frozen=True, slots=True)
class ItemCaption:
    """An item's caption as it was read."""

    text: str
    """For editing: lines end with a line feed, none at the end; empty where there is no caption file."""
    token: Caption | None
    """What it was read as, to be handed back on saving; None where there is no caption file.

    Of a jsonl item: its caption alone, as if it were a file.
    """


@dataclass(frozen=True, slots=True)
class CaptionChange:
    """A caption that is to become another one."""

    item: Item
    before: str | None
    """The text that the change was made for; None: there was no caption file."""
    after: str


@dataclass(frozen=True, slots=True)
class SaveReport:
    """What became of many changes."""

    step: Step | None
    """None where nothing had to be written."""
    written: int
    """Captions that were changed."""
    conflicts: tuple[tuple[Item, str], ...]
    """Items that were left out, each with why, as a clause."""


def read(item: Item) -> ItemCaption:
    """The caption as it is on the disk.

    Raises:
        JournalError: it cannot be read, or is not UTF-8 (see `wantui.captions.encodings`).
    """
    path = item.caption_file
    if path is None:
        return _as_item(_JsonLines(_jsonl_of(item)).caption(item))
    if not path.exists():
        return ItemCaption("", None)
    try:
        return _as_item(captions.read(path))
    except DatasetError as error:
        raise JournalError(str(error)) from error


def read_all(items: Iterable[Item]) -> Iterator[tuple[Item, ItemCaption | JournalError]]:
    """Every item with its caption as it is on the disk, or with why that cannot be read; each list is read once."""
    collected = _FileChanges()
    for item in items:
        try:
            yield item, collected.read(item)
        except JournalError as error:
            yield item, error


def change_for(item: Item, text: str, read_as: ItemCaption | None) -> FileChange | None:
    """What has to change so that the item's caption is `text`; None where it is already.

    Args:
        item: whose caption it is.
        text: as a person left it.
        read_as: what `read` gave when the editing began; None: there was no caption.

    Raises:
        FilesChangedError: the line of a jsonl item is no longer what it was. (With a file, the journal finds out.)
        JournalError: the text cannot be encoded, or the jsonl file cannot be read.
    """
    token = None if read_as is None else read_as.token
    if item.caption_file is None:
        lines = _JsonLines(_jsonl_of(item))
        now = lines.caption(item)
        if token is None or now.raw != token.raw:
            raise FilesChangedError([(lines.path, f"has another caption for {item.media.name} now")], _READ_AGAIN)
        lines.put(item, text)
        return lines.change()
    try:
        raw = captions.rewritten(item.caption_file, text, token)
    except DatasetError as error:
        raise JournalError(str(error)) from error
    before = None if token is None else token.raw
    return None if raw == before else FileChange(item.caption_file, before, raw)


def save(journal: Journal, item: Item, text: str, read_as: ItemCaption | None) -> ItemCaption:
    """Write one caption, as a step of its own, and return it as it is now.

    Raises:
        FilesChangedError: it is not what `read_as` says; nothing was written.
        JournalError: it cannot be written.
    """
    with journal.locked():
        change = change_for(item, text, read_as)
        if change is not None:
            journal.do(f"edit {item.media.name}", [change])
        elif read_as is not None and read(item) != read_as:
            path = item.caption_file or _jsonl_of(item)
            raise FilesChangedError([(path, "was changed by somebody else meanwhile")], _READ_AGAIN)
        return read(item)


def save_all(journal: Journal, what: str, changes: Sequence[CaptionChange]) -> SaveReport:
    """Write many captions in one step; those that are not what their change was made for are left out and told.

    Args:
        journal: of the workspace.
        what: for a person, as in ``add 'ohwx' to 12 captions``.
        changes: at most one for each item.

    Raises:
        JournalError: something cannot be written; nothing was.
    """
    with journal.locked():
        collected = _FileChanges()
        for change in changes:
            collected.take(change)
        found = collected.changes()
        step = journal.do(what, found) if found else None
        return SaveReport(step, collected.written, tuple(collected.conflicts))


class _FileChanges:
    """Collects what many changes of captions come to, one `FileChange` a file."""

    def __init__(self) -> None:
        self.conflicts: list[tuple[Item, str]] = []
        self.written = 0
        self._files: dict[Path, FileChange] = {}
        self._lines: dict[Path, _JsonLines] = {}

    def take(self, change: CaptionChange) -> None:
        try:
            self._take(change)
        except (JournalError, DatasetError) as error:
            self.conflicts.append((change.item, str(error)))

    def read(self, item: Item) -> ItemCaption:
        """The caption as it is on the disk; a list as it was when its first item was read."""
        path = item.jsonl_file
        if path is None:
            return read(item)
        if path not in self._lines:
            self._lines[path] = _JsonLines(path)
        return _as_item(self._lines[path].caption(item))

    def changes(self) -> list[FileChange]:
        of_lines = (lines.change() for lines in self._lines.values())
        return [*self._files.values(), *(change for change in of_lines if change is not None)]

    def _take(self, change: CaptionChange) -> None:
        item = change.item
        now = self.read(item)
        current = None if now.token is None else now.text
        if (current is None) != (change.before is None) or normal_text(current or "") != normal_text(
            change.before or ""
        ):
            self.conflicts.append((item, "was changed by somebody else meanwhile"))
        elif item.caption_file is None:
            if normal_text(change.after) != normal_text(now.text):
                self._lines[_jsonl_of(item)].put(item, change.after)
                self.written += 1
        else:
            self._take_file(item.caption_file, change, now)

    def _take_file(self, path: Path, change: CaptionChange, now: ItemCaption) -> None:
        made = change_for(change.item, change.after, now)
        other = self._files.get(path)
        if other is not None and made != other:
            self.conflicts.append((change.item, f"shares {path.name} with another item, which gets another caption"))
        elif made is not None:
            self._files[path] = made
            self.written += 1


class _JsonLines:
    """A jsonl file whose captions are being changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._content = reading.read_bytes(path, LARGEST_LIST)
        except OSError as error:
            raise JournalError(f"{path}: cannot be read: {error.strerror}") from error
        self._lines = [line for line, _ in split_lines(self._content)]
        self._texts: dict[int, str] = {}

    def caption(self, item: Item) -> Caption:
        """An item's caption, as if it were a file."""
        entry = self._entry(item)
        try:
            return captions.parsed(self.path, entry.caption.encode("utf-8"))
        except UnicodeEncodeError as error:
            raise JournalError(f"{self.path}:{entry.line}: the caption has half a character; remove it") from error

    def put(self, item: Item, text: str) -> None:
        """Let the item's caption be `text`."""
        entry, before = self._entry(item), self.caption(item)
        try:
            self._texts[entry.line] = captions.rewritten(self.path, text, before).decode("utf-8")
        except DatasetError as error:
            raise JournalError(str(error)) from error

    def change(self) -> FileChange | None:
        """What was put comes to; None where that is nothing."""
        try:
            after = with_captions(self.path, self._content, self._texts)
        except DatasetError as error:
            raise JournalError(str(error)) from error
        return None if after == self._content else FileChange(self.path, self._content, after)

    def _entry(self, item: Item) -> JsonlEntry:
        """The item's line: where it was, else the only one with its media, for lines may have come and gone."""
        number = item.jsonl_line or 0
        if 0 < number <= len(self._lines):
            entry = entry_of(number, self._lines[number - 1], is_video=item.is_video)
            if entry is not None and _is_of(entry, item):
                return entry
        found = [entry for entry in self._entries(item) if _is_of(entry, item)]
        if len(found) == 1:
            return found[0]
        what = f"has {'several lines' if found else 'no line'} for {item.media.name} now"
        raise FilesChangedError([(self.path, what)], "read the dataset again")

    def _entries(self, item: Item) -> Iterable[JsonlEntry]:
        numbered = enumerate(self._lines, start=1)
        found = (entry_of(number, line, is_video=item.is_video) for number, line in numbered)
        return (entry for entry in found if entry is not None)


def _is_of(entry: JsonlEntry, item: Item) -> bool:
    """Whether a line lists the item's media; a relative path begins at the folder of ``dataset.toml``."""
    parts = Path(entry.media).parts
    return item.media.parts[-len(parts) :] == parts


def _jsonl_of(item: Item) -> Path:
    if item.jsonl_file is None:
        raise JournalError(f"{item.media}: neither a caption file nor a jsonl line is known; read the dataset again")
    return item.jsonl_file


def _as_item(caption: Caption) -> ItemCaption:
    return ItemCaption(caption.text, caption)
