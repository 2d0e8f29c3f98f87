"""Removing items, which puts them into the trash, and bringing them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.formatting import plural
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.dataset.highlighted import highlighted_item
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.journal.changes import Step
    from wantui.ui.context import WorkContext

MOST_ANSWERS = 9
"""Removals that can be chosen from, by one digit each: the newest."""


async def remove(context: WorkContext) -> None:
    """Move the marked items to the trash, or the one under the cursor, after asking."""
    items = context.find(DatasetList)
    rows = items.marked_rows() or tuple(filter(None, (highlighted_item(context),)))
    if not rows:
        return
    what = rows[0].item.media.name if len(rows) == 1 else plural(len(rows), "marked item")
    answer = await context.push(
        Confirm(
            f"Move {what} to the trash?\nMedia and captions are kept in .wantui/trash; u brings them back.",
            Answer(("d", "enter"), "move to the trash", "trash"),
        )
    )
    if answer != CANCEL:
        gone, every = tuple(row.item for row in rows), tuple(row.item for row in items.rows)
        trash = context.services.captions.trash
        _carry_out(context, lambda: trash(gone, every), "in the trash. u brings it back.")


def _carry_out(context: WorkContext, move: Callable[[], Step], and_so: str) -> None:
    """Move files, whatever is asked for meanwhile, and tell what became of it."""

    async def moved() -> None:
        try:
            step = await context.ask(move)
        except WantuiError as error:
            context.tell(str(error), is_error=True)
            return
        context.rescan()
        context.tell(f"{step.what}: {and_so}")

    context.go_on(moved())


async def restore(context: WorkContext) -> None:
    """Choose what comes back from the trash."""
    try:
        found = await context.ask(context.services.captions.trashed)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    newest = list(reversed(found))[:MOST_ANSWERS]
    if not newest:
        context.tell("The trash is empty.")
        return
    answer = await context.push(
        Confirm(
            "Bring back from the trash:",
            *(
                Answer((str(number),), f"{each.what} ({plural(len(each.files), 'file')})", str(each.number))
                for number, each in enumerate(newest, start=1)
            ),
        )
    )
    if answer != CANCEL:
        bring_back = context.services.captions.restore
        _carry_out(context, lambda: bring_back(int(answer)), "back in its place.")
