"""Changes to many captions at once: what each operation makes of a text, and a preview before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from wantui.workbench import caption_files
from wantui.workbench.caption_files import CaptionChange
from wantui.workbench.errors import WorkbenchError
from wantui.workbench.tags import key_of, split_tags, with_texts, without

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.dataset.model import Item

PATIENCE_S = 0.5
"""How long a replacement may take in one caption."""


class BulkError(WorkbenchError):
    """An operation that cannot be carried out as it is written; the message says why and what to do."""


class Operation(Protocol):
    """Something that is done to captions."""

    @property
    def says(self) -> str:
        """What it does, as a verb phrase: ``remove the tag blurry``."""
        ...

    def apply(self, text: str) -> str:
        """What becomes of a caption; the same text where nothing does.

        Raises:
            BulkError: it cannot be applied.
        """
        ...


@dataclass(frozen=True, slots=True)
class AddText:
    """A trigger word or any text in front, or at the end; a caption that has it there already stays as it is."""

    text: str
    at_end: bool = False
    separator: str = ", "
    """What stands between it and the caption."""

    @property
    def says(self) -> str:
        """What it does."""
        return f"add {self.text} {'at the end' if self.at_end else 'in front'}"

    def apply(self, text: str) -> str:
        """Add it."""
        added = self.text.strip()
        if not added:
            raise BulkError("there is nothing to add; write a word")
        if not text.strip():
            return added
        if self.at_end:
            return text if self._ends(text, added) else f"{text.rstrip().rstrip(',')}{self.separator}{added}"
        return text if self._begins(text, added) else f"{added}{self.separator}{text.lstrip()}"

    @staticmethod
    def _begins(text: str, added: str) -> bool:
        rest = text.lstrip()
        return rest[: len(added)].casefold() == added.casefold() and not rest[len(added) : len(added) + 1].isalnum()

    @staticmethod
    def _ends(text: str, added: str) -> bool:
        rest = text.rstrip(" \n,")
        before = rest[: -len(added)]
        return rest[-len(added) :].casefold() == added.casefold() and not before[-1:].isalnum()


@dataclass(frozen=True, slots=True)
class RemoveTag:
    """A tag, wherever it stands."""

    tag: str

    @property
    def says(self) -> str:
        """What it does."""
        return f"remove the tag {self.tag}"

    def apply(self, text: str) -> str:
        """Remove it."""
        wanted = _key(self.tag)
        return without(text, lambda piece: piece.key == wanted)


@dataclass(frozen=True, slots=True)
class RenameTag:
    """A tag gets another name; where the caption has that one already, they become one."""

    old: str
    new: str

    @property
    def says(self) -> str:
        """What it does."""
        return f"rename the tag {self.old} to {self.new}"

    def apply(self, text: str) -> str:
        """Rename it."""
        old, new = _key(self.old), _key(self.new)
        tags = split_tags(text)
        if not any(key_of(tag) == old for tag in tags):
            return text
        renamed = with_texts(text, [self.new.strip() if key_of(tag) == old else tag for tag in tags])
        return _once(renamed, {new})


@dataclass(frozen=True, slots=True)
class Replace:
    """A text, or what a regular expression matches, becomes another text."""

    find: str
    by: str
    is_regex: bool = False
    ignores_case: bool = False

    @property
    def says(self) -> str:
        """What it does."""
        found = f"/{self.find}/" if self.is_regex else self.find
        return f"replace {found} by {self.by}" if self.by else f"delete {found}"

    def apply(self, text: str) -> str:
        """Replace it."""
        if not self.find:
            raise BulkError("there is nothing to find; write a text")
        import regex  # noqa: PLC0415  30 ms that few operations need

        pattern = self.find if self.is_regex else regex.escape(self.find)
        try:
            compiled = regex.compile(pattern, regex.IGNORECASE if self.ignores_case else 0)
            by = self.by if self.is_regex else self.by.replace("\\", "\\\\")
            return compiled.sub(by, text, timeout=PATIENCE_S, concurrent=True)
        except regex.error as error:
            raise BulkError(f"no regular expression, or no replacement for it: {error}") from error
        except IndexError as error:
            raise BulkError(f"the replacement names a group that there is not: {error}") from error
        except TimeoutError as error:
            raise BulkError(f"{self.find} takes too long; write a simpler one") from error


@dataclass(frozen=True, slots=True)
class SortTags:
    """Tags in the order of the alphabet."""

    keep_first: int = 1
    """How many stay where they are: the trigger word is one."""

    @property
    def says(self) -> str:
        """What it does."""
        return "sort the tags"

    def apply(self, text: str) -> str:
        """Sort them."""
        tags = split_tags(text)
        return with_texts(text, [*tags[: self.keep_first], *sorted(tags[self.keep_first :], key=key_of)])


@dataclass(frozen=True, slots=True)
class DropDuplicateTags:
    """Of tags that are there twice the first stays."""

    @property
    def says(self) -> str:
        """What it does."""
        return "drop duplicate tags"

    def apply(self, text: str) -> str:
        """Drop them."""
        return _once(text, None)


@dataclass(frozen=True, slots=True)
class FillEmpty:
    """A text for every item that has no caption; others stay as they are."""

    text: str

    @property
    def says(self) -> str:
        """What it does."""
        return f"caption the uncaptioned with {self.text}"

    def apply(self, text: str) -> str:
        """Write it where there is nothing."""
        if not self.text.strip():
            raise BulkError("there is nothing to write; write a caption")
        return text if text.strip() else self.text


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """What an operation would do."""

    operation: Operation
    changes: tuple[CaptionChange, ...]
    unchanged: int
    """Items that stay as they are."""
    unreadable: tuple[tuple[Item, str], ...] = ()
    """Items whose captions cannot be read, each with why."""


def preview(items: Iterable[Item], operation: Operation) -> BulkPreview:
    """What an operation would do to the captions as they are on the disk; nothing is written.

    Raises:
        BulkError: the operation cannot be carried out as it is written.
    """
    changes: list[CaptionChange] = []
    unreadable: list[tuple[Item, str]] = []
    unchanged = 0
    for item in items:
        try:
            read = caption_files.read(item)
        except BulkError:
            raise
        except WorkbenchError as error:
            unreadable.append((item, str(error)))
            continue
        after = operation.apply(read.text)
        if after == read.text:
            unchanged += 1
        else:
            changes.append(CaptionChange(item, None if read.token is None else read.text, after))
    return BulkPreview(operation, tuple(changes), unchanged, tuple(unreadable))


def title(seen: BulkPreview) -> str:
    """What the journal calls the step: ``sort the tags in 12 captions``."""
    count = len(seen.changes)
    return f"{seen.operation.says} in {count} {'caption' if count == 1 else 'captions'}"


def _once(text: str, keys: set[str] | None) -> str:
    """`text` with each tag once; `keys` are those that are looked at, None all."""
    seen: set[str] = set()

    def is_repeated(key: str) -> bool:
        repeated = key in seen and (keys is None or key in keys)
        seen.add(key)
        return repeated

    return without(text, lambda piece: is_repeated(piece.key))


def _key(tag: str) -> str:
    key = key_of(tag)
    if not key or "," in key:
        raise BulkError(f"{tag!r} is no tag: a tag is a text without commas")
    return key
