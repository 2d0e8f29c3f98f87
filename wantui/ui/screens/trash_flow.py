"""Removing items, which puts them into the trash, and bringing them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.data.backend import BackendError
from wantui.ui.figures import plural
from wantui.ui.screens.confirm import CANCEL, Answer, Confirm
from wantui.ui.widgets.dataset_list import DatasetList

if TYPE_CHECKING:
    from wantui.ui.screens.work import WorkScreen

MOST_ANSWERS = 9
"""Removals that can be chosen from, by one digit each: the newest."""


async def remove(screen: WorkScreen) -> None:
    """Move the marked items to the trash, or the one under the cursor, after asking."""
    items = screen.query_one(DatasetList)
    rows = items.marked_rows() or ((items.highlighted,) if items.highlighted else ())
    if not rows:
        return
    what = rows[0].item.media.name if len(rows) == 1 else plural(len(rows), "marked item")
    answer = await screen.app.push_screen_wait(
        Confirm(
            f"Move {what} to the trash?\nMedia and captions are kept in .wantui/trash; u brings them back.",
            Answer(("d", "enter"), "move to the trash", "trash"),
        )
    )
    if answer == CANCEL:
        return
    try:
        every = tuple(row.item for row in items.rows)
        step = await screen.ask(screen.backend.editing.trash, tuple(row.item for row in rows), every)
    except BackendError as error:
        screen.tell(str(error), is_error=True)
        return
    screen.read_dataset()
    screen.tell(f"{step.what}: in the trash. u brings it back.")


async def restore(screen: WorkScreen) -> None:
    """Choose what comes back from the trash."""
    try:
        found = await screen.ask(screen.backend.editing.trashed)
    except BackendError as error:
        screen.tell(str(error), is_error=True)
        return
    newest = list(reversed(found))[:MOST_ANSWERS]
    if not newest:
        screen.tell("The trash is empty.")
        return
    answer = await screen.app.push_screen_wait(
        Confirm(
            "Bring back from the trash:",
            *(
                Answer((str(number),), f"{each.what} ({plural(len(each.files), 'file')})", str(each.number))
                for number, each in enumerate(newest, start=1)
            ),
        )
    )
    if answer == CANCEL:
        return
    try:
        step = await screen.ask(screen.backend.editing.restore, int(answer))
    except BackendError as error:
        screen.tell(str(error), is_error=True)
        return
    screen.read_dataset()
    screen.tell(f"{step.what}: back in its place.")
