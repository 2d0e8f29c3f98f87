"""What a line of the job table says of one job, and its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from wantui.formatting import clock, count, duration, step_duration
from wantui.jobs.model import EXPERT_KINDS, SETUP_KINDS, Job, JobState
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.bars import bar
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

    from wantui.services.annotations import JobView
    from wantui.ui.drawing.styles import Part, TextStyles
    from wantui.ui.runs.table_rows import TableRow

WIDE = 110
"""From this width on every column has room."""
ROOMY = 150
"""From this width on the bars grow."""
LEAD = 4
"""Cells of the signs at the beginning of a line."""


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


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the columns; 0 leaves one out."""

    name: int
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
    def progress(self) -> int:
        """The bar with the steps beside it."""
        return (self.bar + 1 if self.bar else 0) + self.steps

    @property
    def behind_loss(self) -> int:
        """What is left of a line behind the loss."""
        return self.rate + self.left + self.started + self.note

    @property
    def behind_epoch(self) -> int:
        """What is left of a line behind the epochs."""
        return self.progress + self.loss + self.behind_loss

    @classmethod
    def for_width(cls, width: int, rows: Sequence[TableRow]) -> Columns:
        """What there is room for, behind the signs at the beginning of a line."""
        jobs = [row.view for row in rows]
        has_room = width >= WIDE
        longest = max((cell_len(name_of(row)) + 2 * row.depth for row in rows), default=0)
        name = min(max(11, longest + 2), 28 if width >= ROOMY else 20 if has_room else 14)
        steps = max([5, *(len(steps_said(view)) for view in jobs)]) + 2
        epoch = max([7, *(len(epochs_said(view)) for view in jobs)]) + 2
        gpu = max(5 if has_room else 4, *(len(where(view.job)) + 1 for view in jobs), 0)
        loss, pace, left = 8, 7 if has_room else 0, 10
        length = 24 if width >= ROOMY else 12 if has_room else 0
        started = 9 if has_room else 0
        taken = LEAD + name + gpu + epoch + length + bool(length) + steps + loss + pace + left + started
        return cls(name, gpu, epoch, length, steps, loss, pace, left, started, max(0, width - taken))


def name_of(row: TableRow) -> str:
    """``7 anna``, ``7.high``, ``caches``: what the line is called."""
    job = row.view.job
    if not row.members:
        return job.id
    if not row.is_run:
        return "caches"
    kinds = {view.job.kind for view in row.members}
    kind = "training" if kinds & {*EXPERT_KINDS} else "setup" if kinds & SETUP_KINDS else "caches"
    return f"{job.run} {clean(row.view.suffix) or kind}"


def lead(row: TableRow, mark: Part, styles: TextStyles) -> list[Part]:
    """The signs at the beginning: whether it can be opened, how it stands; jobs stand further to the right."""
    sign = " " if not row.members else GLYPHS.opened if row.is_open else GLYPHS.closed
    return [("  " * row.depth, styles.plain), (sign + " ", styles.faint), (mark[0] + " ", mark[1])]


def where(job: Job) -> str:
    """The number of its GPU, or the node that a scheduler has chosen."""
    if job.node is not None:
        return clean(job.node)
    return "" if job.gpu is None else str(job.gpu)


def steps_said(view: JobView) -> str:
    """``812/2,400``; empty where nothing is known."""
    progress = view.progress
    if progress.step is None:
        return ""
    return f"{count(progress.step)}/{count(progress.steps)}" if progress.steps else count(progress.step)


def epochs_said(view: JobView) -> str:
    """``34/100``; empty where nothing is known."""
    progress = view.progress
    if progress.epoch is None or not progress.epochs:
        return ""
    return f"{progress.epoch}/{progress.epochs}"


def loss_said(view: JobView) -> str:
    """``0.081``; empty where nothing is known."""
    return "" if view.progress.loss is None else f"{view.progress.loss:.3f}"


def head_parts(columns: Columns, ink: Style, *, has_jobs: bool = True) -> list[Part]:
    """The names of the columns; lines of runs alone have results where the figures of jobs are."""
    start = [(" " * (LEAD + 1), ink), (fit("run", columns.name), ink)]
    end = [(fit("started", columns.started), ink), (fit("note", columns.note), ink)]
    if not has_jobs:
        result = columns.behind_epoch - columns.started - columns.note
        return [*start, (" " * columns.gpu + fit("epoch", columns.epoch) + fit("result", result), ink), *end]
    return [
        *start, (fit("gpu", columns.gpu), ink), (fit("epoch", columns.epoch), ink),
        (fit("step", columns.progress), ink), (fit("loss", columns.loss), ink), (fit("s/it", columns.rate), ink),
        (fit("left", columns.left), ink), *end,
    ]  # fmt: skip


def job_parts(row: TableRow, columns: Columns, styles: TextStyles, *, is_old: bool, now: float) -> list[Part]:
    """One job.

    Args:
        row: its line.
        columns: their widths.
        styles: of the theme.
        is_old: whether it belongs to a run that is not looked at: drawn dim.
        now: seconds since 1970.
    """
    view = row.view
    job, progress = view.job, view.progress
    is_live = job.state.is_active
    plain = styles.dim if is_old else styles.plain
    ink = styles.dim if is_old else styles.of_job(job.kind.value)
    mark, colour = job_mark(job.state, styles)
    room = columns.name - 2 * row.depth
    start: list[Part] = [
        *lead(row, (mark, styles.dim if is_old and job.state.is_good else colour), styles),
        (fit(job.id, room, GLYPHS.ellipsis), ink + styles.strong if is_live else ink),
        (fit(where(job), columns.gpu, GLYPHS.ellipsis), plain),
        (fit(epochs_said(view), columns.epoch), plain),
    ]
    note, note_ink = note_part(view, styles)
    figures: list[Part] = [
        *_steps_with_bar(view, columns, ink, plain, styles),
        (fit(loss_said(view), columns.loss), plain),
    ]
    if not is_live and cell_len(note) > columns.note:
        if progress.step is None:
            return [*start, (fit(note, columns.behind_epoch, GLYPHS.ellipsis), note_ink)]
        return [*start, *figures, (fit(note, columns.behind_loss, GLYPHS.ellipsis), note_ink)]
    return [
        *start, *figures,
        (fit(step_duration(progress.step_s), columns.rate), plain),
        (fit(duration(progress.eta_s) if is_live else "", columns.left), styles.strong),
        (fit(clock(job.started, now=now), columns.started), styles.dim),
        (fit(note, columns.note, GLYPHS.ellipsis), note_ink),
    ]  # fmt: skip


def _steps_with_bar(view: JobView, columns: Columns, ink: Style, plain: Style, styles: TextStyles) -> list[Part]:
    progress, said = view.progress, (fit(steps_said(view), columns.steps), plain)
    if not columns.bar:
        return [said]
    part = progress.step / progress.steps if progress.step is not None and progress.steps else None
    if part is None or not view.job.state.is_active:
        return [(" " * (columns.bar + 1), plain), said]
    return [*bar(part, columns.bar, ink, styles.track), (" ", plain), said]


def note_part(view: JobView, styles: TextStyles) -> Part:
    """Why it waits or has failed; while it runs what it is doing; afterwards what it has left behind."""
    job, progress = view.job, view.progress
    if job.state is JobState.FAILED:
        return clean(job.reason or progress.cause or "failed; see its log"), styles.bad
    if job.state is JobState.LOST:
        return clean(job.reason or "ended, and nobody knows how"), styles.caution
    if not job.state.has_ended and (ending := _ending(job)):
        return ending, styles.caution
    if job.reason:
        return clean(job.reason), styles.dim
    if job.state.is_active:
        return _doing(view, styles)
    took = f"took {duration(job.ended - job.started)}" if job.ended and job.started else ""
    saved = progress.saved[-1].name if progress.saved else ""
    return clean(f" {GLYPHS.dot} ".join(said for said in (took, saved) if said)), styles.dim


def _ending(job: Job) -> str:
    """How a person wants a job to end that has not; empty: as it comes."""
    if job.stopping:
        return "stopping" + GLYPHS.ellipsis
    return "" if job.end_after is None else f"stops at epoch {job.end_after}"


def _doing(view: JobView, styles: TextStyles) -> Part:
    progress = view.progress
    phase = progress.phase if progress.phase != "training" else None
    return clean(phase or (progress.warnings[-1] if progress.warnings else "")), styles.dim
