"""The hook of a sample job: is there a picture to make, and was every one made?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import JobKind
from wantui.runs.hooks import last
from wantui.runs.own_jobs import ENVIRONMENT
from wantui.runs.sampling.order import PROCESS, OpenSampling, SampleOrder

if TYPE_CHECKING:
    import argparse

    from wantui.jobs.model import Run
    from wantui.paths import Workspace


def answer(options: argparse.Namespace) -> HookResult:
    """The verdict on the job that the hook's command line names; raises what `last.verdict` does."""

    def prepare(workspace: Workspace, run: Run) -> HookResult:
        sampling = OpenSampling.of(workspace, SampleOrder.from_document(run.settings))
        if not sampling.left(workspace):
            return HookResult(Decision.SKIP, "every picture is there, as far as there are checkpoints")
        return last.start(options, PROCESS, ENVIRONMENT)

    def asked_run(settings: dict[str, Any]) -> int:
        return SampleOrder.from_document(settings).run

    return last.verdict(options, JobKind.SAMPLE, ("picture", "made"), asked_run, prepare)
