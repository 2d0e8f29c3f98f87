"""Taking back and doing again, and the list of everything that was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import ConflictError, WantuiError
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm

if TYPE_CHECKING:
    from wantui.ui.work.work import WorkScreen


async def undo(screen: WorkScreen) -> None:
    """Take back the last step."""
    try:
        step = await screen.ask(screen.backend.editing.undo)
    except ConflictError as error:
        await _settle(screen, str(error))
        return
    except WantuiError as error:
        screen.tell(f"Not undone: {error}", is_error=True)
        return
    if step is None:
        screen.tell("Nothing has been changed yet.")
        return
    screen.read_dataset()
    screen.tell(f"Undone: {step.what}. ctrl+r does it again.")


async def _settle(screen: WorkScreen, why: str) -> None:
    """The last step cannot be taken back: ask whether it is to stand, so that the one before can be."""
    answer = await screen.app.push_screen_wait(
        Confirm(
            f"Not undone, and nothing was written.\n{why}",
            Answer(("s",), "let this step stand: u goes on to the one before", "settle"),
            stay="leave it",
        )
    )
    if answer == CANCEL:
        return
    try:
        step = await screen.ask(screen.backend.editing.settle)
    except WantuiError as error:
        screen.tell(str(error), is_error=True)
        return
    if step is not None:
        screen.tell(f"{step.what}: stands. u takes back what was done before.")


async def redo(screen: WorkScreen) -> None:
    """Do again what was undone last."""
    try:
        step = await screen.ask(screen.backend.editing.redo)
    except WantuiError as error:
        screen.tell(f"Not done again: {error}", is_error=True)
        return
    if step is None:
        screen.tell("Nothing was undone.")
        return
    screen.read_dataset()
    screen.tell(f"Done again: {step.what}.")


async def show_history(screen: WorkScreen) -> None:
    """Every step, the newest first."""
    from wantui.ui.captions.history import StepsScreen  # noqa: PLC0415  opened when asked for

    try:
        steps = await screen.ask(screen.backend.editing.steps)
    except WantuiError as error:
        screen.tell(str(error), is_error=True)
        return
    await screen.app.push_screen_wait(StepsScreen(steps))
