"""What is done after a run: an upload of its release, a command of the person's."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.jobs.fields import FieldError
from wantui.jobs.model import EXPERT_KINDS, JobError, RunKind
from wantui.jobs.store import RunStore
from wantui.runs.after.order import AfterOrder, begin
from wantui.runs.releasing.upload_result import UploadResult
from wantui.runs.releasing.writing import expected_files
from wantui.services.releases import Releases
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.runs.releasing.plan import ReleasePlan


@dataclass(frozen=True, slots=True)
class UploadOffer:
    """An upload as it could be asked for."""

    plan: ReleasePlan
    """Of the release, under a name that is free or its own already."""
    is_made: bool
    """Whether the release has been written before."""
    has_ended: bool
    """Whether the run has ended; else its release is made when it has, of the epochs that are best by then."""
    files: tuple[tuple[str, int], ...]
    """Each file of the release as it would be now, with its bytes; estimated where it is not made."""
    repository: str
    """That is proposed: where releases of the run, else of another one, went last; empty where nothing is known, and
    ``person/`` where only that is."""
    command: tuple[str, ...]
    """Of ``[after]``; empty: there is none."""

    def order(self, repository: str, *, public: bool, runs_command: bool) -> AfterOrder:
        """What is asked for in the end."""
        epochs = {each.expert: each.epoch for each in self.plan.files} if self.has_ended else {}
        return AfterOrder(
            self.plan.run,
            repository,
            public,
            self.command if runs_command else (),
            self.plan.name,
            epochs.get(Expert.HIGH),
            epochs.get(Expert.LOW),
        )


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
            UploadError: there is no token for the Hub, or no repository can be called so.
        """
        with explained():
            run = RunStore(self._workspace).get(number)
            config = configuration.load(self._workspace)
            if upload is not None:
                if not any(job.kind in EXPERT_KINDS for job in run.jobs):
                    raise JobError(f"run {number} trains nothing, so there is nothing to upload")
                self._check_token()
                self.check_repository(upload)
            return AfterOrder(number, upload, public, config.after.command if runs_command else ())

    def offer(self, number: int, *, name: str | None = None, into_comfyui: bool = False) -> UploadOffer:
        """What an upload of a run's release would be, to be shown; nothing is started.

        Args:
            number: of the run.
            name: that the release is to have; None: the run's suffix.
            into_comfyui: as with `Releases.plan`, where the release is still to be written.

        Raises:
            ReleaseError, JobError: as `Releases.plan`.
            UploadError: there is no token for the Hub.
        """
        with explained():
            self._check_token()
            run = RunStore(self._workspace).get(number)
            plan = Releases(self._workspace).plan_free(
                number, name=name, into_comfyui=into_comfyui, or_made=run.has_ended
            )
            command = configuration.load(self._workspace).after.command
            return UploadOffer(
                plan, plan.folder.is_dir(), run.has_ended, expected_files(plan), self._repository(plan), command
            )

    def check_repository(self, repository: str) -> None:
        """See that a repository can be called so.

        Raises:
            UploadError: it cannot.
        """
        from wantui.runs.releasing.upload import check_repository  # noqa: PLC0415  it takes long to import

        check_repository(repository)

    def begin(self, order: AfterOrder) -> Run:
        """Queue it.

        Raises:
            PlanError: there is nothing to do.
            SupervisorError: the background process cannot be reached.
        """
        with explained():
            return begin(self._workspace, order)

    def _repository(self, plan: ReleasePlan) -> str:
        """Where the release may go, by where others went."""
        orders = self._uploads()
        own = [repository for run, _, repository in orders if run == plan.run]
        if own:
            return own[-1]
        return f"{orders[-1][2].partition('/')[0]}/{plan.name}" if orders else ""

    def _uploads(self) -> list[tuple[int, float, str]]:
        """Run, time and repository of what was uploaded, or was to be, by jobs and verbs; the latest last."""
        found = []
        for run in RunStore(self._workspace).runs():
            if run.kind is RunKind.AFTER:
                try:
                    order = AfterOrder.from_document(run.settings)
                except FieldError:
                    continue
                if order.upload is not None:
                    found.append((order.run, run.created, order.upload))
            elif (result := UploadResult.of(self._workspace, run.number)) is not None:
                found.append((run.number, result.ended, result.repository))
        return sorted(found, key=lambda each: each[1])

    def _check_token(self) -> None:
        """Better to be told now than in the morning."""
        from wantui.runs.releasing.upload import Upload  # noqa: PLC0415  it takes long to import
        from wantui.weights.control import configured, endpoint_of  # noqa: PLC0415  the same
        from wantui.weights.tokens import token  # noqa: PLC0415  the same

        Upload(endpoint_of(configured(self._workspace), os.environ), token(os.environ))
