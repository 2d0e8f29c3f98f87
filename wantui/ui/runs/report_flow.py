"""Writing the report of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.ui.runs.highlighted import highlighted

if TYPE_CHECKING:
    from wantui.ui.context import WorkContext


async def write(context: WorkContext) -> None:
    """Write the report of the job's run, say where it is, and copy that to the terminal's clipboard."""
    view = highlighted(context)
    if view is None:
        return
    try:
        page = await context.ask(context.services.reports.write, view.job.run)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.app.copy_to_clipboard(str(page))  # `copy` would say a second time what is said here
    context.tell(f"The report of run {view.job.run} is written, and its path copied: {page}")
