"""The items of a workspace's dataset that a filter or a name asks for, without a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.caches.held_out import HeldOut
from wantui.dataset import blueprint
from wantui.dataset.naming import composed
from wantui.dataset.scan import scan
from wantui.errors import BadInputError
from wantui.journal.errors import JournalError
from wantui.listing.filters import FilterError, parse
from wantui.listing.order import SortKey
from wantui.listing.row_making import rows_of
from wantui.listing.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wantui.dataset.model import Item
    from wantui.listing.losses import ItemLosses
    from wantui.listing.rows import ItemRow
    from wantui.paths import Workspace


def asked(text: str, key: SortKey = SortKey.DATASET, *, is_reversed: bool = False) -> Selection:
    """The items that a filter asks for, in an order.

    Raises:
        BadInputError: the filter cannot be understood; the message shows where.
    """
    try:
        return Selection(parse(text), key, is_reversed)
    except FilterError as error:
        raise _shown(text, error) from error


def rows_in(dataset: Path, workspace: Workspace) -> tuple[ItemRow, ...]:
    """The items of a dataset, without a look at caches or a lint.

    Raises:
        DatasetError: the ``dataset.toml`` cannot be read.
        CacheError: the list of held-out items cannot be read.
    """
    items = scan(blueprint.load(dataset)).items
    return rows_of(items, held_out=HeldOut(workspace).among(items))


def choose(
    rows: Sequence[ItemRow],
    selection: Selection,
    tokens: Callable[[str], int | None] | None = None,
    losses: Callable[[], ItemLosses | None] | None = None,
) -> list[ItemRow]:
    """The rows that are asked for, in the order asked for.

    Args:
        rows: of the dataset.
        selection: what is asked for.
        tokens: counts a caption's tokens; where it is or says None words are counted.
        losses: reads what the checkpoints of a run have on each item.

    Raises:
        BadInputError: the filter takes too long, or losses are asked for and none are known.
    """
    try:
        return [rows[index] for index in selection.indexes(rows, tokens=tokens, losses=losses)]
    except FilterError as error:
        raise _shown(selection.filter.text, error) from error


def named(rows: Sequence[ItemRow], name: str) -> Item:
    """The one item of that name: a stem, a file name or a path; where none has it, one whose name looks the same.

    Raises:
        JournalError: there is none, or several.
    """
    found = [row.item for row in rows if name in (row.item.name, row.item.media.name, str(row.item.media))]
    if not found:
        found = [row.item for row in rows if row.item.caption_file is not None and row.item.caption_file.name == name]
    if not found:
        look = composed(name)
        found = [
            row.item
            for row in rows
            if look in map(composed, (row.item.name, row.item.media.name, str(row.item.media)))
        ]
    if len(found) > 1:
        paths = "\n".join(f"  {item.media}" for item in found)
        raise JournalError(f"{name} are several items; name one by its path:\n{paths}")
    if not found:
        raise JournalError(f"there is no item {name}; `wantui captions list` names them")
    return found[0]


def _shown(text: str, error: FilterError) -> BadInputError:
    """The error with its place below the filter."""
    place = " " * error.start + "^" * max(1, error.end - error.start)
    return BadInputError(f"the filter: {error.message}\n  {text}\n  {place}")
