"""Jobs whose process is wantui's own: captioning, probes, pictures, what follows a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.jobs.model import JobSpec
from wantui.runs.plan import HOOK

if TYPE_CHECKING:
    from wantui.jobs.model import JobKind
    from wantui.paths import Workspace

ENVIRONMENT = {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
"""Each line is in the log as soon as it is printed, whatever the locale."""


def own_job(
    workspace: Workspace,
    kind: JobKind,
    process: tuple[str, ...],
    *,
    wants_gpu: bool = True,
    may_skip: bool = True,
    comes_last: bool = False,
) -> JobSpec:
    """What the supervisor is asked for; the arguments are those of `JobSpec`, and `process` its ``argv``."""
    return JobSpec(
        kind=kind,
        argv=process,
        cwd=workspace.root,
        env=ENVIRONMENT,
        wants_gpu=wants_gpu,
        prepare=(*HOOK, "prepare"),
        verify=(*HOOK, "verify"),
        may_skip=may_skip,
        comes_last=comes_last,
    )
