"""The job that a command of the job table is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.ui.runs.job_table import JobTable

if TYPE_CHECKING:
    from wantui.services.annotations import JobView
    from wantui.ui.context import WorkContext


def highlighted(context: WorkContext) -> JobView | None:
    """The job under the cursor; where there is none, that is said."""
    view = context.find(JobTable).highlighted
    if view is None:
        context.tell(f"No runs yet: {context.key('train')} opens the run form.")
    return view
