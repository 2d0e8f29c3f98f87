"""What a job's log came to, kept beside it once the job has ended, so that no log is read twice."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui import atomic
from wantui.jobs.model import SETUP_KINDS, JobKind
from wantui.pipeline.captioning_output import CaptioningOutput
from wantui.pipeline.step_output import StepOutput
from wantui.trainer.musubi.output import MusubiOutput
from wantui.trainer.protocol import OutputReader, Progress

if TYPE_CHECKING:
    from wantui.jobs.model import Job
    from wantui.jobs.store import JobFiles

CHUNK = 1 << 20


def reader_for(job: Job) -> OutputReader:
    """A fresh reader of the job's output: both trainers print the same way."""
    if job.kind is JobKind.CAPTION:
        return CaptioningOutput()
    if job.kind in SETUP_KINDS:
        return StepOutput()
    return MusubiOutput(str(job.kind))


def summarise(job: Job, files: JobFiles) -> Progress:
    """Read the job's whole log."""
    reader = reader_for(job)
    try:
        with files.log.open("rb") as log:
            while chunk := log.read(CHUNK):
                reader.feed(chunk)
    except FileNotFoundError:
        pass
    return reader.progress


def write_summary(files: JobFiles, progress: Progress) -> None:
    """Keep what the log came to."""
    document = asdict(progress)
    document["saved"] = [str(path) for path in progress.saved]
    atomic.write_json(files.progress, document)


def read_summary(files: JobFiles) -> Progress | None:
    """What was kept; None where nothing was, or it is of another version."""
    try:
        document: dict[str, Any] = json.loads(files.progress.read_text(encoding="utf-8"))
        document["saved"] = tuple(Path(path) for path in document["saved"])
        document["warnings"] = tuple(document["warnings"])
        return Progress(**document)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
