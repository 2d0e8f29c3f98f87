"""Pane 4: the jobs of the current run, and below them those of the runs before."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.reactive import reactive

from wantui.jobs.model import JobKind, JobState
from wantui.ui.commands.catalogue import Place, bindings_at
from wantui.ui.data.standing import current_run
from wantui.ui.figures import clock, count, duration, rate
from wantui.ui.glyphs import GLYPHS
from wantui.ui.inks import Part, clean, fit
from wantui.ui.messages.requests import JobHighlighted, OpenJob
from wantui.ui.widgets.bars import bar
from wantui.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events

    from wantui.pipeline.board import JobView
    from wantui.ui.inks import Inks

WIDE = 110
"""From this width on every column has room."""
ROOMY = 150
"""From this width on the bars grow."""
ORDER = (JobKind.LATENTS, JobKind.TEXT, JobKind.HIGH, JobKind.LOW)


def job_mark(state: JobState, inks: Inks) -> Part:
    """The sign of a job."""
    marks: dict[JobState, tuple[str, Style]] = {
        JobState.QUEUED: (GLYPHS.waiting, inks.dim),
        JobState.STARTING: (GLYPHS.running, inks.dim),
        JobState.RUNNING: (GLYPHS.running, inks.good),
        JobState.SUCCEEDED: (GLYPHS.done, inks.good),
        JobState.FAILED: (GLYPHS.failed, inks.bad),
        JobState.CANCELLED: (GLYPHS.stopped, inks.caution),
        JobState.LOST: (GLYPHS.lost, inks.caution),
        JobState.SKIPPED: (GLYPHS.skipped, inks.dim),
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

    @classmethod
    def for_width(cls, width: int, jobs: list[JobView]) -> Columns:
        """What there is room for."""
        job = max([11, *(len(view.job.id) + 2 for view in jobs)])
        steps = max([5, *(len(_steps(view)) for view in jobs)]) + 2
        epoch = max([7, *(len(_epoch(view)) for view in jobs)]) + 1
        has_room = width >= WIDE
        gpu, loss, pace, left = 5 if has_room else 4, 8, 7 if has_room else 0, 10
        length = 24 if width >= ROOMY else 12 if has_room else 8
        started = 8 if has_room else 0
        taken = 3 + job + gpu + epoch + length + 1 + steps + loss + pace + left + started
        return cls(job, gpu, epoch, length, steps, loss, pace, left, started, max(0, width - taken))


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


class JobTable(RowList):
    """Every job of the workspace."""

    BINDINGS = bindings_at(Place.JOBS)
    BORDER_TITLE = "4 Jobs"
    HEAD_LINES: ClassVar[int] = 1

    jobs: reactive[tuple[JobView, ...]] = reactive((), repaint=False)
    """Every job, oldest first."""
    jobs_trouble: reactive[str | None] = reactive(None)
    """Why the jobs cannot be read."""

    def __init__(self) -> None:
        super().__init__(id="jobs", classes="pane")
        self._rows: list[JobView] = []
        self._current: int | None = None
        self._chosen: str | None = None

    @property
    def row_count(self) -> int:
        """How many jobs there are."""
        return len(self._rows)

    @property
    def highlighted(self) -> JobView | None:
        """The job under the cursor."""
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    def watch_jobs(self, jobs: tuple[JobView, ...]) -> None:
        """Show the new jobs; the cursor stays on the job that was chosen by hand, else it goes where work is done."""
        self._rows = in_table_order(jobs)
        self._current = current_run(jobs)
        ids = [view.job.id for view in self._rows]
        chosen = self._chosen
        if chosen not in ids:
            self._chosen = None
            chosen = self._busiest()
        at = ids.index(chosen) if chosen in ids else 0
        self.rows_changed()
        if at != self.cursor:
            with self.prevent(JobHighlighted):
                self.set_reactive(JobTable.cursor, at)
            self.keep_in_sight(at)
        self._tell_counts()
        self.post_message(JobHighlighted(self.highlighted))

    def _busiest(self) -> str | None:
        """The job to follow: the newest expert or cache step that runs, else the first of the current run."""
        live = [view for view in self._rows if view.job.state.is_active]
        if live:
            return live[0].job.id
        mine = [view for view in self._rows if view.job.run == self._current]
        failed = [view for view in mine if view.job.state is JobState.FAILED]
        return (failed or mine[-1:] or self._rows[:1] or [None])[0].job.id if self._rows else None  # type: ignore[union-attr]

    def _tell_counts(self) -> None:
        running = sum(view.job.state.is_active for view in self._rows)
        waiting = sum(view.job.state is JobState.QUEUED for view in self._rows)
        said = ([f"{running} running"] if running else []) + ([f"{waiting} waiting"] if waiting else [])
        self.border_subtitle = Content(f" {GLYPHS.dot} ".join(said))

    def cursor_moved(self) -> None:
        """The cursor has been moved by hand: it stays with that job from now on."""
        chosen = self.highlighted
        self._chosen = chosen.job.id if chosen else None
        self.post_message(JobHighlighted(chosen))

    def follow_work(self) -> None:
        """Let the cursor go where work is done again."""
        self._chosen = None

    def empty(self, width: int) -> list[list[Part]]:
        """How to get jobs."""
        if self.jobs_trouble is not None:
            return self.said(clean(self.jobs_trouble), width)
        return self.said("No jobs yet: t opens the run form, c encodes the caches alone.", width)

    def head(self, y: int, width: int) -> list[Part]:
        """The names of the columns."""
        if not self._rows:
            return []
        columns = Columns.for_width(width, self._rows)
        dim = self.inks.dim
        return [
            ("    ", dim), (fit("job", columns.job), dim), (fit("gpu", columns.gpu), dim),
            (fit("epoch", columns.epoch), dim), (fit("step", columns.bar + 1 + columns.steps), dim),
            (fit("loss", columns.loss), dim), (fit("s/it", columns.rate), dim),
            (fit("left", columns.left), dim), (fit("started", columns.started), dim),
            (fit("note", columns.note), dim),
        ]  # fmt: skip

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """One job."""
        inks, view = self.inks, self._rows[index]
        job, progress = view.job, view.progress
        columns = Columns.for_width(width + 2, self._rows)
        is_old = job.run != self._current
        plain = inks.dim if is_old else inks.plain
        ink = inks.dim if is_old else inks.of_job(job.kind.value)
        mark, colour = job_mark(job.state, inks)
        is_live = job.state.is_active
        name = ink + inks.strong if is_live else ink
        part = progress.step / progress.steps if progress.step is not None and progress.steps else None
        shows_bar = part is not None and is_live
        length: list[Part] = (
            bar(part, columns.bar, inks.dim if is_old else ink, inks.faint) if shows_bar else [(" " * columns.bar, plain)]
        )
        loss = "" if progress.loss is None else f"{progress.loss:.3f}"
        left = duration(progress.eta_s) if is_live else ""
        note, note_ink = self._note(view)
        return [
            (f" {mark} ", inks.dim if is_old and job.state.is_good else colour), (fit(job.id, columns.job), name),
            (fit("" if job.gpu is None else str(job.gpu), columns.gpu), plain),
            (fit(_epoch(view), columns.epoch), plain), *length, (" ", plain),
            (fit(_steps(view), columns.steps), plain), (fit(loss, columns.loss), plain),
            (fit(rate(progress.step_s) if columns.rate else "", columns.rate), plain),
            (fit(left, columns.left), inks.strong),
            (fit(clock(job.started, now=self.now()) if columns.started else "", columns.started), inks.dim),
            (fit(note, columns.note, GLYPHS.ellipsis), note_ink),
        ]  # fmt: skip

    def now(self) -> float:
        """The time, which tests hold still."""
        return time.time()

    def _note(self, view: JobView) -> Part:
        """Why it waits or has failed; while it runs what it is doing; afterwards what it has left behind."""
        inks, job, progress = self.inks, view.job, view.progress
        if job.state is JobState.FAILED:
            return clean(job.reason or progress.cause or "failed; l shows its log"), inks.bad
        if job.state is JobState.LOST:
            return clean(job.reason or "ended while nobody could see how"), inks.caution
        if job.stopping and not job.state.has_ended:
            return "stopping" + GLYPHS.ellipsis, inks.caution
        if job.reason:
            return clean(job.reason), inks.dim
        if job.state.is_active:
            phase = progress.phase if progress.phase != "training" else None
            return clean(phase or (progress.warnings[-1] if progress.warnings else "")), inks.dim
        took = f"took {duration(job.ended - job.started)}" if job.ended and job.started else ""
        saved = progress.saved[-1].name if progress.saved else ""
        return clean(f" {GLYPHS.dot} ".join(said for said in (took, saved) if said)), inks.dim

    def on_click(self, event: events.Click) -> None:
        """A double click opens the job."""
        super().on_click(event)
        if event.chain == 2:  # noqa: PLR2004  a double click
            self.post_message(OpenJob())


