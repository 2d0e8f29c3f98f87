"""Pane 4: the runs, the current one first, each a line that can be opened to its jobs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.reactive import reactive

from wantui.formatting import plural
from wantui.terminal.foreign_text import clean
from wantui.ui.commands.bindings import bindings_at
from wantui.ui.commands.catalogue import Place
from wantui.ui.commands.command_table import key_for
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import sentence_parts
from wantui.ui.drawing.row_list import RowList
from wantui.ui.messages.requests import JobHighlighted, OpenJob

WIDE = 150
"""From this width on a note has room for what has changed since a run began."""

if TYPE_CHECKING:
    from textual import events

    from wantui.services.annotations import JobView
    from wantui.ui.drawing.styles import Part
    from wantui.ui.runs.job_rows import Columns
    from wantui.ui.runs.table_rows import TableRow


class JobTable(RowList):
    """Every job of the workspace."""

    BINDINGS = bindings_at(Place.JOBS)
    HEAD_LINES: ClassVar[int] = 1

    jobs: reactive[tuple[JobView, ...]] = reactive((), repaint=False)
    """Every job, oldest first."""
    jobs_trouble: reactive[str | None] = reactive(None)
    """Why the jobs cannot be read."""

    since: reactive[dict[int, str]] = reactive(dict)
    """By run that trains: what has changed in the dataset since it began."""

    has_trainer: reactive[bool] = reactive(True)
    """Whether there is a trainer for jobs to run."""

    def __init__(self) -> None:
        super().__init__(id="jobs", classes="pane")
        self._rows: list[TableRow] = []
        self._current: int | None = None
        self._chosen: str | None = None
        """The line that a person has chosen, by its key; None: the one where work is done."""
        self._columns: dict[int, Columns] = {}
        """By the width of a line; of the lines as they are now."""
        self._turned: dict[str, bool] = {}
        """By key of a line: whether a person has opened or closed it."""

    @property
    def row_count(self) -> int:
        """How many lines there are."""
        return len(self._rows)

    @property
    def busy_rows(self) -> int:
        """How many of them are of runs that have not ended."""
        going = {view.home for view in self.jobs if not view.job.state.has_ended}
        return sum(row.view.home in going for row in self._rows)

    @property
    def highlighted(self) -> JobView | None:
        """The job under the cursor; of a run's line the one that it stands for."""
        return self._rows[self.cursor].view if self.cursor < len(self._rows) else None

    @property
    def named(self) -> str:
        """What stands under the cursor: ``Run 7``, ``Each cache step of run 7``, ``7.high``; empty: nothing."""
        row = self._rows[self.cursor] if self.cursor < len(self._rows) else None
        if row is None or not row.members:
            return "" if row is None else row.view.job.id
        return f"Run {row.view.job.run}" if row.is_run else f"Each cache step of run {row.view.job.run}"

    def watch_jobs(self, jobs: tuple[JobView, ...]) -> None:
        """Show the new jobs; the cursor stays on the job that was chosen by hand, else it goes where work is done."""
        if not jobs and not self._rows:
            return
        from wantui.ui.runs.run_status import current_run  # noqa: PLC0415  the first frame has no jobs
        from wantui.ui.runs.table_rows import busiest, row_of, table_rows  # noqa: PLC0415  the same

        self._rows = table_rows(jobs, self._turned)
        self._current = current_run(jobs)
        at = row_of(self._rows, self._chosen)
        if at is None:
            self._chosen = None
            at = busiest(self._rows)
        self._show(at)

    def _show(self, at: int) -> None:
        """Draw other lines, with the cursor on one of them."""
        self._columns.clear()
        # Before fewer lines are measured: a cursor that these take along has not been moved by hand.
        self.set_reactive(JobTable.cursor, at)
        self.rows_changed()
        self.keep_in_sight(at)
        self._tell_counts()
        self.post_message(JobHighlighted(self.highlighted))

    def watch_since(self) -> None:
        """Say it where the notes have no room for it."""
        self._tell_counts()

    def _tell_counts(self) -> None:
        running = sum(view.job.state.is_active for view in self.jobs)
        waiting = sum(view.job.state.value == "queued" for view in self.jobs)
        changed = [f"{what} since run {run} began" for run, what in self.since.items() if what]
        is_narrow = self.size.width < WIDE
        said = (
            (changed if is_narrow else [])
            + ([f"{plural(running, 'job')} running"] if running else [])
            + ([f"{plural(waiting, 'job')} waiting"] if waiting else [])
        )
        self.border_subtitle = Content(f" {GLYPHS.dot} ".join(said))

    def cursor_moved(self) -> None:
        """The cursor has been moved by hand: it stays with that job from now on."""
        self._chosen = self._rows[self.cursor].key if self._rows else None
        self.post_message(JobHighlighted(self.highlighted))

    def stay_on(self, job_id: str) -> None:
        """Keep the cursor on a job, whatever becomes of it: a person has chosen it by a command."""
        from wantui.ui.runs.table_rows import row_of  # noqa: PLC0415  the first frame has no jobs

        at = row_of(self._rows, job_id)
        self.move_to(self.cursor if at is None else at)
        self._chosen = job_id

    def action_copy_job(self, what: str) -> None:
        """Copy the command line of the job, or the paths of what it has saved."""
        from wantui.ui.runs.job_copying import copy_job  # noqa: PLC0415  when it is asked for

        copy_job(self, self.highlighted, what)

    def action_turn(self, way: str = "") -> None:
        """Open the run under the cursor or close it; of a job the one that it belongs to.

        Args:
            way: ``open`` or ``close``; empty: the other way round.
        """
        from wantui.ui.runs.table_rows import parent_of, row_of, table_rows  # noqa: PLC0415  no jobs at first

        if not self._rows:
            self.notify(f"No runs yet: {key_for(self, 'train')} opens the run form.", timeout=3, markup=False)
            return
        at = self.cursor
        row = self._rows[at]
        if not row.members or (way == "close" and not row.is_open):
            if way == "open":
                return
            at = parent_of(self._rows, at)
            row = self._rows[at]
        if not row.members:
            return
        self._turned[row.key] = way == "open" if way else not row.is_open
        self._chosen = row.key
        self._rows = table_rows(self.jobs, self._turned)
        self._show(row_of(self._rows, row.key) or 0)

    def follow_work(self) -> None:
        """Let the cursor go where work is done again."""
        self._chosen = None

    def empty(self, width: int) -> list[list[Part]]:
        """How to get jobs."""
        return self.said(self._why_empty, width) if self.size.height > 1 else []

    @property
    def _why_empty(self) -> str:
        if self.jobs_trouble is not None:
            return clean(self.jobs_trouble)
        if not self.has_trainer:
            setup, doctor = key_for(self, "setup"), key_for(self, "doctor")
            return f"No trainer on this machine: `{setup}` sets it up, `{doctor}` says what else is missing."
        train, cache = key_for(self, "train"), key_for(self, "cache")
        return f"No jobs yet: `{train}` opens the run form, `{cache}` only encodes the caches."

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is one line
        """The names of the columns; where there is one line for no jobs, why."""
        if not self._rows:
            said = sentence_parts(self._why_empty.partition("\n")[0], self.text_styles)
            return [("  ", self.text_styles.plain), *said] if self.size.height == 1 else []
        from wantui.ui.runs.job_rows import head_parts  # noqa: PLC0415  the first frame has no jobs

        columns = self._columns_for(width - 2)
        has_jobs = any(not row.members for row in self._rows)
        return head_parts(columns, self.text_styles.faint, has_jobs=has_jobs)

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:  # noqa: ARG002  the same either way
        """One line."""
        from wantui.ui.runs.job_rows import job_parts  # noqa: PLC0415  the first frame has no jobs
        from wantui.ui.runs.run_rows import caches_parts, run_parts  # noqa: PLC0415  the same

        row, styles, now = self._rows[index], self.text_styles, self.now()
        columns = self._columns_for(width)
        run = row.view.job.run
        if row.is_run:
            return run_parts(
                row, columns, styles, is_old=run != self._current, now=now, since=self.since.get(run, "")
            )
        if row.members:
            return caches_parts(row, columns, styles, now=now)
        return job_parts(row, columns, styles, is_old=run != self._current, now=now)

    def _columns_for(self, width: int) -> Columns:
        from wantui.ui.runs.job_rows import Columns  # noqa: PLC0415  the first frame has no jobs

        if width not in self._columns:
            self._columns[width] = Columns.for_width(width, self._rows)
        return self._columns[width]

    def now(self) -> float:
        """The time, which tests hold still."""
        return time.time()

    def on_click(self, event: events.Click) -> None:
        """A double click opens the job."""
        super().on_click(event)
        if event.chain == 2:  # noqa: PLR2004  a double click
            self.post_message(OpenJob())
