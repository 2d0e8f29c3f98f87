"""Holding items out, which keeps them from being trained on, and releasing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.formatting import plural
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.dataset.highlighted import highlighted_item

if TYPE_CHECKING:
    from wantui.ui.context import WorkContext


async def toggle(context: WorkContext) -> None:
    """Hold out the marked items, or the one under the cursor; release them where all of them are held out."""
    items = context.find(DatasetList)
    rows = items.marked_rows() or tuple(filter(None, (highlighted_item(context),)))
    if not rows:
        return
    what = rows[0].item.media.name if len(rows) == 1 else plural(len(rows), "item")
    chosen, releases = tuple(row.item for row in rows), all(row.is_held_out for row in rows)
    act = context.services.release if releases else context.services.hold_out
    try:
        await context.ask(lambda: act(chosen))
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.rescan()
    context.tell(f"{what}: {'trained on again' if releases else 'held out'} from the next run on.")
