"""Operations on captions: what each makes of a text. Nothing is read or written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from wantui.captions.expressions import ExpressionError, compiled
from wantui.captions.tags import has_tag, key_of, split_tags, with_texts, without
from wantui.errors import BadInputError

PATIENCE_S = 0.5
"""How long a replacement may take in one caption."""


class BulkError(BadInputError):
    """An operation that cannot be carried out as it is written; the message says why and what to do."""


class Operation(Protocol):
    """Something that is done to captions."""

    @property
    def says(self) -> str:
        """What it does, as a verb phrase: ``remove the tag blurry``."""
        ...

    @property
    def spares(self) -> str:
        """Why captions stay as they are: ``the tag is not there``."""
        ...

    def apply(self, text: str) -> str:
        """What becomes of a caption; the same text where nothing does.

        Raises:
            BulkError: it cannot be applied.
        """
        ...


@dataclass(frozen=True, slots=True)
class AddText:
    """A trigger word or any text in front, or at the end; one that has it there, or as a tag, stays as it is."""

    text: str
    at_end: bool = False
    separator: str = ", "
    """What stands between it and the caption."""

    @property
    def says(self) -> str:
        """What it does."""
        return f"add {self.text} {'at the end' if self.at_end else 'in front'}"

    @property
    def spares(self) -> str:
        """Why captions stay as they are."""
        return "it is there already"

    def apply(self, text: str) -> str:
        """Add it."""
        added = self.text.strip()
        if not added:
            raise BulkError("there is nothing to add; write a word")
        if not text.strip():
            return added
        if has_tag(text, key_of(added)):
            return text
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

    @property
    def spares(self) -> str:
        """Why captions stay as they are."""
        return "the tag is not there"

    def apply(self, text: str) -> str:
        """Remove it."""
        wanted = _key(self.tag)
        return without(text, lambda tag: key_of(tag) == wanted) if has_tag(text, wanted) else text


@dataclass(frozen=True, slots=True)
class RenameTag:
    """A tag gets another name; where the caption has that one already, they become one."""

    old: str
    new: str

    @property
    def says(self) -> str:
        """What it does."""
        return f"rename the tag {self.old} to {self.new}"

    @property
    def spares(self) -> str:
        """Why captions stay as they are."""
        return "the tag is not there"

    def apply(self, text: str) -> str:
        """Rename it."""
        old, new = _key(self.old), _key(self.new)
        if not has_tag(text, old):
            return text
        tags = split_tags(text)
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

    @property
    def spares(self) -> str:
        """Why captions stay as they are."""
        return "the text is not there"

    def apply(self, text: str) -> str:
        """Replace it."""
        if not self.find:
            raise BulkError("there is nothing to find; write a text")
        if not self.is_regex and not self.ignores_case:
            return text.replace(self.find, self.by)
        import regex  # noqa: PLC0415  30 ms that few operations need

        pattern = self.find if self.is_regex else regex.escape(self.find)
        by = self.by if self.is_regex else self.by.replace("\\", "\\\\")
        try:
            return compiled(pattern, ignores_case=self.ignores_case).sub(
                by, text, timeout=PATIENCE_S, concurrent=True
            )
        except ExpressionError as error:
            raise BulkError(f"{self.find} is not a valid regular expression: {error}") from error
        except regex.error as error:
            raise BulkError(f"{self.by} is no replacement: {error}") from error
        except IndexError as error:
            raise BulkError(f"{self.by} names a group that {self.find} does not have") from error
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

    @property
    def spares(self) -> str:
        """Why captions stay as they are."""
        return "in order already"

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

    @property
    def spares(self) -> str:
        """Why captions stay as they are."""
        return "no tag twice"

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

    @property
    def spares(self) -> str:
        """Why captions stay as they are."""
        return "captioned already"

    def apply(self, text: str) -> str:
        """Write it where there is nothing."""
        if not self.text.strip():
            raise BulkError("there is nothing to write; write a caption")
        return text if text.strip() else self.text


def _once(text: str, keys: set[str] | None) -> str:
    """`text` with each tag once; `keys` are those that are looked at, None all."""
    seen: set[str] = set()

    def is_repeated(key: str) -> bool:
        repeated = key in seen and (keys is None or key in keys)
        seen.add(key)
        return repeated

    return without(text, lambda tag: is_repeated(key_of(tag)))


def _key(tag: str) -> str:
    key = key_of(tag)
    if not key or "," in key:
        raise BulkError(f"{tag!r} is no tag: a tag is a text without commas")
    return key
