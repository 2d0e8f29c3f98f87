"""Leaving the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.captions.caption_flow import may_leave
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm

if TYPE_CHECKING:
    from wantui.ui.context import WorkContext


async def leave(context: WorkContext) -> None:
    """Leave; where jobs go on it says so first, and a caption that is not saved is asked about."""
    live = [view.job.id for view in context.jobs if not view.job.state.has_ended]
    if live:
        answer = await context.push(
            Confirm(
                f"Jobs go on without the screen: {', '.join(live)}. Leave?",
                Answer(("enter", "q"), "leave", "leave"),
            )
        )
        if answer == CANCEL:
            return
    if await may_leave(context):
        context.app.exit()
