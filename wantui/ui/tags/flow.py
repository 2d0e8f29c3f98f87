"""The tag browser: open it, and do what is wanted with a tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.captions.tag_counts import count_tags
from wantui.captions.tags import has_tag
from wantui.formatting import plural
from wantui.ui.captions.bulk_flow import carry_out
from wantui.ui.captions.caption_flow import words_of
from wantui.ui.commands.catalogue import Place
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.tags.browser import TagAct, TagBrowser

if TYPE_CHECKING:
    from wantui.captions.tag_counts import TagCount
    from wantui.listing.rows import ItemRow
    from wantui.ui.context import WorkContext
    from wantui.ui.tags.browser import TagChoice

CHANGE_OF = {TagAct.RENAME: "n", TagAct.REMOVE: "r"}
"""Key of the kind of bulk change."""


async def show(context: WorkContext) -> None:
    """The tags of the items shown, until the browser is left or its items are shown."""
    if context.is_reading:
        context.tell("The dataset is still being read: wait a moment.")
        return
    dataset = context.find(DatasetList)
    shown = dataset.shown_rows()
    edited: dict[str, str] = {}
    """Captions that were changed from here, by `Item.key`: the dataset is read again only afterwards."""

    def captions(rows: tuple[ItemRow, ...]) -> list[str]:
        return [edited.get(row.item.key, row.item.caption or "") for row in rows]

    def having(tag: TagCount) -> tuple[ItemRow, ...]:
        return tuple(row for row in shown if has_tag(edited.get(row.item.key, row.item.caption or ""), tag.key))

    def mark(tag: TagCount) -> int:
        dataset.mark_rows(having(tag))
        return len(dataset.marks)

    keys = {row.item.key for row in shown}
    others = tuple(row for row in context.rows if row.item.key not in keys)
    choice: TagChoice | None = None
    while True:
        counted = await context.ask(count_tags, captions(shown), captions(others))
        whose = plural(len(shown), "item shown", "items shown") if others else plural(len(shown), "item")
        choice = await context.push(TagBrowser(counted, whose, mark, choice))
        if choice is None:
            return
        if choice.act is TagAct.FILTER:
            dataset.show_filter(filter_for(choice.tag.tag))
            context.go(Place.DATASET)
            return
        edited |= await _change(context, choice, having(choice.tag))


def filter_for(tag: str) -> str:
    """The filter that shows the items with a tag."""
    quoted = tag.replace('"', '\\"')
    return f'tag:"{quoted}"'


async def _change(context: WorkContext, choice: TagChoice, rows: tuple[ItemRow, ...]) -> dict[str, str]:
    """Rename or remove a tag, after a look at what would become of the captions; those that were written."""
    from wantui.ui.captions.bulk_form import CHANGES, BulkForm  # noqa: PLC0415  its fields cost time that only it needs

    change = next(each for each in CHANGES if each.key == CHANGE_OF[choice.act])
    words = await words_of(context)
    seen = await context.push(
        BulkForm(
            context.services.captions, [row.item for row in rows], change, plural(len(rows), "item"),
            vocabulary=words.vocabulary, typed=(choice.tag.tag,),
        )
    )  # fmt: skip
    if seen is None or not await carry_out(context, seen):
        return {}
    return {change.item.key: change.after for change in seen.changes}
