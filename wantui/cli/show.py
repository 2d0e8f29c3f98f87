"""How things read on a terminal without the screen: tables, problems, plans."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from wantui.dataset.model import Severity
from wantui.formatting import duration_in_hours, file_size, plain_plural
from wantui.jobs.shown import shown_argv, shown_environment
from wantui.terminal.foreign_text import escape_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from wantui.caches.model import CacheReport
    from wantui.dataset.model import Problem, StepPlan
    from wantui.jobs.model import Job, JobSpec
    from wantui.services.annotations import Forecast, JobView
    from wantui.trainer.memory_plans import MemoryPlan

GOOD, CAUTION, BAD = "✓", "!", "✗"
"""In front of a line: what is well, what a person should look at, what is wrong."""
GLYPHS = {
    "succeeded": GOOD,
    "running": "▶",
    "starting": "▶",
    "queued": "…",
    "failed": BAD,
    "cancelled": "■",
    "stopped": "■",
    "skipped": "–",  # noqa: RUF001  the design's glyph
    "lost": "?",
}
UNKNOWN = "–"  # noqa: RUF001  the design's glyph
"""Stands where nobody knows."""
MOST_OF_A_CODE = 5
"""Problems of one code that are printed before the rest is counted."""
MOST_NAMES = 5
"""LoRA files that are named of each expert."""
MARKS = {Severity.ERROR: BAD, Severity.WARNING: CAUTION}


def document(value: Any) -> None:
    """Print one JSON document."""
    print(escape_json(json.dumps(value, ensure_ascii=False, indent=1)))


def table(rows: Sequence[Sequence[str]], *, indent: str = "") -> None:
    """Print rows whose columns line up; the last column is left as long as it is."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        print(f"{indent}{'  '.join([*cells, row[-1]])}".rstrip())


def job_line(view: JobView) -> list[str]:
    """A job as a row: glyph, name, state, GPU, progress, loss, time left, note."""
    job, progress = view.job, view.progress
    steps = "" if progress.step is None else f"{progress.step}/{progress.steps or '?'}"
    epoch = "" if progress.epoch is None else f"epoch {progress.epoch}/{progress.epochs or '?'}"
    left = "" if progress.eta_s is None else f"{duration_in_hours(progress.eta_s)} left"
    note = job.reason or ("" if progress.phase is None or job.state.has_ended else progress.phase)
    about = "" if view.of_run is None else f"run {view.of_run}"
    return [
        GLYPHS[str(job.state)],
        job.id,
        str(job.state),
        job.node or ("" if job.gpu is None else f"gpu {job.gpu}"),
        epoch,
        steps,
        "" if progress.loss is None else f"loss {progress.loss:.3g}",
        left,
        ": ".join(filter(None, (about, note))),
    ]


def problems(found: Iterable[Problem], *, most: int | None = MOST_OF_A_CODE) -> None:
    """Print what is wrong, each with its fix, those of one code together.

    Args:
        found: in any order; the groups follow each other as their first ones do.
        most: how many of one code are printed before the rest is counted; None: all.
    """
    groups: dict[str, list[Problem]] = {}
    for problem in found:
        groups.setdefault(problem.code, []).append(problem)
    for code, group in groups.items():
        for problem in group[:most]:
            where = f"{problem.path}:{problem.line}" if problem.line is not None else str(problem.path)
            print(f"{MARKS[problem.severity]} {where}\n  {problem.message} [{problem.code}]\n  → {problem.fix}")
        if most is not None and len(group) > most:
            print(f"  and {len(group) - most} more of {code}: wantui check --all")


def caches(report: CacheReport) -> None:
    """Print how many cache files are in which state."""
    from wantui.caches.model import CacheStep  # noqa: PLC0415  only verbs that look at caches need it

    rows = []
    for step in CacheStep:
        counted = {state: count for state, count in report.counts(step).items() if count}
        rows.append([str(step), ", ".join(f"{count} {state}" for state, count in counted.items()) or "nothing yet"])
    table(rows, indent="  ")


def steps(plan: StepPlan) -> None:
    """Print buckets and steps."""
    for bucket in plan.buckets:
        frames = f" x {bucket.frames} frames" if bucket.frames > 1 else ""
        batches = plain_plural(bucket.batches, "batch", "batches")
        print(f"  {bucket.width}x{bucket.height}{frames}: {plain_plural(bucket.items, 'item')} in {batches}")
    print(f"  {plan.steps_per_epoch} steps an epoch, {plan.steps} in all for each expert")


def forecast(found: Forecast) -> None:
    """Print what a run will write, and whether it fits."""
    for expert, files in found.experts:
        names = [path.name for path in files.checkpoints]
        shown = ", ".join(names if len(names) <= MOST_NAMES else [*names[: MOST_NAMES - 2], "...", names[-1]])
        each = f" of about {file_size(files.checkpoint_bytes)}" if files.checkpoint_bytes else ""
        states = f", and {plain_plural(len(files.states), 'state')} to resume from" if files.states else ""
        print(f"  {expert}: {plain_plural(len(names), 'LoRA file')}{each}{states}: {shown}")
    free = "" if found.free_bytes is None else f"; {file_size(found.free_bytes)} are free"
    print(f"  disk: about {file_size(found.size)}, {file_size(found.cache_bytes)} of it caches{free}")


def ways(found: Iterable[MemoryPlan]) -> None:
    """Print how each expert would train on each GPU, and why so."""
    for way in found:
        print(f"  {way.expert} on gpu {way.gpu.index} {way.gpu.name}: {way.says}")


def commands(jobs: Iterable[JobSpec]) -> None:
    """Print the command line of every job as planned, ready to copy."""
    for job in jobs:
        _command(str(job.kind), job.cwd, job.env, job.argv)


def command(job: Job) -> None:
    """Print the command line that a job was started with."""
    _command(job.id, job.spec.cwd, job.env or job.spec.env, job.argv)


def _command(name: str, folder: Path, environment: Mapping[str, str], argv: Iterable[str]) -> None:
    words = " ".join(f"{key}={shlex.quote(value)}" for key, value in sorted(shown_environment(environment).items()))
    print(f"\n# {name}\ncd {shlex.quote(str(folder))} && {words} {shlex.join(shown_argv(argv))}")
