"""What counts as an event of a whole run: that it has finished, or has ended without that; how its upload went."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wantui.formatting import plain_plural, rough_duration
from wantui.history.model import Event, EventSeverity
from wantui.history.schema import path_text
from wantui.jobs.fields import FieldError
from wantui.jobs.model import EXPERT_KINDS, JobState, RunKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wantui.jobs.model import Run
    from wantui.runs.after.order import AfterOrder
    from wantui.runs.releasing.upload_result import UploadResult

UPLOADED = "uploaded"
_BAD = (JobState.FAILED, JobState.LOST)
_NAMES = {
    RunKind.CACHE: "cache run",
    RunKind.CAPTION: "captioning run",
    RunKind.SETUP: "setup",
    RunKind.PROBE: "probe",
    RunKind.SAMPLE: "sample run",
    RunKind.EMA: "EMA",
    RunKind.AFTER: "upload or command after a run",
}


def of_run(run: Run, files: Mapping[str, Path], since: float) -> Event | None:
    """That a run has ended, where a person has to know: a training that is done, any run with a job that failed.

    Args:
        run: it has ended.
        files: the last LoRA file of each expert that has saved one, by the kind of its job.
        since: what has ended before is of no interest.
    """
    ended = max((job.ended for job in run.jobs if job.ended is not None), default=None)
    if ended is None or ended < since:
        return None
    facts: dict[str, Any] = {
        "run": run.number,
        "kind": str(run.kind),
        "jobs": {str(job.kind): str(job.state) for job in run.jobs},
        "took_s": round(ended - run.created),
    }
    order = _order(run)
    bad = [job for job in run.jobs if job.state in _BAD]
    name = f"{_NAMES.get(run.kind, 'run')} {run.number}"
    if bad:
        kind = "cache-failed" if run.kind is RunKind.CACHE else "run-failed"
        states = ", ".join(f"{job.kind} {job.state}" for job in run.jobs)
        why = next((f"; {job.kind}: {job.reason}" for job in bad if job.reason), "")
        said = f"{name} has not finished: {states}{why}"
        if order is not None and bad[0].reason:  # nothing of the training has failed
            said = f"after run {order.run}: {bad[0].reason}"
        event = Event(ended, EventSeverity.ERROR, kind, None, said, facts)
    elif run.is_good and any(job.kind in EXPERT_KINDS for job in run.jobs):
        facts["files"] = {expert: path_text(path) for expert, path in files.items()}
        names = " and ".join(path.name for path in files.values())
        took = rough_duration(ended - run.created)
        said = f"{name} is finished after {took}" + (f": {names}" if names else "")
        event = Event(ended, EventSeverity.INFO, "run-finished", None, said, facts)
    elif run.is_good and order is not None and order.upload is not None:
        facts |= {"of_run": order.run, "repository": order.upload}
        said = f"the release of run {order.run} is on the Hub as {order.upload}, each file compared"
        event = Event(ended, EventSeverity.INFO, UPLOADED, None, said, facts)
    else:
        return None
    attempts = "-".join(str(job.attempt) for job in run.jobs)
    return replace(event, key=f"{event.kind}:{run.number}:{run.created}:{attempts}")


def _order(run: Run) -> AfterOrder | None:
    """What the run does after another one; None: it is of another kind, or nobody can read it."""
    if run.kind is not RunKind.AFTER:
        return None
    from wantui.runs.after.order import AfterOrder  # noqa: PLC0415  with all that hands an order over

    try:
        return AfterOrder.from_document(run.settings)
    except FieldError:
        return None


def of_upload(result: UploadResult | None, since: float) -> Event | None:
    """How an upload went that no job has done.

    Args:
        result: of the latest one of a run; None: there was none.
        since: what has ended before is of no interest.
    """
    if result is None or result.ended < since:
        return None
    facts = {"run": result.run, "repository": result.repository, "files": result.files, "error": result.error}
    release = f"the release of run {result.run}"
    if result.error is None:
        kind, severity = UPLOADED, EventSeverity.INFO
        files = plain_plural(result.files, "file")
        said = f"{release} is on the Hub as {result.repository}: {files}, each compared"
    else:
        kind, severity = "upload-failed", EventSeverity.ERROR
        said = f"{release} was not uploaded to {result.repository}: {result.error}"
    return Event(result.ended, severity, kind, None, said, facts, key=f"{kind}:{result.run}:{result.ended}")
