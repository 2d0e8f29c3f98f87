"""Taking back and doing again, and the list of everything that was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.data.backend import BackendError

if TYPE_CHECKING:
    from wantui.ui.screens.work import WorkScreen


async def undo(screen: WorkScreen) -> None:
    """Take back the last step."""
    try:
        step = await screen.ask(screen.backend.editing.undo)
    except BackendError as error:
        screen.tell(f"Not undone: {error}", is_error=True)
        return
    if step is None:
        screen.tell("Nothing has been changed yet.")
        return
    screen.read_dataset()
    screen.tell(f"Undone: {step.what}. ctrl+r does it again.")


async def redo(screen: WorkScreen) -> None:
    """Do again what was undone last."""
    try:
        step = await screen.ask(screen.backend.editing.redo)
    except BackendError as error:
        screen.tell(f"Not done again: {error}", is_error=True)
        return
    if step is None:
        screen.tell("Nothing was undone.")
        return
    screen.read_dataset()
    screen.tell(f"Done again: {step.what}.")


async def show_history(screen: WorkScreen) -> None:
    """Every step, the newest first."""
    from wantui.ui.screens.steps import StepsScreen  # noqa: PLC0415  opened when asked for

    try:
        steps = await screen.ask(screen.backend.editing.steps)
    except BackendError as error:
        screen.tell(str(error), is_error=True)
        return
    await screen.app.push_screen_wait(StepsScreen(steps))
