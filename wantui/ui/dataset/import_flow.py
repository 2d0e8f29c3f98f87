"""Importing media: the form, and what follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.formatting import plural

if TYPE_CHECKING:
    from wantui.ui.work.work import WorkScreen


async def begin(screen: WorkScreen) -> None:
    """Open the form, where the dataset has a folder to import into."""
    importing = screen.backend.importing
    try:
        targets = await screen.ask(importing.targets)
    except WantuiError as error:
        screen.tell(str(error), is_error=True)
        return
    if not targets:
        screen.tell("The dataset lists its media in jsonl files: add lines to them instead.")
        return
    from wantui.ui.dataset.import_form import ImportForm  # noqa: PLC0415  opened when asked for

    imported = await screen.app.push_screen_wait(ImportForm(importing, targets, screen.backend.root))
    if imported:
        screen.read_dataset()
        screen.tell(f"{plural(imported, 'item')} imported.")
