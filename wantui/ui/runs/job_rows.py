"""The rows of the job table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.formatting import clock, count, duration, step_duration
from wantui.jobs.model import EXPERT_KINDS, Job, JobKind, JobState
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.bars import bar
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import cells, fit
from wantui.ui.runs.run_status import current_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

    from wantui.services.annotations import JobView
    from wantui.ui.drawing.styles import Part, TextStyles

WIDE = 110
"""From this width on every column has room."""
ROOMY = 150
"""From this width on the bars grow."""
WANTED_NOTE = 36
"""Where the column is narrower, the reason of a job that does not run takes the place of figures that it has not."""
ORDER = tuple(JobKind)


def job_mark(state: JobState, styles: TextStyles) -> Part:
    """The sign of a job."""
    marks: dict[JobState, tuple[str, Style]] = {
        JobState.QUEUED: (GLYPHS.waiting, styles.dim),
        JobState.STARTING: (GLYPHS.running, styles.dim),
        JobState.RUNNING: (GLYPHS.running, styles.good),
        JobState.SUCCEEDED: (GLYPHS.done, styles.good),
        JobState.FAILED: (GLYPHS.failed, styles.bad),
        JobState.CANCELLED: (GLYPHS.stopped, styles.caution),
        JobState.STOPPED: (GLYPHS.stopped, styles.caution),
        JobState.LOST: (GLYPHS.lost, styles.caution),
        JobState.SKIPPED: (GLYPHS.skipped, styles.dim),
    }
    return marks[state]


def in_table_order(jobs: tuple[JobView, ...]) -> list[JobView]:
    """The current run first, then the others from the newest to the oldest; within a run as they depend."""
    current = current_run(jobs)
    return sorted(jobs, key=lambda view: (view.job.run != current, -view.job.run, ORDER.index(view.job.kind)))


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the columns; 0 leaves one out."""

    job: int
    gpu: int
    epoch: int
    bar: int
    steps: int
    loss: int
    rate: int
    left: int
    started: int
    note: int

    @property
    def behind_gpu(self) -> int:
        """What is left of a line behind the GPU's column."""
        return self.epoch + self.bar + 1 + self.steps + self.loss + self.rate + self.left + self.started + self.note

    @classmethod
    def for_width(cls, width: int, jobs: Sequence[JobView]) -> Columns:
        """What there is room for."""
        job = max([11, *(len(view.job.id) + 2 for view in jobs)])
        steps = max([5, *(len(_steps(view)) for view in jobs)]) + 2
        epoch = max([7, *(len(_epoch(view)) for view in jobs)]) + 1
        has_room = width >= WIDE
        gpu = max(5 if has_room else 4, *(len(where(view.job)) + 1 for view in jobs), 0)
        loss, pace, left = 8, 7 if has_room else 0, 10
        length = 24 if width >= ROOMY else 12 if has_room else 8
        started = 8 if has_room else 0
        taken = 3 + job + gpu + epoch + length + 1 + steps + loss + pace + left + started
        return cls(job, gpu, epoch, length, steps, loss, pace, left, started, max(0, width - taken - 1))


def where(job: Job) -> str:
    """The number of its GPU, or the node that a scheduler has chosen."""
    if job.node is not None:
        return clean(job.node)
    return "" if job.gpu is None else str(job.gpu)


def _steps(view: JobView) -> str:
    progress = view.progress
    if progress.step is None:
        return ""
    return f"{count(progress.step)}/{count(progress.steps)}" if progress.steps else count(progress.step)


def _epoch(view: JobView) -> str:
    progress = view.progress
    if progress.epoch is None or not progress.epochs:
        return ""
    return f"{progress.epoch}/{progress.epochs}"


def head_parts(columns: Columns, dim: Style) -> list[Part]:
    """The names of the columns."""
    return [
        ("    ", dim), (fit("job", columns.job), dim), (fit("gpu", columns.gpu), dim),
        (fit("epoch", columns.epoch), dim), (fit("step", columns.bar + 1 + columns.steps), dim),
        (fit("loss", columns.loss), dim), (fit("s/it", columns.rate), dim),
        (fit("left", columns.left), dim), (fit("started", columns.started), dim),
        (fit("note", columns.note), dim),
    ]  # fmt: skip


def row_parts(
    view: JobView, columns: Columns, styles: TextStyles, *, is_old: bool, now: float, since: str = ""
) -> list[Part]:
    """One job.

    Args:
        view: the job.
        columns: their widths.
        styles: of the theme.
        is_old: whether it belongs to a run that is not looked at: drawn dim.
        now: seconds since 1970.
        since: what has changed in the dataset since its run began.
    """
    job, progress = view.job, view.progress
    plain = styles.dim if is_old else styles.plain
    ink = styles.dim if is_old else styles.of_job(job.kind.value)
    mark, colour = job_mark(job.state, styles)
    is_live = job.state.is_active
    note, note_ink = note_part(view, styles, since)
    start: list[Part] = [
        (f" {mark} ", styles.dim if is_old and job.state.is_good else colour),
        (fit(job.id, columns.job), ink + styles.strong if is_live else ink),
        (fit(where(job), columns.gpu, GLYPHS.ellipsis), plain),
    ]
    if not is_live and job.reason and columns.note < WANTED_NOTE:
        figures: list[Part] = [
            (fit(_epoch(view), columns.epoch), plain),
            (fit(_steps(view), columns.steps), plain),
            (fit("" if progress.loss is None else f"{progress.loss:.3f}", columns.loss), plain),
        ]
        if progress.step is None:
            figures = []
        room = columns.behind_gpu - cells(figures)
        return [*start, *figures, (fit(note, room, GLYPHS.ellipsis), note_ink)]
    part = progress.step / progress.steps if progress.step is not None and progress.steps else None
    length = (
        bar(part, columns.bar, ink, styles.track) if part is not None and is_live else [(" " * columns.bar, plain)]
    )
    return [
        *start, (fit(_epoch(view), columns.epoch), plain), *length, (" ", plain),
        (fit(_steps(view), columns.steps), plain),
        (fit("" if progress.loss is None else f"{progress.loss:.3f}", columns.loss), plain),
        (fit(step_duration(progress.step_s), columns.rate), plain),
        (fit(duration(progress.eta_s) if is_live else "", columns.left), styles.strong),
        (fit(clock(job.started, now=now), columns.started), styles.dim),
        (fit(note, columns.note, GLYPHS.ellipsis), note_ink),
    ]  # fmt: skip


def note_part(view: JobView, styles: TextStyles, since: str = "") -> Part:
    """Why it waits or has failed; while it runs what it is doing; afterwards what it has left behind."""
    job, progress = view.job, view.progress
    if job.state is JobState.FAILED:
        return clean(job.reason or progress.cause or "failed; see its log"), styles.bad
    if job.state is JobState.LOST:
        return clean(job.reason or "ended while nobody could see how"), styles.caution
    if not job.state.has_ended and (ending := _ending(job)):
        return ending, styles.caution
    if job.reason:
        return clean(job.reason), styles.dim
    if job.state.is_active:
        return _doing(view, styles, since)
    took = f"took {duration(job.ended - job.started)}" if job.ended and job.started else ""
    saved = progress.saved[-1].name if progress.saved else ""
    return clean(f" {GLYPHS.dot} ".join(said for said in (took, saved) if said)), styles.dim


def _ending(job: Job) -> str:
    """How a person wants a job to end that has not; empty: as it comes."""
    if job.stopping:
        return "stopping" + GLYPHS.ellipsis
    return "" if job.end_after is None else f"stops at epoch {job.end_after}"


def _doing(view: JobView, styles: TextStyles, since: str) -> Part:
    job, progress = view.job, view.progress
    phase = progress.phase if progress.phase != "training" else None
    if since and not phase and job.kind in EXPERT_KINDS:
        return f"{clean(since)} since this run began", styles.caution
    return clean(phase or (progress.warnings[-1] if progress.warnings else "")), styles.dim
