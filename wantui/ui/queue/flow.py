"""The queue, until it is left; then the run form for a changed copy, where one is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.runs import job_flow

if TYPE_CHECKING:
    from wantui.ui.context import WorkContext


async def show(context: WorkContext) -> None:
    """Show what waits and runs."""
    from wantui.ui.queue.screen import QueueScreen  # noqa: PLC0415  opened when asked for

    copied = await context.push(QueueScreen(context.services.queue))
    context.look_now()
    if copied is not None:
        await job_flow.train(context, like=copied)
