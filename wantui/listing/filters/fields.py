"""What can be asked of an item: every field of the language, and what each of them looks at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wantui.captions.tags import split_tags
from wantui.listing.filters.lexing import FilterError, nearest
from wantui.listing.filters.numbers import number_test
from wantui.listing.filters.patterns import contains, equals, surely_has
from wantui.listing.filters.statuses import status_test

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.listing.filters.lexing import Token
    from wantui.listing.filters.model import Context, Test
    from wantui.listing.rows import ItemRow


def _caption(row: ItemRow) -> str:
    return row.item.caption or ""


def _file_name(row: ItemRow) -> str:
    return row.item.key.rpartition(os.sep)[2]


def _name(row: ItemRow) -> str:
    """As `ItemRow.name`, without the making of a path."""
    return _file_name(row) if row.item.is_video else row.item.name


def _size(row: ItemRow) -> int | None:
    try:
        return os.stat(row.item.key).st_size  # noqa: PTH116  50,000 of them, kept as text
    except (OSError, ValueError):  # the latter for a name that no file can have
        return None


def _words(row: ItemRow, _context: Context) -> int:
    return len(_caption(row).split())


def _tokens(row: ItemRow, context: Context) -> int:
    counted = context.tokens(_caption(row)) if context.tokens else None
    return _words(row, context) if counted is None else counted


def _loss(row: ItemRow, context: Context) -> float | None:
    found = context.losses.of(row.item) if context.losses else None
    return None if found is None else found.loss


_NUMBERS: dict[str, Callable[[ItemRow, Context], float | None]] = {
    "tokens": _tokens,
    "words": _words,
    "chars": lambda row, _context: len(_caption(row)),
    "tags": lambda row, _context: len(split_tags(_caption(row))),
    "width": lambda row, _context: row.item.width,
    "height": lambda row, _context: row.item.height,
    "frames": lambda row, _context: row.item.frame_count,
    "aspect": lambda row, _context: row.item.width / row.item.height if row.item.width and row.item.height else None,
    "size": lambda row, _context: _size(row),
    "loss": _loss,
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
        raise FilterError(f"{field}: needs a value behind it" if field else "there is nothing to look for",
                          token.start, token.end)  # fmt: skip
    if field in _NUMBERS:
        return _number(token)
    if field == "status":
        return status_test(token)
    if field == "tag":
        return _tag(token)
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
            return lambda row, _context: has(_file_name(row))
        case "caption":
            return lambda row, _context: has(_caption(row))
        case "path":
            return lambda row, _context: has(row.item.key)
        case _:
            return lambda row, _context: has(_name(row)) or has(_caption(row))


def _tag(token: Token) -> Test:
    is_tag, may_have = equals(token), surely_has(token)

    def test(row: ItemRow, _context: Context) -> bool:
        caption = _caption(row)
        return may_have(caption) and any(is_tag(tag) for tag in split_tags(caption))

    return test


def _number(token: Token) -> Test:
    fulfils, of = number_test(token, has_units=token.field == "size"), _NUMBERS[token.field]

    def test(row: ItemRow, context: Context) -> bool:
        value = of(row, context)
        return value is not None and fulfils(value)

    return test


def _unknown_field(token: Token) -> FilterError:
    near = nearest(token.field, FIELDS, ending=":")
    return FilterError(
        f'there is no field {token.field}:{near}; in "quotes" it is looked for as text',
        token.start,
        token.start + len(token.field) + 1,
    )
