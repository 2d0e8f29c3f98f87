"""Editing a caption: open, save, what to do when somebody else has changed it, leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.commands.catalogue import Place
from wantui.ui.data.backend import BackendError, CaptionConflictError
from wantui.ui.messages.requests import SaveCaption
from wantui.ui.screens.confirm import Answer, Confirm
from wantui.ui.widgets.dataset_list import DatasetList
from wantui.ui.widgets.preview_pane import PreviewPane

if TYPE_CHECKING:
    from wantui.ui.screens.work import WorkScreen


async def begin(screen: WorkScreen) -> None:
    """Open the editor on the caption of the item under the cursor, as it stands in its file now."""
    row = screen.query_one(DatasetList).highlighted
    preview = screen.query_one(PreviewPane)
    if row is None or preview.editor is not None:
        return
    try:
        read_as = await screen.ask(screen.backend.read_caption, row.item)
    except BackendError as error:
        screen.tell(str(error), is_error=True)
        return
    screen.came_from = Place.DATASET if screen.place is Place.EDITOR else screen.place
    screen.place = Place.PREVIEW
    await preview.edit(row, read_as)


async def save(screen: WorkScreen, message: SaveCaption) -> None:
    """Write the caption, then leave or go on to a neighbour."""
    read_as = message.read_as
    editor = screen.query_one(PreviewPane).editor
    if editor is not None and not editor.has_changed and read_as is not None and read_as.text:
        await _after(screen, message)
        return
    if await _write(screen, message):
        await _after(screen, message)


async def _write(screen: WorkScreen, message: SaveCaption) -> bool:
    """Write the caption; False where it has not been written, and the editor stays."""
    read_as = message.read_as
    while True:
        try:
            await screen.ask(screen.backend.save_caption, message.row.item, message.text, read_as)
        except CaptionConflictError:
            answer = await _ask_conflict(screen, message)
            if answer != "overwrite":
                if answer == "reload":
                    await _show_theirs(screen, message)
                return False
            read_as = None
        except BackendError as error:
            screen.tell(str(error), is_error=True)
            return False
        else:
            screen.read_dataset()
            return True


async def _show_theirs(screen: WorkScreen, message: SaveCaption) -> None:
    """Begin anew with the caption as it is in its file; where that cannot be read the editor keeps its text."""
    try:
        theirs = await screen.ask(screen.backend.read_caption, message.row.item)
    except BackendError as error:
        screen.tell(str(error), is_error=True)
        return
    await screen.query_one(PreviewPane).edit(message.row, theirs)


async def _ask_conflict(screen: WorkScreen, message: SaveCaption) -> str:
    name = message.row.item.caption_file.name if message.row.item.caption_file else message.row.name
    return await screen.app.push_screen_wait(
        Confirm(
            f"{name} has been changed by somebody else since you began.\nNothing has been written yet.",
            Answer(("r",), "show theirs, yours is lost", "reload"),
            Answer(("o",), "write yours, theirs is lost", "overwrite"),
            stay="keep editing",
        )
    )


async def _after(screen: WorkScreen, message: SaveCaption) -> None:
    preview, items = screen.query_one(PreviewPane), screen.query_one(DatasetList)
    await preview.end_edit()
    if message.then_step is None:
        _back(screen)
        return
    items.move_to(items.cursor + message.then_step)
    back_to = screen.came_from
    preview.show_row(items.highlighted, items.neighbours())
    await begin(screen)
    screen.came_from = back_to


async def may_leave(screen: WorkScreen) -> bool:
    """Whether the editor may be left: what would be lost is asked about first, and saved where that is wanted."""
    editor = screen.query_one(PreviewPane).editor
    if editor is None or not editor.has_changed:
        return True
    answer = await screen.app.push_screen_wait(
        Confirm(
            "The caption has been changed and not saved.",
            Answer(("s", "ctrl+s"), "save it", "save"),
            Answer(("d",), "discard the change", "discard"),
            stay="keep editing",
        )
    )
    if answer == "save":
        return await _write(screen, SaveCaption(editor.row, editor.text, editor.read_as, None))
    return answer == "discard"


async def leave(screen: WorkScreen) -> None:
    """Close the editor, where nothing is lost by it that a person wants to keep."""
    if await may_leave(screen):
        await screen.query_one(PreviewPane).end_edit()
        _back(screen)


def _back(screen: WorkScreen) -> None:
    items = screen.query_one(DatasetList)
    screen.query_one(PreviewPane).show_row(items.highlighted, items.neighbours())
    screen.action_go(screen.came_from.value)
