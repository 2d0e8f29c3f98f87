"""The hooks of a run, asked by the supervisor: may this job start, with which command line, and did it do its work?

    python -m wantui.runs.hooks.main prepare|verify --run-folder DIR --job KIND --attempt N
                                   [--gpu JSON] [--exit-code N] [--stopped]

Prints one `wantui.jobs.hook.HookResult`, or ends with `NOT_NOW` where the machine has no room, memory or
descriptors to find one; the rules are in `caching`, `training`, `trained`, `captioning`, `probing`, `sampling`,
`averaging` and `after`.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from wantui.caches.model import CacheError
from wantui.dataset.model import DatasetError
from wantui.gpus.model import GpuError
from wantui.jobs.hook import NOT_NOW, Decision, HookResult
from wantui.jobs.model import SETUP_KINDS, JobError, JobKind
from wantui.jobs.passing import is_passing
from wantui.runs.hook_context import HookContext, read_context
from wantui.runs.summary import summarise, write_summary
from wantui.trainer.model import ExitReason, TrainerError

_OTHERS: dict[str, str] = {
    JobKind.CAPTION: "captioning", JobKind.PROBE: "probing", JobKind.SAMPLE: "sampling", JobKind.AFTER: "after",
    JobKind.EMA: "averaging",
    **dict.fromkeys(SETUP_KINDS, "setup"),
}  # fmt: skip
"""The modules that answer for jobs of other kinds: each is imported for its own, which has a process to itself."""


def prepare(case: HookContext) -> HookResult:
    """Whether the job may start, and how."""
    if case.step is None:
        from wantui.runs.hooks import training  # noqa: PLC0415  one question is asked of a process

        return training.prepare(case)
    from wantui.runs.hooks import caching  # noqa: PLC0415  the same

    return caching.prepare(case, case.step)


def verify(case: HookContext, exit_code: int, lost: str | None = None) -> HookResult:
    """Whether a job that has ended did what it is for.

    Args:
        case: with the job.
        exit_code: of the job.
        lost: why nobody saw its end; None: its exit code is known.
    """
    summary = summarise(case.job, case.files, case.settings.trainer_kind)
    with suppress(OSError):  # it is read again where it could not be kept
        write_summary(case.files, summary)
    failure = None
    if lost is not None:
        failure = ExitReason(lost, is_crash=True)
    elif exit_code != 0:
        failure = case.trainer.explain_exit(exit_code, summary.cause)
    if failure is not None and case.workspace.is_full:
        says = f"the disk of {case.workspace.state} is full, so the log could not be written ({failure.says})"
        failure = ExitReason(says)
    if case.step is None:
        from wantui.runs.hooks import trained  # noqa: PLC0415  one question is asked of a process

        return trained.verify(case, failure)
    from wantui.runs.hooks import caching  # noqa: PLC0415  the same

    why = None if failure is None else failure.says
    try:
        return caching.verify(case, case.step, why)
    except (DatasetError, CacheError) as error:
        return HookResult(Decision.FAIL, why or str(error))


def main() -> int:
    """Answer for one job."""
    parser = argparse.ArgumentParser(prog="python -m wantui.runs.hooks.main")
    parser.add_argument("question", choices=("prepare", "verify"))
    parser.add_argument("--run-folder", type=Path, required=True)
    parser.add_argument("--job", required=True)
    parser.add_argument("--attempt", type=int, required=True)
    parser.add_argument("--gpu")
    parser.add_argument("--exit-code", type=int, default=0)
    parser.add_argument("--stopped", action="store_true")
    parser.add_argument("--lost")
    options = parser.parse_args()
    try:
        other = _OTHERS.get(options.job)
        if other is not None and options.lost is not None:
            verdict = HookResult(Decision.FAIL, options.lost)
        elif other is not None:
            verdict = import_module(f"wantui.runs.hooks.{other}").answer(options)
        else:
            case = read_context(options)
            verdict = (
                prepare(case) if options.question == "prepare" else verify(case, options.exit_code, options.lost)
            )
    except (DatasetError, CacheError, TrainerError, JobError, GpuError, OSError) as error:
        if isinstance(cause := error if isinstance(error, OSError) else error.__cause__, OSError) and is_passing(
            cause
        ):
            print(f"not now: {error}", file=sys.stderr)  # noqa: T201
            return NOT_NOW
        verdict = HookResult(Decision.FAIL, str(error))
    print(verdict.to_json())  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
