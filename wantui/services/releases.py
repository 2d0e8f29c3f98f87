"""Releases: the LoRA files of a run in a folder to hand out."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.errors import WantuiError
from wantui.jobs.model import EXPERT_KINDS, JobError
from wantui.jobs.store import RunStore
from wantui.runs.kept_settings import settings_of_job
from wantui.runs.releasing.facts import comfyui_loras, dataset_digest, told_settings, trained_on, trigger
from wantui.runs.releasing.lora_file import ReleaseError, check
from wantui.runs.releasing.plan import ReleaseFile, ReleasePlan, check_name, choose, file_name
from wantui.runs.releasing.upload_result import UploadResult
from wantui.runs.releasing.writing import TakenError, in_the_way, made, make, seems_made
from wantui.runs.sampling.judging import Judgements
from wantui.runs.sampling.pairs import Pair
from wantui.runs.sampling.pictures import Pictures
from wantui.services.checkpoints import Checkpoints
from wantui.supervisor.spawn import MARK
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wantui.jobs.model import Run
    from wantui.paths import Workspace
    from wantui.runs.releasing.upload import Uploaded
    from wantui.runs.releasing.writing import Released
    from wantui.runs.sampling.pictures import SamplePicture


class Releases:
    """What is handed out of a workspace's runs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def comfyui_loras(self) -> Path | None:
        """The folder of ComfyUI that `plan` would use; None: none is known."""
        with explained():
            return configuration.load(self._workspace).release.comfyui_loras or comfyui_loras()

    def plan(
        self,
        number: int,
        *,
        high: int | str | None = None,
        low: int | str | None = None,
        name: str | None = None,
        folder: Path | None = None,
        into_comfyui: bool = False,
        may_be_there: bool = False,
    ) -> ReleasePlan:
        """What would be written; nothing is.

        Args:
            number: of the run.
            high: epoch of the high-noise expert, or an average; None: see `wantui.runs.releasing.plan.choose`.
            low: the same of the other.
            name: that the files begin with; None: the run's suffix.
            folder: that is made; None: of that name, where ``[release] folder`` says.
            into_comfyui: whether the files are put into ComfyUI's folder also where ``wantui.toml`` does not name it.
            may_be_there: whether the release may have been made already, so that it is uploaded now.

        Raises:
            ReleaseError: there is no such checkpoint, loaders would not take it, or something is in the way.
            JobError: there is no such run, or it trains nothing.
        """
        with explained():
            config = configuration.load(self._workspace).release
            run = RunStore(self._workspace).get(number)
            expert_job = next((job for job in run.jobs if job.kind in EXPERT_KINDS), None)
            if expert_job is None:
                raise JobError(f"run {number} trains nothing, so there is nothing to release")
            settings = settings_of_job(run, expert_job)
            called = check_name(settings.suffix if name is None else name)
            files = self._files(run, called, {Expert.HIGH: high, Expert.LOW: low})
            rows = trained_on(self._workspace, run)
            plan = ReleasePlan(
                run=number,
                name=called,
                folder=(folder or config.folder / called).expanduser().absolute(),
                files=files,
                task=str(settings.task),
                author=settings.author,
                trigger=trigger(rows),
                trainer_kind=settings.trainer_kind,
                trainer=self._trained_with(number),
                dataset=dataset_digest(rows),
                items=len(rows),
                settings={
                    str(job.kind): told_settings(settings_of_job(run, job), Expert(job.kind))
                    for job in run.jobs
                    if job.kind in EXPERT_KINDS
                },
                pictures=self._pictures(number, files),
                loras_folder=self._loras_folder(config.comfyui_loras, asked=into_comfyui),
            )
            if not (may_be_there and plan.folder.is_dir()):
                in_the_way(plan)
            return plan

    def plan_free(
        self, number: int, *, name: str | None = None, into_comfyui: bool = False, or_made: bool = False
    ) -> ReleasePlan:
        """As `plan`, under the first of NAME, NAME-2, NAME-3, ... that nothing has.

        Args:
            number: of the run.
            name: that is wanted; None: the run's suffix.
            into_comfyui: as with `plan`.
            or_made: whether a name will do that this very release has, since it was made before.

        Raises:
            ReleaseError, JobError: as with `plan`.
        """
        wanted, count = name, 1
        while True:
            try:
                plan = self.plan(number, name=wanted, into_comfyui=into_comfyui, may_be_there=or_made)
                if not plan.folder.is_dir() or seems_made(plan):
                    return plan
                in_the_way(plan)
            except TakenError as error:
                count += 1
                wanted = f"{name or error.name}-{count}"

    def make(self, plan: ReleasePlan) -> Released:
        """Write it: whole, or not at all.

        Raises:
            ReleaseError: something is in the way, or a file cannot be released.
            WantuiError: the disk refuses something.
        """
        with explained():
            return make(plan)

    def made(self, plan: ReleasePlan) -> Released | None:
        """What was written by a plan before; None: nothing is there.

        Raises:
            ReleaseError: what is there is another release.
        """
        with explained():
            return made(plan) if plan.folder.is_dir() else None

    def upload(
        self, released: Released, repository: str, *, public: bool, told: Callable[[str], None] = lambda _: None
    ) -> Uploaded:
        """Put a release on the Hub, or what is missing of it there, and compare all of it; see `Upload.send`.

        How it went is kept with the run, unless a job does this, whose record has that.

        Raises:
            UploadError: it is not there, or not known to be; the release itself is as it was.
        """
        try:
            uploaded = self._send(released, repository, public=public, told=told)
        except WantuiError as error:
            self._keep(UploadResult(released.plan.run, repository, time.time(), error=str(error)))
            raise
        self._keep(UploadResult(released.plan.run, repository, time.time(), uploaded.files))
        return uploaded

    def _keep(self, result: UploadResult) -> None:
        if MARK not in os.environ:
            result.keep(self._workspace)

    def _send(self, released: Released, repository: str, *, public: bool, told: Callable[[str], None]) -> Uploaded:
        from wantui.runs.releasing.upload import Upload  # noqa: PLC0415  it takes long to import
        from wantui.weights.control import configured, endpoint_of  # noqa: PLC0415  the same
        from wantui.weights.tokens import token  # noqa: PLC0415  the same

        with explained():
            config = configured(self._workspace)
            hub = Upload(endpoint_of(config, os.environ), token(os.environ))
            return hub.send(released.plan.folder, repository, public=public, told=told)

    def _files(self, run: Run, name: str, asked: dict[Expert, int | str | None]) -> tuple[ReleaseFile, ...]:
        service = Checkpoints(self._workspace)
        candidates = (*service.candidates(run.number), *service.averages(run.number))
        if not candidates:
            raise ReleaseError(f"run {run.number} has no checkpoint that is there; `wantui jobs` shows how far it is")
        chosen = Judgements(self._workspace, run.number).read().chosen
        return tuple(
            ReleaseFile(each, why, file_name(name, each.expert), check(each.path))
            for each, why in choose(candidates, asked, chosen)
        )

    def _pictures(self, number: int, files: Sequence[ReleaseFile]) -> tuple[SamplePicture, ...]:
        """What exactly these files have made together."""
        members = {each.expert: each.candidate.member for each in files}
        if len(members) < len(Expert):
            return ()
        pair = Pair(members[Expert.HIGH], members[Expert.LOW])
        return tuple(each for each in Pictures(self._workspace, number).all() if each.pair == pair)

    def _trained_with(self, number: int) -> str:
        from wantui.runs.hooks.training import trained_with  # noqa: PLC0415  when it is asked for

        return trained_with(self._workspace, number) or ""

    def _loras_folder(self, configured: Path | None, *, asked: bool) -> Path | None:
        if configured is None and not asked:
            return None
        folder = configured or comfyui_loras()
        if folder is None:
            raise ReleaseError(
                'no ComfyUI was found; name its folder: comfyui_loras = ".../models/loras" in [release]'
            )
        if not folder.is_dir():
            raise ReleaseError(f"{folder}: is not there; correct comfyui_loras in [release]")
        return folder
