"""Looking at the pictures of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.ui.runs.highlighted import highlighted

if TYPE_CHECKING:
    from wantui.ui.context import WorkContext


async def show(context: WorkContext) -> None:
    """Show those of the run under the cursor of the job table, or of the run that it asks about."""
    view = highlighted(context)
    if view is None:
        return
    await show_run(context, view.job.run)


async def show_run(context: WorkContext, number: int) -> None:
    """Show the pictures of a run."""
    samples = context.services.samples
    try:
        view = await context.ask(samples.view, await context.ask(samples.subject, number))
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    from wantui.ui.samples.sample_screen import SampleScreen  # noqa: PLC0415  opened when asked for

    await context.push(SampleScreen(samples, view))
    context.look_now()
