"""What can be copied of a job."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from wantui.jobs.shown import shown_argv
from wantui.ui.copying import copy

if TYPE_CHECKING:
    from textual.widget import Widget

    from wantui.services.annotations import JobView


def copy_job(node: Widget, view: JobView | None, what: str) -> None:
    """Copy of a job what is wanted; secrets in a command line are left out, as on the screen.

    Args:
        node: who asks.
        view: the job; None: there is none.
        what: ``command``, or ``paths`` of what it has saved; of a job that has saved nothing that of its log.
    """
    if what == "paths":
        paths = [] if view is None else [os.fspath(path) for path in view.progress.saved] or [os.fspath(view.log)]
        copy(node, "\n".join(paths), "the paths" if len(paths) > 1 else "the path")
    else:
        argv = () if view is None else view.job.argv or view.job.spec.argv
        copy(node, shlex.join(shown_argv(argv)) if argv else None, "the command line")
