"""The events, until they are left; then what a person wants to do about one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.commands.catalogue import Place
from wantui.ui.runs.job_table import JobTable

if TYPE_CHECKING:
    from wantui.history.model import Event
    from wantui.ui.context import WorkContext


async def show(context: WorkContext) -> None:
    """Show what has happened."""
    from wantui.ui.events.event_screen import EventScreen  # noqa: PLC0415  opened when asked for

    event = await context.push(EventScreen(context.services.history, context.services.outlooks))
    context.look_now()
    if event is None or event.action is None or event.action.command is None:
        return
    job = _job_of(context, event)
    if job is not None:
        context.go(Place.JOBS)
        context.find(JobTable).stay_on(job)
    await context.give(event.action.command)


def _job_of(context: WorkContext, event: Event) -> str | None:
    """The job that the event is about, or the last one of its run."""
    ids = [view.job.id for view in context.jobs]
    if event.job in ids:
        return event.job
    run = event.evidence.get("run")
    return next((view.job.id for view in reversed(context.jobs) if view.job.run == run), None)
