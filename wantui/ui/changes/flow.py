"""Taking back and doing again, and the list of everything that was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import ConflictError, WantuiError
from wantui.ui.captions.preview_pane import PreviewPane
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm

if TYPE_CHECKING:
    from wantui.ui.context import WorkContext


async def undo(context: WorkContext) -> None:
    """Take back the last step."""
    try:
        step = await context.ask(context.services.captions.undo)
    except ConflictError as error:
        await _settle(context, str(error))
        return
    except WantuiError as error:
        context.tell(f"Not undone: {error}", is_error=True)
        return
    if step is None:
        context.tell("Nothing has been changed yet.")
        return
    context.rescan()
    context.tell(f"Undone: {step.what}. ctrl+r to redo.")


async def _settle(context: WorkContext, why: str) -> None:
    """The last step cannot be taken back: ask whether it is to stand, so that the one before can be."""
    answer = await context.push(
        Confirm(
            f"Not undone, and nothing was written.\n{why}",
            Answer(("s",), "keep this step: u then undoes the one before", "settle"),
            stay="leave it",
        )
    )
    if answer == CANCEL:
        return
    try:
        step = await context.ask(context.services.captions.settle)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    if step is not None:
        context.tell(f"{step.what}: kept. u undoes the step before it.")


async def redo(context: WorkContext) -> None:
    """Do again what was undone last."""
    try:
        step = await context.ask(context.services.captions.redo)
    except WantuiError as error:
        context.tell(f"Not redone: {error}", is_error=True)
        return
    if step is None:
        context.tell("Nothing was undone.")
        return
    context.rescan()
    context.tell(f"Redone: {step.what}.")


async def show_steps(context: WorkContext) -> None:
    """Every step, the newest first, with what it did; one can be undone there."""
    from wantui.ui.changes.screen import StepsScreen  # noqa: PLC0415  opened when asked for

    try:
        steps = await context.ask(context.services.captions.steps)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    shown = StepsScreen(context.services.captions, steps, context.services.root)
    await context.push(shown)
    if shown.has_changed:
        context.find(PreviewPane).words = None  # they are counted anew when they are asked for
        context.rescan()
