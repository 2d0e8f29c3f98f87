"""What can be copied of an item."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wantui.ui.copying import copy

if TYPE_CHECKING:
    from textual.widget import Widget

    from wantui.listing.rows import ItemRow


def copy_item(node: Widget, row: ItemRow | None, what: str) -> None:
    """Copy of an item what is wanted.

    Args:
        node: who asks.
        row: the item; None: there is none.
        what: ``caption`` or ``path``.
    """
    item = None if row is None else row.item
    if what == "path":
        copy(node, None if item is None else os.fspath(item.media), "the path")
    else:
        copy(node, None if item is None else item.caption, "the caption")
