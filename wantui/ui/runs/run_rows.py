"""What a line of the job table says of a whole run, or of its finished cache steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.formatting import clock, duration, plural
from wantui.jobs.model import EXPERT_KINDS, JobState
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.bars import bar
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import cells, fit
from wantui.ui.runs.job_rows import epochs_said, job_mark, lead, loss_said, name_of, note_part, steps_said
from wantui.ui.runs.run_status import status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

    from wantui.services.annotations import JobView
    from wantui.ui.drawing.styles import Part, TextStyles
    from wantui.ui.runs.job_rows import Columns
    from wantui.ui.runs.run_status import RunStatus
    from wantui.ui.runs.table_rows import TableRow

LOSS = 7
"""``0.070`` and a gap."""
GAP = "  "


def run_parts(
    row: TableRow, columns: Columns, styles: TextStyles, *, is_old: bool, now: float, since: str = ""
) -> list[Part]:
    """A run: how far it is and until when, or what came of it.

    Args:
        row: its line.
        columns: their widths.
        styles: of the theme.
        is_old: whether it is not the one to look at: drawn dim.
        now: seconds since 1970.
        since: what has changed in the dataset since it began.
    """
    status = status_of(row.members)
    name = styles.strong if status.state is JobState.RUNNING else styles.dim if is_old else styles.plain
    mark, colour = job_mark(status.state, styles)
    start: list[Part] = [
        *lead(row, (mark, styles.dim if is_old and status.state.is_good else colour), styles),
        (fit(name_of(row), columns.name - 1, GLYPHS.ellipsis) + " ", name),
    ]
    if status.state is JobState.RUNNING:
        return [
            *start,
            *_live(row, status, columns, styles),
            *_live_notes(row, status, columns, styles, now=now, since=since),
        ]
    if status.state is JobState.QUEUED:
        said, ink = note_part(row.view, styles)
        return [*start, (" " * columns.gpu, styles.plain),
                (fit(said, columns.epoch + columns.behind_epoch, GLYPHS.ellipsis), ink)]  # fmt: skip
    return [*start, *_ended(row, columns, styles, styles.dim if is_old else styles.plain, now)]


def _live(row: TableRow, status: RunStatus, columns: Columns, styles: TextStyles) -> list[Part]:
    """How far the whole of it is; where it stands open and there is room, its jobs have the bars."""
    said = status.doing or ("" if status.percent is None else f"{status.percent} %")
    width = columns.progress + columns.loss + columns.rate
    length = columns.bar or width - len(said) - 3
    parts: list[Part] = [(" " * (length + 1), styles.plain)]
    if not (row.is_open and columns.bar):
        parts = [*bar((status.percent or 0) / 100, length, styles.good, styles.track), (" ", styles.plain)]
    return [(" " * (columns.gpu + columns.epoch), styles.plain), *parts, (fit(said, width - length - 1), styles.good)]


def _live_notes(
    row: TableRow, status: RunStatus, columns: Columns, styles: TextStyles, *, now: float, since: str
) -> list[Part]:
    said = f"{clean(since)} since this run began" if since else ""
    return [
        (fit(duration(status.left_s), columns.left), styles.strong),
        (fit(clock(_began(row.members), now=now), columns.started), styles.dim),
        (fit(said, columns.note, GLYPHS.ellipsis), styles.caution),
    ]


def _ended(row: TableRow, columns: Columns, styles: TextStyles, ink: Style, now: float) -> list[Part]:
    """What came of it: epochs, losses, files, how long it took, or why it has none."""
    view, experts = row.view, [each for each in row.members if each.job.kind in EXPERT_KINDS]
    start: list[Part] = [(" " * columns.gpu, ink), (fit(epochs_said(view), columns.epoch), ink)]
    result: list[Part] = []
    for each in experts:
        result += [(f"{each.job.kind.value} ", styles.faint), (fit(loss_said(each), LOSS), ink)]
    is_good = view.job.state.is_good
    step = steps_said(view)
    if not is_good and step:
        result += [("step " if columns.started else "", styles.faint), (step + GAP, ink)]
    files = sum(len(each.progress.saved) for each in row.members)
    if is_good and files:
        result.append((plural(files, "file") + GAP, ink))
    took = _took(row.members)
    note = (f"took {took}" if took else "", styles.faint) if is_good else note_part(view, styles)
    if not columns.started:
        note = (took, styles.faint) if is_good else note
        room = columns.behind_epoch - cells(result)
        return [*start, *result, (fit(note[0], room, GLYPHS.ellipsis), note[1])]
    room = columns.behind_epoch - columns.started - columns.note
    result.append((" " * (room - cells(result)), ink))
    return [*start, *result, (fit(clock(_began(row.members), now=now), columns.started), styles.faint),
            (fit(note[0], columns.note, GLYPHS.ellipsis), note[1])]  # fmt: skip


def caches_parts(row: TableRow, columns: Columns, styles: TextStyles, *, now: float) -> list[Part]:
    """Finished cache steps of a run in one line."""
    mark, colour = job_mark(JobState.SUCCEEDED, styles)
    reason = next((view.job.reason for view in row.members if view.job.reason), "")
    took = _took(row.members)
    said = clean(reason or "") or (f"took {took}" if took else "")
    start: list[Part] = [
        *lead(row, (mark, colour), styles),
        (fit(name_of(row), columns.name - 2 * row.depth), styles.dim),
        (" " * (columns.gpu + columns.epoch), styles.plain),
    ]
    if not columns.started:
        return [*start, (fit(said, columns.behind_epoch, GLYPHS.ellipsis), styles.dim)]
    room = columns.behind_epoch - columns.started - columns.note
    indent = columns.bar + 1
    return [
        *start, (" " * indent, styles.plain), (fit(steps_said(row.view), room - indent), styles.dim),
        (fit(clock(_began(row.members), now=now), columns.started), styles.dim),
        (fit(said, columns.note, GLYPHS.ellipsis), styles.dim),
    ]  # fmt: skip


def _began(members: Sequence[JobView]) -> float | None:
    return min((view.job.started for view in members if view.job.started is not None), default=None)


def _took(members: Sequence[JobView]) -> str:
    """From the first start to the last end, without the time in which no job ran; empty where nothing has."""
    stretches = sorted(
        (job.started, job.ended) for job in (view.job for view in members) if job.started and job.ended
    )
    total = until = 0.0
    for started, ended in stretches:
        total += max(0.0, ended - max(started, until))
        until = max(until, ended)
    return duration(total) if stretches else ""
