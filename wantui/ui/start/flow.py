"""The first-run page, until it is left; then what it was left for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.start.screen import StartScreen
from wantui.ui.work.top_line import TopLine

if TYPE_CHECKING:
    from wantui.ui.context import WorkContext


async def show(context: WorkContext) -> None:
    """Show it; a key of the work screen leaves it, and is obeyed there."""
    command_id = await context.push(StartScreen(context, context.find(TopLine)))
    if command_id:
        await context.give(command_id)
