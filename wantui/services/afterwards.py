"""What is done after a run: an upload of its release, a command of the person's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.jobs.model import EXPERT_KINDS, JobError
from wantui.jobs.store import RunStore
from wantui.runs.after.order import AfterOrder, begin

if TYPE_CHECKING:
    from wantui.jobs.model import Run
    from wantui.paths import Workspace


class Afterwards:
    """Orders of what follows a run; each is carried out once, by the background process."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def plan(
        self, number: int, *, upload: str | None = None, public: bool = False, runs_command: bool = True
    ) -> AfterOrder:
        """What would be done after a run, to be shown; nothing is started.

        Args:
            number: of the run, which may have ended or not.
            upload: the repository that its release goes to; None: none.
            public: whether everybody may see it there.
            runs_command: whether the command of ``[after]`` is run at last.

        Raises:
            JobError: there is no such run, or it trains nothing that could be uploaded.
            UploadError: there is no token for the Hub.
        """
        with explained():
            run = RunStore(self._workspace).get(number)
            config = configuration.load(self._workspace)
            if upload is not None:
                if not any(job.kind in EXPERT_KINDS for job in run.jobs):
                    raise JobError(f"run {number} trains nothing, so there is nothing to upload")
                self._check_upload()
            return AfterOrder(number, upload, public, config.after.command if runs_command else ())

    def begin(self, order: AfterOrder) -> Run:
        """Queue it.

        Raises:
            PlanError: there is nothing to do.
            SupervisorError: the background process cannot be reached.
        """
        with explained():
            return begin(self._workspace, order)

    def _check_upload(self) -> None:
        """Better to be told now than in the morning."""
        from wantui.runs.releasing.upload import Upload  # noqa: PLC0415  it takes long to import
        from wantui.weights.control import configured, endpoint_of  # noqa: PLC0415  the same
        from wantui.weights.tokens import token  # noqa: PLC0415  the same

        Upload(endpoint_of(configured(self._workspace), os.environ), token(os.environ))
