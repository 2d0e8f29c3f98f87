"""Pane 4: the jobs of the current run, and below them those of the runs before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.reactive import reactive

from wantui.terminal.foreign_text import clean
from wantui.ui.commands.bindings import bindings_at
from wantui.ui.commands.catalogue import Place
from wantui.ui.commands.command_table import key_for
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.row_list import RowList
from wantui.ui.messages.requests import JobHighlighted, OpenJob

WIDE = 150
"""From this width on a note has room for what has changed since a run began."""

if TYPE_CHECKING:
    from textual import events

    from wantui.services.annotations import JobView
    from wantui.ui.drawing.styles import Part


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
        if not jobs and not self._rows:
            return
        from wantui.ui.runs.job_rows import in_table_order  # noqa: PLC0415  the same
        from wantui.ui.runs.run_status import current_run  # noqa: PLC0415  the first frame has no jobs

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

    def watch_since(self) -> None:
        """Say it where the notes have no room for it."""
        self._tell_counts()

    def _busiest(self) -> str | None:
        """The job to follow: the newest expert or cache step that runs, else the first of the current run."""
        live = [view for view in self._rows if view.job.state.is_active]
        if live:
            return live[0].job.id
        mine = [view for view in self._rows if view.job.run == self._current]
        failed = [view for view in mine if view.job.state.value == "failed"]
        found = failed or mine[-1:] or self._rows[:1]
        return found[0].job.id if found else None

    def _tell_counts(self) -> None:
        running = sum(view.job.state.is_active for view in self._rows)
        waiting = sum(view.job.state.value == "queued" for view in self._rows)
        changed = [f"{what} since run {run} began" for run, what in self.since.items() if what]
        is_narrow = self.size.width < WIDE
        said = (
            (changed if is_narrow else [])
            + ([f"{running} running"] if running else [])
            + ([f"{waiting} waiting"] if waiting else [])
        )
        self.border_subtitle = Content(f" {GLYPHS.dot} ".join(said))

    def cursor_moved(self) -> None:
        """The cursor has been moved by hand: it stays with that job from now on."""
        chosen = self.highlighted
        self._chosen = chosen.job.id if chosen else None
        self.post_message(JobHighlighted(chosen))

    def stay_on(self, job_id: str) -> None:
        """Keep the cursor on a job, whatever becomes of it: a person has chosen it by a command."""
        self._chosen = job_id
        at = next((index for index, view in enumerate(self._rows) if view.job.id == job_id), self.cursor)
        self.move_to(at)

    def follow_work(self) -> None:
        """Let the cursor go where work is done again."""
        self._chosen = None

    def empty(self, width: int) -> list[list[Part]]:
        """How to get jobs."""
        if self.jobs_trouble is not None:
            return self.said(clean(self.jobs_trouble), width)
        if not self.has_trainer:
            return self.said(
                "No trainer on this box yet: U sets it up, K asks the doctor what else is missing.", width
            )
        train, cache = key_for(self, "train"), key_for(self, "cache")
        return self.said(f"No jobs yet: {train} opens the run form, {cache} encodes the caches alone.", width)

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is one line
        """The names of the columns."""
        if not self._rows:
            return []
        from wantui.ui.runs.job_rows import Columns, head_parts  # noqa: PLC0415  the first frame has no jobs

        return head_parts(Columns.for_width(width, self._rows), self.text_styles.dim)

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:  # noqa: ARG002  the same either way
        """One job."""
        from wantui.ui.runs.job_rows import Columns, row_parts  # noqa: PLC0415  the first frame has no jobs

        view = self._rows[index]
        columns = Columns.for_width(width + 2, self._rows)
        return row_parts(view, columns, self.text_styles, since=self.since.get(view.job.run, ""),
                         is_old=view.job.run != self._current, now=self.now())  # fmt: skip

    def now(self) -> float:
        """The time, which tests hold still."""
        return time.time()

    def on_click(self, event: events.Click) -> None:
        """A double click opens the job."""
        super().on_click(event)
        if event.chain == 2:  # noqa: PLR2004  a double click
            self.post_message(OpenJob())
