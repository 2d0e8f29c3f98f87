"""The item that a command of the dataset is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.dataset.dataset_list import DatasetList

if TYPE_CHECKING:
    from wantui.listing.rows import ItemRow
    from wantui.ui.context import WorkContext


def highlighted_item(context: WorkContext) -> ItemRow | None:
    """The item under the cursor; where there is none, why is said."""
    items = context.find(DatasetList)
    if items.highlighted is None:
        context.tell(why_no_item(context))
    return items.highlighted


def why_no_item(context: WorkContext) -> str:
    """Why no item is under the cursor, and what to press."""
    if context.is_reading:
        return "Still reading the dataset."
    if context.find(DatasetList).rows:
        return f"No item is shown: {context.key('dataset.clear_filter')} shows every item again."
    return f"No items yet: {context.key('import')} imports some, {context.key('settings')} names their folder."
