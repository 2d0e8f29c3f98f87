"""The curves of a run on the whole screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.jobs.model import EXPERT_KINDS
from wantui.ui.commands.catalogue import Place
from wantui.ui.runs.job_table import JobTable
from wantui.ui.runs.run_status import current_run
from wantui.ui.work.top_line import TopLine

if TYPE_CHECKING:
    from wantui.ui.context import WorkContext


async def show(context: WorkContext) -> None:
    """Show those of the run under the cursor of the job table, elsewhere of the run to look at."""
    experts = [view for view in context.jobs if view.job.kind in EXPERT_KINDS]
    highlighted = context.find(JobTable).highlighted if context.place is Place.JOBS else None
    run = current_run(experts) if highlighted is None else highlighted.job.run
    if run is None:
        context.tell(f"No run has trained yet: {context.key('train')} opens the run form.")
        return
    if all(view.job.run != run for view in experts):
        context.tell(f"Run {run} trains nothing: it has no curves.")
        return
    await show_compared(context, run)


async def show_compared(context: WorkContext, run: int, *others: int) -> None:
    """Show the curves of a run, with those of others laid over."""
    from wantui.ui.curves.screen import CurvesScreen  # noqa: PLC0415  opened when asked for

    try:
        compared = await context.ask(context.services.curves.runs)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    top = context.find(TopLine)
    as_picture = context.defaults is not None and context.defaults.curves == "picture"
    screen = CurvesScreen(
        context.services.curves, run, compared, lambda: context.jobs, lambda: top.facts, as_picture=as_picture
    )
    screen.lay_over(others)
    await context.push(screen)
