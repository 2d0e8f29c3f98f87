"""The items of a workspace's dataset that a filter or a name asks for, without a screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.dataset import blueprint
from wantui.dataset.scan import scan
from wantui.workbench.errors import WorkbenchError
from wantui.workbench.filters import FilterError, parse
from wantui.workbench.order import SortKey, ordered
from wantui.workbench.row_making import rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.dataset.model import Item
    from wantui.workbench.rows import ItemRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items, in which order."""

    filter: str = ""
    key: SortKey = SortKey.DATASET
    is_reversed: bool = False


def rows_in(dataset: Path) -> tuple[ItemRow, ...]:
    """The items of a dataset, without a look at caches or a lint.

    Raises:
        DatasetError: the ``dataset.toml`` cannot be read.
    """
    return rows_of(scan(blueprint.load(dataset)).items)


def choose(rows: Sequence[ItemRow], wanted: Wanted) -> list[ItemRow]:
    """The rows that are asked for, in the order asked for.

    Raises:
        WorkbenchError: the filter cannot be understood; the message shows where.
    """
    try:
        indexes = parse(wanted.filter).indexes(rows)
    except FilterError as error:
        place = " " * error.start + "^" * max(1, error.end - error.start)
        raise WorkbenchError(f"the filter: {error.message}\n  {wanted.filter}\n  {place}") from error
    return [rows[index] for index in ordered(rows, indexes, wanted.key, is_reversed=wanted.is_reversed)]


def named(rows: Sequence[ItemRow], name: str) -> Item:
    """The one item of that name: a stem, a file name or a path.

    Raises:
        WorkbenchError: there is none, or several.
    """
    found = [row.item for row in rows if name in (row.item.name, row.item.media.name, str(row.item.media))]
    if not found:
        found = [row.item for row in rows if row.item.caption_file is not None and row.item.caption_file.name == name]
    if len(found) > 1:
        paths = "\n".join(f"  {item.media}" for item in found)
        raise WorkbenchError(f"{name} are several items; name one by its path:\n{paths}")
    if not found:
        raise WorkbenchError(f"there is no item {name}; `wantui captions list` names them")
    return found[0]
