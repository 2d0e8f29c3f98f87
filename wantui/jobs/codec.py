"""Runs as JSON documents, for the record on disk and for the supervisor's socket."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from wantui.jobs.fields import FieldError, Fields
from wantui.jobs.model import (
    InterruptedBy,
    Interruption,
    Job,
    JobKind,
    JobSpec,
    JobState,
    PastAttempt,
    Run,
    RunKind,
)
from wantui.jobs.process import ProcessIdentity

_Kind = TypeVar("_Kind", bound=StrEnum)
_Words = TypeVar("_Words", tuple[str, ...], tuple[str, ...] | None)

VERSION = 1
"""Raised when a reader of the old form would misread the new one."""

RENAMED = {
    "wantui.models.fetch": "wantui.weights.fetch",
    "wantui.pipeline.captioning": "wantui.runs.captioning.main",
    "wantui.pipeline.gate": "wantui.runs.hooks.main",
}
"""Modules that command lines of wantui 0.1 name after ``-m``, and what they are called today."""


def run_to_document(run: Run) -> dict[str, Any]:
    """`run` as a JSON document."""
    return {
        "version": VERSION,
        "number": run.number,
        "kind": str(run.kind),
        "created": run.created,
        "settings": run.settings,
        "jobs": [job_to_document(job) for job in run.jobs],
        "order": run.order,
        "held": run.held,
        "after": list(run.after),
    }


def run_from_document(document: Any, number: int | None = None) -> Run:
    """The run in `document`.

    Args:
        document: what `run_to_document` made, or anything else.
        number: of the run, where it is known from elsewhere: from the folder's name.

    Raises:
        FieldError: it is none, is another run, or is of a version that is not known here.
    """
    fields = Fields(document, "run")
    if (version := fields.integer("version")) != VERSION:
        raise FieldError(f"version {version} of the format, {VERSION} is known")
    found = fields.integer("number")
    if number is not None and found != number:
        raise FieldError(f"it says that it is run {found}")
    run = Run(
        number=found,
        kind=_one_of(RunKind, fields.text("kind")),
        created=fields.number("created"),
        settings=fields.mapping("settings"),
        jobs=tuple(_job(job) for job in fields.objects("jobs")),
        order=fields.number_or_none("order"),
        held=fields.flag("held"),
        after=fields.integers("after"),
    )
    kinds = [job.kind for job in run.jobs]
    if not kinds or len(set(kinds)) < len(kinds):
        raise FieldError("a run has one job of a kind, and one at least")
    if later := [other for other in run.after if not 0 < other < found]:
        raise FieldError(f"run {found} cannot be after run {later[0]}: only after one with a lower number")
    for job in run.jobs:
        if job.run != found or job.id != f"{found}.{job.kind}":
            raise FieldError(f"{job.id!r} is no job of run {found}")
    return run


def job_to_document(job: Job) -> dict[str, Any]:
    """`job` as a JSON document."""
    document = asdict(job)
    document["attendant"] = document.pop("shim")  # its name in wantui 0.1
    document["spec"] = spec_to_document(job.spec)
    document["state"] = str(job.state)
    for name in ("argv", "launcher", "past"):
        document[name] = list(document[name])
    return document


def _job(fields: Fields) -> Job:
    """The job in a document; fields of a newer wantui are passed over."""
    shim = fields.inner_or_none("attendant")
    interruption = fields.inner_or_none("interruption")
    attempt = fields.integer("attempt", 1)
    if attempt < 1:
        raise FieldError(f"attempt {attempt}: the first is 1")
    return Job(
        id=fields.text("id"),
        run=fields.integer("run"),
        spec=_spec(fields.inner("spec")),
        state=_one_of(JobState, fields.text("state")),
        queued=fields.number("queued"),
        reason=fields.text_or_none("reason"),
        gpu=fields.integer_or_none("gpu"),
        gpu_uuid=fields.text_or_none("gpu_uuid"),
        attempt=attempt,
        pid=fields.integer_or_none("pid"),
        shim=None if shim is None else identity_from_fields(shim),
        argv=_with_names_of_today(fields.texts("argv")),
        env=fields.environment("env"),
        started=fields.number_or_none("started"),
        ended=fields.number_or_none("ended"),
        exit_code=fields.integer_or_none("exit_code"),
        stopping=fields.flag("stopping"),
        detached=fields.flag("detached"),
        replaces=fields.flag("replaces"),
        launcher=fields.texts("launcher"),
        changes=fields.mapping("changes") if fields.has("changes") else {},
        end_after=fields.integer_or_none("end_after"),
        not_before=fields.number_or_none("not_before"),
        past=tuple(_past_attempt(each) for each in fields.objects("past")),
        node=fields.text_or_none("node"),
        ticket=fields.text_or_none("ticket"),
        interruption=None if interruption is None else _interruption(interruption),
    )


def _interruption(fields: Fields) -> Interruption:
    return Interruption(_one_of(InterruptedBy, fields.text("by")), fields.text("says"))


def _past_attempt(fields: Fields) -> PastAttempt:
    return PastAttempt(
        number=fields.integer("number"),
        started=fields.number_or_none("started"),
        ended=fields.number_or_none("ended"),
        exit_code=fields.integer_or_none("exit_code"),
        reason=fields.text_or_none("reason"),
        cause=fields.text_or_none("cause"),
    )


def identity_from_fields(fields: Fields) -> ProcessIdentity:
    """The identity of a process, as records hold it.

    Raises:
        FieldError: it is none.
    """
    return ProcessIdentity(fields.integer("pid"), fields.integer("started_ticks"), fields.text("boot"))


def spec_to_document(spec: JobSpec) -> dict[str, Any]:
    """`spec` as a JSON document."""
    return {
        "kind": str(spec.kind),
        "argv": list(spec.argv),
        "cwd": str(spec.cwd),
        "env": spec.env,
        "needs": [str(kind) for kind in spec.needs],
        "reads": [str(folder) for folder in spec.reads],
        "writes": [str(folder) for folder in spec.writes],
        "wants_gpu": spec.wants_gpu,
        "prepare": None if spec.prepare is None else list(spec.prepare),
        "verify": None if spec.verify is None else list(spec.verify),
        "may_skip": spec.may_skip,
        "comes_last": spec.comes_last,
        "gpus": list(spec.gpus or ()),
    }


def spec_from_document(document: Any) -> JobSpec:
    """The job specification in `document`.

    Raises:
        FieldError: it is none.
    """
    return _spec(Fields(document, "job"))


def _spec(fields: Fields) -> JobSpec:
    argv = _with_names_of_today(fields.texts("argv"))
    if not argv:
        raise FieldError("argv: a program is wanted")
    return JobSpec(
        kind=_one_of(JobKind, fields.text("kind")),
        argv=argv,
        cwd=Path(fields.text("cwd")),
        env=fields.environment("env"),
        needs=tuple(_one_of(JobKind, kind) for kind in fields.texts("needs")),
        reads=tuple(Path(folder) for folder in fields.texts("reads")),
        writes=tuple(Path(folder) for folder in fields.texts("writes")),
        wants_gpu=fields.flag("wants_gpu", default=True),
        prepare=_with_names_of_today(fields.texts_or_none("prepare")),
        verify=_with_names_of_today(fields.texts_or_none("verify")),
        may_skip=fields.flag("may_skip"),
        comes_last=fields.flag("comes_last"),
        gpus=fields.integers("gpus") or None,
    )


def _with_names_of_today(words: _Words) -> _Words:
    """A command line with each module of wantui under the name that it has now; None stays None."""
    if not words:
        return words
    return words[:1] + tuple(RENAMED.get(word, word) if before == "-m" else word for before, word in pairwise(words))


def _one_of(kinds: type[_Kind], name: str) -> _Kind:
    try:
        return kinds(name)
    except ValueError:
        raise FieldError(f"{name[:40]!r} is none of {', '.join(kinds)}") from None
