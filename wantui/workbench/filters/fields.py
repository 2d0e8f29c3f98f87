"""What can be asked of an item: every field of the language, and what each of them looks at."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.workbench.filters.lexing import FilterError
from wantui.workbench.filters.numbers import number_test
from wantui.workbench.filters.patterns import contains, equals
from wantui.workbench.rows import ItemRow, ItemStatus
from wantui.workbench.tags import split_tags

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from wantui.workbench.filters.lexing import Token


@dataclass(frozen=True, slots=True)
class Context:
    """What a filter has to know besides the items."""

    marked: Collection[Path] = ()
    """The media files that are marked."""
    tokens: Callable[[str], int] | None = None
    """Counts a caption's tokens as the text encoder does; None: words are counted."""


Test = Callable[[ItemRow, Context], bool]
"""Whether an item is asked for."""

PROBLEM_CODES = (
    "missing-caption", "empty-caption", "caption-not-utf8", "unreadable-media", "truncated-media", "media-too-small",
    "duplicate-stem", "clip-too-short", "near-duplicate", "identical-caption", "trigger-missing", "misspelt-tag",
)  # fmt: skip
"""The codes that are proposed for ``status:``; any other that an item has is understood as well."""


def _caption(row: ItemRow) -> str:
    return row.item.caption or ""


def _size(row: ItemRow) -> int | None:
    try:
        return row.item.media.stat().st_size
    except OSError:
        return None


_STATES: dict[str, Test] = {
    "any": lambda _row, _context: True,
    "marked": lambda row, context: row.item.media in context.marked,
    "unmarked": lambda row, context: row.item.media not in context.marked,
    "captioned": lambda row, _context: bool(row.item.caption),
    "uncaptioned": lambda row, _context: not row.item.caption,
    "image": lambda row, _context: not row.item.is_video,
    "video": lambda row, _context: row.item.is_video,
}

_RANKED = frozenset(str(status) for status in ItemStatus)

_NUMBERS: dict[str, Callable[[ItemRow, Context], float | None]] = {
    "tokens": lambda row, context: context.tokens(_caption(row)) if context.tokens else len(_caption(row).split()),
    "words": lambda row, _context: len(_caption(row).split()),
    "chars": lambda row, _context: len(_caption(row)),
    "tags": lambda row, _context: len(split_tags(_caption(row))),
    "width": lambda row, _context: row.item.width,
    "height": lambda row, _context: row.item.height,
    "frames": lambda row, _context: row.item.frame_count,
    "aspect": lambda row, _context: row.item.width / row.item.height if row.item.width and row.item.height else None,
    "size": lambda row, _context: _size(row),
}

FIELDS = ("name", "caption", "tag", "path", "status", "bucket", *_NUMBERS)
"""Every field, in the order in which help lists them."""


def test_of(token: Token) -> Test:
    """What one term asks of an item.

    Raises:
        FilterError: there is no such field or status, or the value is none for it.
    """
    field = token.field
    if not token.value:
        raise FilterError(f"{field}: wants something behind it" if field else "nothing is looked for",
                          token.start, token.end)  # fmt: skip
    if field in _NUMBERS:
        return _number(token)
    if field == "status":
        return _status(token)
    if field == "tag":
        is_tag = equals(token)
        return lambda row, _context: any(is_tag(tag) for tag in split_tags(_caption(row)))
    if field == "bucket":
        is_bucket = equals(token)
        return lambda row, _context: row.item.bucket is not None and is_bucket("{}x{}".format(*row.item.bucket))
    if field and field not in FIELDS:
        raise _unknown_field(token)
    return _text(token)


def _text(token: Token) -> Test:
    has = contains(token)
    match token.field:
        case "name":
            return lambda row, _context: has(row.item.media.name)
        case "caption":
            return lambda row, _context: has(_caption(row))
        case "path":
            return lambda row, _context: has(str(row.item.media))
        case _:
            return lambda row, _context: has(row.name) or has(_caption(row))


def _number(token: Token) -> Test:
    fulfils, of = number_test(token, has_units=token.field == "size"), _NUMBERS[token.field]

    def test(row: ItemRow, context: Context) -> bool:
        value = of(row, context)
        return value is not None and fulfils(value)

    return test


def _status(token: Token) -> Test:
    """The start of a status, or of the code of a problem."""
    wanted = token.value.lower()
    if wanted in _STATES:
        return _STATES[wanted]
    statuses = [status for status in ItemStatus if status.startswith(wanted)]
    if wanted in _RANKED:
        return lambda row, _context: row.status == wanted
    codes = any(code.startswith(wanted) for code in PROBLEM_CODES) or "-" in wanted
    others = [test for name, test in _STATES.items() if name.startswith(wanted)]
    if not statuses and not codes and not others:
        known = (*ItemStatus, *_STATES, *PROBLEM_CODES)
        raise FilterError(
            f"there is no status {token.value}{_nearest(wanted, known)}: {', '.join((*ItemStatus, *_STATES))}, "
            "or the code of a problem",
            token.start, token.end,
        )  # fmt: skip
    return lambda row, context: (
        row.status in statuses
        or any(code.startswith(wanted) for code in row.codes)
        or any(test(row, context) for test in others)
    )


def _unknown_field(token: Token) -> FilterError:
    nearest = _nearest(token.field, FIELDS, ending=":")
    return FilterError(
        f'there is no field {token.field}:{nearest}; in "quotes" it is looked for as text',
        token.start,
        token.start + len(token.field) + 1,
    )


def _nearest(written: str, known: Collection[str], *, ending: str = "") -> str:
    near = difflib.get_close_matches(written, known, n=1, cutoff=0.5)
    return f"; {near[0]}{ending} is meant?" if near else ""
