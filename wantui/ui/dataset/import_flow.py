"""Importing media: the form, and what follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.formatting import plural

if TYPE_CHECKING:
    from wantui.ui.context import WorkContext


async def begin(context: WorkContext) -> None:
    """Open the form, where the dataset has a folder to import into."""
    importing = context.services.importing
    try:
        targets = await context.ask(importing.targets)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    if not targets:
        context.tell("The dataset lists its media in jsonl files: add lines to them instead.")
        return
    from wantui.ui.dataset.import_form import ImportForm  # noqa: PLC0415  opened when asked for

    imported = await context.push(ImportForm(importing, targets, context.services.root))
    if imported:
        context.rescan()
        context.tell(f"{plural(imported, 'item')} imported.")
