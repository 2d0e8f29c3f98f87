"""Changes of many captions: choose one, see what it does, carry it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.formatting import plural
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm

if TYPE_CHECKING:
    from wantui.captions.bulk import BulkPreview
    from wantui.captions.files import Saved
    from wantui.dataset.model import Item
    from wantui.ui.work.work import WorkScreen

NAMED = 5
"""Items that a message names before it counts the rest."""


async def begin(screen: WorkScreen) -> None:
    """Change the captions of the marked items, or of all that are shown where none is marked."""
    from wantui.ui.captions.bulk_form import CHANGES, BulkForm  # noqa: PLC0415  its fields cost time that only it needs

    if screen.is_reading and not screen.query_one(DatasetList).marked_rows():
        screen.tell("The dataset is still being read: mark items, or wait a moment.")
        return
    items, whose = targets(screen)
    if not items:
        screen.tell("No items are shown: there is nothing to change.")
        return
    question = Confirm(
        f"Change the captions of {whose}.\nYou see what would become of each of them before anything is written.",
        *(Answer((change.key,), change.title, change.key) for change in CHANGES), leads_on=True,
    )  # fmt: skip
    answer = await screen.app.push_screen_wait(question)
    if answer == CANCEL:
        return
    change = next(each for each in CHANGES if each.key == answer)
    seen = await screen.app.push_screen_wait(BulkForm(screen.backend.editing, items, change, whose))
    if seen is not None:
        screen.run_worker(_carry_out(screen, seen), group="writing", exit_on_error=False)


async def _carry_out(screen: WorkScreen, seen: BulkPreview) -> None:
    """Write what was shown, and tell what was left out."""
    try:
        saved = await screen.ask(screen.backend.editing.apply, seen)
    except WantuiError as error:
        screen.tell(str(error), is_error=True)
        return
    screen.read_dataset()
    _tell(screen, seen.operation.says, saved)


def targets(screen: WorkScreen) -> tuple[tuple[Item, ...], str]:
    """The items that a change is done to, and what they are called: ``3 marked items``."""
    items = screen.query_one(DatasetList)
    rows = items.targets()
    if items.marked_rows():
        return tuple(row.item for row in rows), plural(len(rows), "marked item")
    return tuple(row.item for row in rows), plural(len(rows), "item shown", "items shown")


def _tell(screen: WorkScreen, what: str, saved: Saved) -> None:
    said = f"{what}: {plural(saved.written, 'caption')} written. u takes it back."
    if not saved.conflicts:
        screen.tell(said)
        return
    names = ", ".join(item.media.name for item, _ in saved.conflicts[:NAMED])
    more = f" and {len(saved.conflicts) - NAMED} more" if len(saved.conflicts) > NAMED else ""
    screen.tell(f"{said} Changed by somebody else meanwhile, and left as they are: {names}{more}", is_error=True)
