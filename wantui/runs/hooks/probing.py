"""The hook of a probe: is there a checkpoint to ask, are the caches current, and did every one answer?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import JobKind
from wantui.runs.hooks import last
from wantui.runs.own_jobs import ENVIRONMENT
from wantui.runs.probing.order import PROCESS, OpenProbe, ProbeOrder

if TYPE_CHECKING:
    import argparse

    from wantui.jobs.model import Run
    from wantui.paths import Workspace


def answer(options: argparse.Namespace) -> HookResult:
    """The verdict on the job that the hook's command line names; raises what `last.verdict` does."""

    def prepare(workspace: Workspace, run: Run) -> HookResult:
        probe = OpenProbe.of(workspace, ProbeOrder.from_document(run.settings))
        if not probe.left(workspace):
            return HookResult(Decision.SKIP, "every checkpoint has answered")
        stale = probe.question.not_current(probe.look)
        if stale is not None:
            return HookResult(Decision.FAIL, stale)
        return last.start(options, PROCESS, ENVIRONMENT)

    def asked_run(settings: dict[str, Any]) -> int:
        return ProbeOrder.from_document(settings).run

    return last.verdict(options, JobKind.PROBE, ("checkpoint", "asked"), asked_run, prepare)
