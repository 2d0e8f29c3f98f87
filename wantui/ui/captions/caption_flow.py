"""Editing a caption: open, save, what to do when somebody else has changed it, leave."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import reading
from wantui.dataset.model import LARGEST_CAPTION
from wantui.errors import ConflictError, WantuiError
from wantui.ui.captions.preview_pane import PreviewPane
from wantui.ui.commands.catalogue import Place
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.dataset.highlighted import highlighted_item
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm
from wantui.ui.messages.requests import SaveCaption

if TYPE_CHECKING:
    from wantui.dataset.model import Item
    from wantui.listing.rows import ItemRow
    from wantui.services.values import CaptionText
    from wantui.ui.captions.words import Words
    from wantui.ui.context import WorkContext

LONGEST_SAMPLE = 60
"""Characters of a text that a question shows."""


async def begin(context: WorkContext) -> None:
    """Open the editor on the caption of the item under the cursor, as it stands in its file now."""
    preview = context.find(PreviewPane)
    if preview.editor is not None or (row := highlighted_item(context)) is None:
        return
    read_as = await _read(context, row.item)
    if read_as is None:
        context.after_edit = ""
        return
    await _open(context, row, read_as)


async def _open(context: WorkContext, row: ItemRow, read_as: CaptionText, text: str | None = None) -> None:
    """Show a caption in the editor, with `text` in it where that is not what is on the disk."""
    preview = context.find(PreviewPane)
    if preview.editor is None:
        context.came_from = Place.DATASET if context.place is Place.EDITOR else context.place
        context.enter(Place.PREVIEW)
        await preview.edit(row, read_as, await words_of(context), context.services.captions.tokens)
    if preview.editor is not None and (preview.editor.row is not row or text is not None):
        preview.editor.show(row, read_as, text)


async def words_of(context: WorkContext) -> Words:
    """The dataset's words as the captions were when they were asked for first, and what was saved here since."""
    from wantui.ui.captions.words import Words  # noqa: PLC0415  when it is asked for

    preview = context.find(PreviewPane)
    if preview.words is None:
        captions = [row.item.caption for row in context.rows if row.item.caption]
        preview.words = await context.ask(Words, captions)
    return preview.words


async def _read(context: WorkContext, item: Item) -> CaptionText | None:
    """The caption; a file that is not UTF-8 is converted first, if a person says from what. None: it is not read."""
    try:
        return await context.ask(context.services.captions.read, item)
    except WantuiError as error:
        readings = await context.ask(context.services.captions.readings, item)
        if not readings:
            context.tell(str(error), is_error=True)
            return None
    keys = "123456789"
    answer = await context.push(
        Confirm(
            f"{item.caption_file.name if item.caption_file else item.name} is not UTF-8, which the trainer wants.\n"
            "Convert it? What it says depends on the encoding that it was written in:",
            *(
                Answer((key,), f"{each.encoding}: {each.text.strip()[:LONGEST_SAMPLE]}", each.encoding)
                for key, each in zip(keys, readings, strict=False)
            ),
            stay="leave it as it is",
        )
    )
    if answer == CANCEL:
        return None
    try:
        await context.ask(context.services.captions.convert, item, answer)
        context.rescan()
        return await context.ask(context.services.captions.read, item)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return None


async def save(context: WorkContext, message: SaveCaption) -> None:
    """Write the caption, then leave or go on to a neighbour."""
    read_as = message.read_as
    editor = context.find(PreviewPane).editor
    if editor is None:
        return
    items = context.find(DatasetList)
    # Once the caption is saved, a filter may no longer show the item, and "the next one" would be another.
    at = -1 if message.then_step is None else items.cursor + message.then_step
    neighbour = items.row_at(at) if 0 <= at < items.row_count else None
    # Going past an item writes nothing; saving where there is no caption writes an empty one, which is a choice.
    is_unchanged = not editor.has_changed and (message.then_step is not None or bool(read_as and read_as.text))
    try:
        if is_unchanged or await _write(context, message):
            await _after(context, neighbour)
    finally:
        editor.go_on()


async def _write(context: WorkContext, message: SaveCaption) -> bool:
    """Write the caption; False where it has not been written, and the editor stays."""
    try:
        await context.ask(context.services.captions.save, message.row.item, message.text, message.read_as)
    except ConflictError:
        return await _settle(context, message)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return False
    words = context.find(PreviewPane).words
    if words is not None and message.read_as is not None:
        words.vocabulary.change(message.read_as.text, message.text)
    file = message.row.item.caption_file
    if file is None:  # it stands in a jsonl, whose other lines may have moved
        context.rescan()
    else:
        context.rescan_file(file)
    return True


async def _settle(context: WorkContext, message: SaveCaption) -> bool:
    """Somebody else has changed the caption: ask whose it is to be. True where the matter is settled."""
    from wantui.ui.captions.conflict import BOTH, EDIT, THEIRS, YOURS, ConflictScreen  # noqa: PLC0415  seldom needed

    item, editing = message.row.item, context.services.captions
    try:
        theirs = await context.ask(context.services.captions.read, item)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return False
    base = message.read_as.text if message.read_as else ""
    name = item.caption_file.name if item.caption_file else message.row.name
    asked = ConflictScreen(name, base, message.text, theirs.text)
    answer = await context.push(asked)
    try:
        if answer == THEIRS:
            kept = await context.ask(editing.keep_draft, item, message.text)
            context.tell(f"Kept theirs; yours is saved in {kept}.")
            context.rescan()
            return True
        if answer in (YOURS, BOTH):
            text = message.text if answer == YOURS else asked.together or message.text
            return await _write(context, SaveCaption(message.row, text, theirs, message.then_step))
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return False
    if answer == EDIT:
        await _open(context, message.row, theirs, asked.to_edit)
        if asked.together is None:
            context.tell("Yours is above, theirs below: combine them into one caption.")
    return False


async def _after(context: WorkContext, neighbour: ItemRow | None) -> None:
    """Go on to the neighbour, or leave the editor where there is none."""
    preview, items = context.find(PreviewPane), context.find(DatasetList)
    if neighbour is not None and items.go_to(neighbour.item.media) and items.highlighted is not None:
        row = items.highlighted
        preview.show_row(row, items.neighbours())  # before a question about its caption is asked
        read_as = await _read(context, row.item)
        if read_as is not None:
            await _open(context, row, read_as)
            return
    await preview.end_edit()
    await _back(context)


async def revert(context: WorkContext) -> None:
    """Begin anew with the caption as it is in its file."""
    editor = context.find(PreviewPane).editor
    if editor is None:
        return
    try:
        read_as = await context.ask(context.services.captions.read, editor.row.item)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    editor.revert_to(read_as)


async def may_leave(context: WorkContext) -> bool:
    """Whether the editor may be left: what would be lost is asked about first, and saved where that is wanted."""
    editor = context.find(PreviewPane).editor
    if editor is None or not editor.has_changed:
        return True
    answer = await context.push(
        Confirm(
            "The caption has been changed and not saved.",
            Answer(("s", "ctrl+s"), "save it", "save"),
            Answer(("d",), "discard the change", "discard"),
            stay="keep editing",
        )
    )
    if answer == "save":
        return await _write(context, SaveCaption(editor.row, editor.text, editor.read_as, None))
    return answer == "discard"


async def leave(context: WorkContext) -> None:
    """Close the editor, where nothing is lost by it that a person wants to keep."""
    preview = context.find(PreviewPane)
    editor = preview.editor
    try:
        if await may_leave(context):
            await preview.end_edit()
            await _back(context)
    finally:
        if editor is not None:
            editor.go_on()


async def edit_outside(context: WorkContext) -> None:
    """Edit the caption in the person's own editor, on a copy; what comes of it is saved as any other edit is.

    What cannot be saved goes on in the editor here, for nothing that was written is lost.
    """
    if context.find(PreviewPane).editor is not None or (row := highlighted_item(context)) is None:
        return
    read_as = await _read(context, row.item)
    if read_as is None:
        return
    text = await _written_outside(context, row.item, read_as.text)
    if text is None:
        return
    if text == read_as.text:
        context.tell("Nothing was changed.")
    elif await _write(context, SaveCaption(row, text, read_as, None)):
        context.tell(f"Saved. {context.key('undo')} to undo.")
    elif context.find(PreviewPane).editor is None:
        await _open(context, row, read_as, text)


async def _written_outside(context: WorkContext, item: Item, text: str) -> str | None:
    """What a person makes of a text in another editor; None where that has failed, which is told."""
    from wantui.ui.dialogs.outside_editor import open_outside  # noqa: PLC0415  opened when asked for

    why = ""
    with tempfile.TemporaryDirectory(prefix="wantui-") as folder:
        copy = Path(folder) / "caption.txt"
        try:
            copy.write_text(text + "\n", encoding="utf-8")
            open_outside(context.app, copy)
        except (WantuiError, OSError) as error:
            why = str(error)
        try:
            written = reading.read_text(copy, LARGEST_CAPTION).rstrip("\n")
        except UnicodeDecodeError:
            why = why or "the editor saved it in another encoding than UTF-8"
            written = reading.read_bytes(copy, LARGEST_CAPTION).decode("latin-1").rstrip("\n")
        except OSError as error:
            why, written = why or f"the copy cannot be read: {error.strerror}", text
    if not why:
        return written
    kept = "" if written == text else f" What it left is kept in {await _kept(context, item, written)}."
    context.tell(f"Nothing was changed: {why}.{kept}", is_error=True)
    return None


async def _kept(context: WorkContext, item: Item, text: str) -> str:
    """Where a draft of the text is."""
    try:
        return str(await context.ask(context.services.captions.keep_draft, item, text))
    except WantuiError as error:
        return f"no file, for {error}"


async def _back(context: WorkContext) -> None:
    """To where the editor was opened from."""
    items = context.find(DatasetList)
    context.find(PreviewPane).show_row(items.highlighted, items.neighbours())
    context.go(context.came_from)
    command, context.after_edit = context.after_edit, ""
    if command:
        await context.give(command)
