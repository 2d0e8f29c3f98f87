"""The steps of a setup with how far each is, the files of a download below theirs, and the disks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.reactive import reactive

from wantui.formatting import duration, file_size, rough_duration, transfer_rate
from wantui.jobs.model import JobKind, JobState
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.bars import bar
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.row_list import MOVES, RowList
from wantui.ui.drawing.styles import Part, TextStyles, fit
from wantui.ui.runs.job_rows import job_mark
from wantui.weights.model import FileProgress, FileState

if TYPE_CHECKING:
    from rich.style import Style

    from wantui.services.annotations import Disk, DownloadProgress, JobView, PlannedStep, SetupPlan

SAYS = {
    JobKind.TRAINER: "musubi-tuner",
    JobKind.ENVIRONMENT: "its Python environment, with PyTorch",
    JobKind.TOKENIZER: "the tokenizer of the text step",
    JobKind.WEIGHTS: "the weights",
}
NAME, FILE, BAR = 13, 10, 24
"""Cells of a step's name, of a file's key, and of a bar."""
ROOMY = 90
"""From this width on a bar stands beside a file's figures."""
MOVING = (FileState.LOADING, FileState.CHECKING, FileState.RETRYING)


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step."""

    kind: JobKind
    planned: PlannedStep | None
    """None until somebody has looked around."""
    job: JobView | None
    """Of the latest setup, where that had it."""
    looked_at: float = 0.0
    """When somebody began to look around, in seconds of the epoch."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left of it, by what is known last."""
        job = None if self.job is None else self.job.job
        if job is not None and not job.state.has_ended:
            return False
        if job is not None and job.state.is_good and (self.planned is None or (job.ended or 0.0) > self.looked_at):
            return True
        return self.planned is not None and self.planned.is_done

    @property
    def has_failed(self) -> bool:
        """Whether a person has to look."""
        return self.job is not None and self.job.job.state is JobState.FAILED and not self.is_done


def rows_of(
    plan: SetupPlan | None, jobs: tuple[JobView, ...], download: DownloadProgress | None, *, looked_at: float = 0.0
) -> list[StepRow | FileProgress | Disk]:
    """Steps in order, files while they are loaded, then the disks.

    Args:
        plan: what there was to do when somebody looked around.
        jobs: of the latest setup.
        download: how far the weights are.
        looked_at: when that look began, in seconds of the epoch; a job that ended later knows better.
    """
    planned = {} if plan is None else {each.step.kind: each for each in plan.steps}
    views = {view.job.kind: view for view in jobs}
    rows: list[StepRow | FileProgress | Disk] = []
    for kind in SAYS:
        row = StepRow(kind, planned.get(kind), views.get(kind), looked_at)
        rows.append(row)
        if kind is JobKind.WEIGHTS and download is not None and _tells_more(download, row):
            rows += download.files
    return [*rows, *(() if plan is None else plan.disks)]


def _tells_more(download: DownloadProgress, row: StepRow) -> bool:
    """Whether files say what their step does not: a download that ended well says nothing of today."""
    return download.is_running or (
        not row.is_done and any(file.state is not FileState.THERE for file in download.files)
    )


class SetupList(RowList):
    """A line a step, a line a file, a line a disk."""

    BINDINGS = [  # noqa: RUF012  Textual's way
        *MOVES,
    ]
    HEAD_LINES = 0

    rows: reactive[tuple[StepRow | FileProgress | Disk, ...]] = reactive((), repaint=False, always_update=True)
    """What is shown."""

    def __init__(self) -> None:
        super().__init__(id="steps")
        self.download: DownloadProgress | None = None

    def watch_rows(self) -> None:
        """Others; the cursor stays where it is."""
        self.rows_changed()

    @property
    def row_count(self) -> int:
        """Steps, files and disks."""
        return len(self.rows)

    @property
    def chosen(self) -> StepRow | FileProgress | Disk | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def now(self) -> float:
        """The time, which tests hold still."""
        return time.time()

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is none
        """No head."""
        return []

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """One line."""
        row = self.rows[index]
        if isinstance(row, StepRow):
            return self._step(row, width, under_cursor=under_cursor)
        if isinstance(row, FileProgress):
            return self._file(row, width)
        return self._disk(row)

    def _step(self, row: StepRow, width: int, *, under_cursor: bool) -> list[Part]:
        styles, (sign, ink) = self.text_styles, step_sign(row, self.text_styles)
        name = fit(str(row.kind), NAME)
        said = clean(row.planned.step.says if row.planned is not None else SAYS[row.kind])
        start: list[Part] = [(f" {sign} ", ink), (name, styles.strong if under_cursor else styles.plain)]
        how = self._how_far(row)
        room = width - NAME - 4 - len(how) - 2
        return [
            *start,
            (fit(said, max(0, room), GLYPHS.ellipsis), styles.dim),
            ("  ", styles.plain),
            (how, self._tone(row)),
        ]

    def _how_far(self, row: StepRow) -> str:
        """What a step is at, in a few words."""
        if row.is_done:
            return "done"
        job = None if row.job is None else row.job.job
        expected = "" if row.planned is None or row.planned.seconds is None else rough_duration(row.planned.seconds)
        if job is None or job.state.is_good:
            return expected if row.planned is not None else ""
        if job.state is JobState.RUNNING:
            return self._at_work(row, self.now() - (job.started or self.now()), expected)
        if job.state.has_ended:
            if job.state is JobState.FAILED:
                return "failed: see below"
            return "paused: p continues" if row.kind is JobKind.WEIGHTS else f"{job.state}: s continues"
        return "waits" if not expected else f"waits, {expected}"

    def _at_work(self, row: StepRow, since: float, expected: str) -> str:
        if row.kind is JobKind.WEIGHTS and self.download is not None and self.download.is_running:
            return overall_words(self.download)
        return duration(since) + (f" of {expected}" if expected else "")

    def _tone(self, row: StepRow) -> Style:
        if row.has_failed:
            return self.text_styles.bad
        return self.text_styles.dim if row.is_done else self.text_styles.plain

    def _file(self, file: FileProgress, width: int) -> list[Part]:
        styles = self.text_styles
        signs = {
            FileState.THERE: (GLYPHS.done, styles.good),
            FileState.FAILED: (GLYPHS.failed, styles.bad),
            FileState.WAITING: (GLYPHS.waiting, styles.dim),
            FileState.RETRYING: (GLYPHS.stale, styles.caution),
        }
        sign, ink = signs.get(file.state, (GLYPHS.running, styles.good))
        is_moving = self.download is not None and self.download.is_running
        if not is_moving and file.state in (*MOVING, FileState.WAITING):
            sign, ink = GLYPHS.stopped, styles.caution
        parts: list[Part] = [(f"     {sign} ", ink), (fit(file.key, FILE), styles.plain)]
        part = file.done / file.size if file.size else None
        if file.state in MOVING and part is not None:
            if width >= ROOMY:
                parts += [*bar(part, BAR, styles.accent, styles.track), (" ", styles.plain)]
            parts.append((f"{100 * part:3.0f} %  ", styles.strong))
        parts.append((fit(file_size(file.size) if file.size else "", 9), styles.plain))
        if file.speed and is_moving:
            parts.append((f"{transfer_rate(file.speed)}  ", styles.plain))
        state = "" if file.state in (FileState.THERE, FileState.LOADING) or not is_moving else str(file.state)
        words = "  ".join(word for word in (state, clean(file.note)) if word)
        return [*parts, (words, styles.bad if file.state is FileState.FAILED else styles.dim)]

    def _disk(self, disk: Disk) -> list[Part]:
        styles = self.text_styles
        sign, ink = (GLYPHS.done, styles.good) if disk.is_enough else (GLYPHS.failed, styles.bad)
        said = f"{file_size(disk.needed)} go to {disk.folder}, {file_size(disk.free)} are free"
        return [
            (f" {sign} ", ink),
            (fit("disk", NAME), styles.plain),
            (clean(said), styles.dim if disk.is_enough else styles.bad),
        ]


def step_sign(row: StepRow, styles: TextStyles) -> Part:
    """A tick where it is done, else how its job stands, else an open circle."""
    if row.is_done:
        return (GLYPHS.done, styles.good)
    if row.job is not None and not row.job.job.state.is_good:
        return job_mark(row.job.job.state, styles)
    return (GLYPHS.unknown if row.planned is None else GLYPHS.missing, styles.dim)


def overall_words(progress: DownloadProgress) -> str:
    """``12.3 of 69.1 GB  250 MB/s  3:47 left``."""
    parts = [f"{file_size(progress.done)} of {file_size(progress.size)}"]
    if progress.speed > 0:
        parts.append(transfer_rate(progress.speed))
    if progress.eta_s is not None:
        parts.append(f"{duration(progress.eta_s)} left")
    return "  ".join(parts)
