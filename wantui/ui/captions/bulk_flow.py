"""Changes of many captions: choose one, see what it does, carry it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.formatting import plural
from wantui.ui.captions.caption_flow import words_of
from wantui.ui.captions.preview_pane import PreviewPane
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm

if TYPE_CHECKING:
    from wantui.dataset.model import Item
    from wantui.services.annotations import BulkPreview, SaveReport
    from wantui.ui.context import WorkContext

NAMED = 5
"""Items that a message names before it counts the rest."""


async def begin(context: WorkContext) -> None:
    """Change the captions of the marked items, or of all that are shown where none is marked."""
    from wantui.ui.captions.bulk_form import CHANGES, BulkForm  # noqa: PLC0415  its fields cost time that only it needs

    if context.is_reading and not context.find(DatasetList).marked_rows():
        context.tell("The dataset is still being read: mark items, or wait a moment.")
        return
    items, whose = targets(context)
    if not items:
        context.tell("No items are shown: there is nothing to change.")
        return
    question = Confirm(
        f"Change the captions of {whose}.\nYou see what would become of each of them before anything is written.",
        *(Answer((change.key,), change.title, change.key) for change in CHANGES), leads_on=True,
    )  # fmt: skip
    answer = await context.push(question)
    if answer == CANCEL:
        return
    change = next(each for each in CHANGES if each.key == answer)
    words = await words_of(context)
    seen = await context.push(BulkForm(context.services.captions, items, change, whose, vocabulary=words.vocabulary))
    if seen is not None:
        context.go_on(_write(context, seen))


async def _write(context: WorkContext, seen: BulkPreview) -> None:
    await carry_out(context, seen)


async def carry_out(context: WorkContext, seen: BulkPreview) -> bool:
    """Write what was shown, and tell what was left out; False: nothing was written."""
    try:
        saved = await context.ask(context.services.captions.apply, seen)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return False
    context.find(PreviewPane).words = None  # they are counted anew when they are asked for
    context.rescan()
    _tell(context, seen.operation.says, saved)
    return True


def targets(context: WorkContext) -> tuple[tuple[Item, ...], str]:
    """The items that a change is done to, and what they are called: ``3 marked items``."""
    items = context.find(DatasetList)
    rows = items.targets()
    if items.marked_rows():
        return tuple(row.item for row in rows), plural(len(rows), "marked item")
    return tuple(row.item for row in rows), plural(len(rows), "item shown", "items shown")


def _tell(context: WorkContext, what: str, saved: SaveReport) -> None:
    said = f"{what}: {plural(saved.written, 'caption')} written. {context.key('undo')} to undo."
    if not saved.conflicts:
        context.tell(said)
        return
    names = ", ".join(item.media.name for item, _ in saved.conflicts[:NAMED])
    more = f" and {len(saved.conflicts) - NAMED} more" if len(saved.conflicts) > NAMED else ""
    context.tell(f"{said} Changed by somebody else meanwhile, and left as they are: {names}{more}", is_error=True)
