"""What a job's log came to, kept beside it once the job has ended, so that no log is read twice."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.jobs import logs
from wantui.jobs.fields import Fields
from wantui.jobs.model import SETUP_KINDS, JobKind
from wantui.runs.captioning.output import CaptioningOutput
from wantui.runs.counted_output import CountedOutput
from wantui.runs.kept_settings import kept_run
from wantui.runs.setup_output import StepOutput
from wantui.trainer.catalogue import KINDS, trainer
from wantui.trainer.model import Progress

if TYPE_CHECKING:
    from wantui.jobs.model import Job, Run
    from wantui.jobs.store import JobFiles
    from wantui.trainer.protocol import OutputReader


def reader_for(job: Job, kind: str) -> OutputReader:
    """A fresh reader of the job's output.

    Args:
        job: whose output.
        kind: of the trainer of its run.
    """
    if job.kind is JobKind.CAPTION:
        return CaptioningOutput()
    if job.kind is JobKind.PROBE:
        return CountedOutput("asking checkpoints", "checkpoints? to ask ", trainer(kind).output_reader(JobKind.HIGH))
    if job.kind is JobKind.SAMPLE:
        return CountedOutput("making pictures", "pictures? to make", trainer(kind).output_reader(JobKind.HIGH))
    if job.kind is JobKind.EMA:
        return CountedOutput("averaging", "averages? to make", trainer(kind).output_reader(JobKind.HIGH))
    if job.kind in SETUP_KINDS or job.kind is JobKind.AFTER:
        return StepOutput()
    return trainer(kind).output_reader(str(job.kind))


def trainer_kind(run: Run) -> str:
    """The kind of the trainer that a run was planned for; runs without one (a setup) have the real one's."""
    kind = kept_run(run.settings).get("trainer_kind")
    return kind if kind in KINDS else KINDS[0]


def summarise(job: Job, files: JobFiles, kind: str) -> Progress:
    """Read the job's whole log; `kind` as with `reader_for`."""
    reader = reader_for(job, kind)
    with suppress(reading.NotAFileError):
        for chunk in logs.read(files.log):
            reader.feed(chunk)
    return reader.progress


def write_summary(files: JobFiles, progress: Progress) -> None:
    """Keep what the log came to."""
    document = asdict(progress)
    document["saved"] = [str(path) for path in progress.saved]
    atomic.write_json(files.progress, document)


def read_summary(files: JobFiles) -> Progress | None:
    """What was kept; None where nothing was, or it is of another version."""
    try:
        fields = Fields(reading.read_json(files.progress), "progress")
        return Progress(
            phase=fields.text_or_none("phase"),
            step=fields.integer_or_none("step"),
            steps=fields.integer_or_none("steps"),
            epoch=fields.integer_or_none("epoch"),
            epochs=fields.integer_or_none("epochs"),
            loss=fields.number_or_none("loss"),
            step_s=fields.number_or_none("step_s"),
            eta_s=fields.number_or_none("eta_s"),
            saved=tuple(Path(path) for path in fields.texts("saved")),
            cause=fields.text_or_none("cause"),
            warnings=fields.texts("warnings"),
        )
    except (OSError, ValueError):
        return None
