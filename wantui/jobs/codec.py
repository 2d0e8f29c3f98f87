"""Runs as JSON documents, for the record on disk and for the supervisor's socket."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.process import ProcessIdentity

VERSION = 1
"""Raised when a reader of the old form would misread the new one."""


def run_to_document(run: Run) -> dict[str, Any]:
    """`run` as a JSON document."""
    return {
        "version": VERSION,
        "number": run.number,
        "kind": str(run.kind),
        "created": run.created,
        "settings": run.settings,
        "jobs": [job_to_document(job) for job in run.jobs],
    }


def run_from_document(document: dict[str, Any]) -> Run:
    """The run in `document`.

    Raises:
        ValueError, KeyError, TypeError: it is none, or of a version that is not known here.
    """
    if document["version"] != VERSION:
        raise ValueError(f"version {document['version']} of the format, {VERSION} is known")
    return Run(
        number=int(document["number"]),
        kind=RunKind(document["kind"]),
        created=float(document["created"]),
        settings=document["settings"],
        jobs=tuple(job_from_document(job) for job in document["jobs"]),
    )


def job_to_document(job: Job) -> dict[str, Any]:
    """`job` as a JSON document."""
    document = asdict(job)
    document["spec"] = spec_to_document(job.spec)
    document["state"] = str(job.state)
    return document


def job_from_document(document: dict[str, Any]) -> Job:
    """The job in `document`; fields of a newer wantui are passed over."""
    attendant = document.get("attendant")
    return Job(
        id=document["id"],
        run=document["run"],
        spec=spec_from_document(document["spec"]),
        state=JobState(document["state"]),
        queued=document["queued"],
        reason=document.get("reason"),
        gpu=document.get("gpu"),
        gpu_uuid=document.get("gpu_uuid"),
        attempt=document.get("attempt", 1),
        pid=document.get("pid"),
        attendant=ProcessIdentity(**attendant) if attendant else None,
        argv=tuple(document.get("argv", ())),
        env=dict(document.get("env", {})),
        started=document.get("started"),
        ended=document.get("ended"),
        exit_code=document.get("exit_code"),
        stopping=document.get("stopping", False),
        detached=document.get("detached", False),
    )


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
    }


def spec_from_document(document: dict[str, Any]) -> JobSpec:
    """The job specification in `document`."""
    prepare, verify = document.get("prepare"), document.get("verify")
    return JobSpec(
        kind=JobKind(document["kind"]),
        argv=tuple(document["argv"]),
        cwd=Path(document["cwd"]),
        env=dict(document.get("env", {})),
        needs=tuple(JobKind(kind) for kind in document.get("needs", ())),
        reads=tuple(Path(folder) for folder in document.get("reads", ())),
        writes=tuple(Path(folder) for folder in document.get("writes", ())),
        wants_gpu=bool(document.get("wants_gpu", True)),
        prepare=None if prepare is None else tuple(prepare),
        verify=None if verify is None else tuple(verify),
        may_skip=bool(document.get("may_skip", False)),
    )
