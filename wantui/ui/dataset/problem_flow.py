"""The list of problems: open it, and go where a person wants to go from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.commands.catalogue import Place
from wantui.ui.dataset.dataset_list import DatasetList

if TYPE_CHECKING:
    from wantui.ui.context import WorkContext


async def show(context: WorkContext) -> None:
    """Everything that is wrong, until it is left."""
    from wantui.ui.dataset.problems import ProblemsScreen  # noqa: PLC0415  opened when asked for

    asked = ProblemsScreen(context.services.fixes, context.services.captions)
    path = await context.push(asked)
    if asked.has_changed:
        context.rescan()
    if path is None:
        return
    if context.find(DatasetList).go_to(path):
        context.go(Place.DATASET)
    else:
        context.tell(
            f"{path.name} belongs to no item that is shown; {context.key('settings')} opens the dataset's settings."
        )
