"""Looking at the checkpoints of a run, and averaging them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.ui.runs.highlighted import highlighted

if TYPE_CHECKING:
    from wantui.ui.context import WorkContext


async def show(context: WorkContext) -> None:
    """List the checkpoints of the run under the cursor of the job table; what is asked for there is done."""
    from wantui.ui.checkpoints.screen import AVERAGE, CheckpointsScreen  # noqa: PLC0415  opened when asked for

    number = await _subject(context)
    if number is None:
        return
    service = context.services.checkpoints
    try:
        files = await context.ask(service.listed, number)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    answer = await context.push(CheckpointsScreen(number, files, service.looked_into))
    if answer == AVERAGE:
        await _average(context, number)
    elif answer is not None:
        await context.give(answer)


async def average(context: WorkContext) -> None:
    """Ask which checkpoints of the run under the cursor are averaged, and how, and start it."""
    number = await _subject(context)
    if number is not None:
        await _average(context, number)


async def _subject(context: WorkContext) -> int | None:
    """The training that the job under the cursor is about."""
    view = highlighted(context)
    if view is None:
        return None
    try:
        return await context.ask(context.services.samples.subject, view.job.run)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return None


async def _average(context: WorkContext, number: int) -> None:
    from wantui.ui.checkpoints.average_form import AverageForm  # noqa: PLC0415  opened when asked for

    order = await context.push(AverageForm(context.services, number))
    if order is None:
        return
    try:
        run = await context.ask(context.services.averaging.begin, order)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.look_now()
    if run is None:
        context.tell("It exists already.")
    else:
        context.tell(f"Run {run.number} averages checkpoints of run {number}.")
