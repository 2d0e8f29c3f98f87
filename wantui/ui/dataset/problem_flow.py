"""The list of problems: open it, and go where a person wants to go from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.dataset.dataset_list import DatasetList

if TYPE_CHECKING:
    from wantui.ui.work.work import WorkScreen


async def show(screen: WorkScreen) -> None:
    """Everything that is wrong, until it is left."""
    from wantui.ui.dataset.problems import ProblemsScreen  # noqa: PLC0415  opened when asked for

    asked = ProblemsScreen(screen.backend.mending, screen.backend.editing)
    path = await screen.app.push_screen_wait(asked)
    if asked.has_changed:
        screen.read_dataset()
    if path is None:
        return
    if screen.query_one(DatasetList).go_to(path):
        screen.action_go("dataset")
    else:
        screen.tell(f"{path.name} belongs to no item that is shown; o opens the dataset's settings.")
