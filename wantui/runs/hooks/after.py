"""The hook of what is done after a run: which order, and how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.jobs.hook import Decision, HookResult
from wantui.runs.after.order import PROCESS
from wantui.runs.hooks import setup
from wantui.runs.own_jobs import ENVIRONMENT

if TYPE_CHECKING:
    import argparse


def answer(options: argparse.Namespace) -> HookResult:
    """The verdict on the job that the hook's command line names; raises as `wantui.runs.hooks.setup.answer`."""
    if options.question == "prepare":
        argv = (*PROCESS, "--run-folder", str(options.run_folder))
        return HookResult(Decision.GO, argv=argv, env=dict(ENVIRONMENT))
    return setup.answer(options)
