"""The lines of the job table: one for each run, which can be opened, and below it its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from wantui.jobs.model import CACHE_KINDS, JobKind, JobState
from wantui.ui.runs.run_status import current_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wantui.services.annotations import JobView

ORDER = tuple(JobKind)
SPEAK_FIRST = (
    JobState.RUNNING, JobState.STARTING, JobState.FAILED, JobState.LOST, JobState.STOPPED, JobState.CANCELLED,
    JobState.QUEUED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line."""

    key: str
    """What it is known by while jobs come and go: a job's id, ``run 7``, ``7.caches``."""
    view: JobView
    """The job that keys act on."""
    members: tuple[JobView, ...] = ()
    """The jobs of a line that can be opened; empty where it stands for one job."""
    is_open: bool = False
    depth: int = 0
    """How many lines it stands under."""
    hidden: tuple[JobView, ...] = ()
    """Jobs about the run that nobody has to see to, while its line is closed: probes, pictures, what followed it."""

    @property
    def is_run(self) -> bool:
        """Whether it stands for a whole run."""
        return bool(self.members) and not self.depth

    def has(self, job_id: str) -> bool:
        """Whether it stands for a job."""
        return any(view.job.id == job_id for view in (*(self.members or (self.view,)), *self.hidden))


def table_rows(jobs: Sequence[JobView], turned: Mapping[str, bool]) -> list[TableRow]:
    """The current run first, then the others from the newest to the oldest; only one that is at work stands open.

    Jobs about a run stand below its own, those that went wrong though its line is closed.

    Args:
        jobs: of the workspace.
        turned: by key of a line: whether a person has opened or closed it.
    """
    runs = {view.job.run for view in jobs}
    homes = {view.job.id: view.home if view.home in runs else view.job.run for view in jobs}
    current = current_run(jobs)
    first = next((homes[view.job.id] for view in jobs if view.job.run == current), None)

    def place(view: JobView) -> tuple[bool, int, int, int]:
        home = homes[view.job.id]
        return home != first, -home, view.job.run, ORDER.index(view.job.kind)

    rows: list[TableRow] = []
    for run, group in groupby(sorted(jobs, key=place), key=lambda view: homes[view.job.id]):
        rows += _of_run(run, tuple(group), turned)
    return rows


def _of_run(run: int, group: tuple[JobView, ...], turned: Mapping[str, bool]) -> list[TableRow]:
    """The lines of a run and of the jobs about it."""
    if len(group) == 1:
        return [TableRow(group[0].job.id, group[0])]
    members = tuple(view for view in group if view.job.run == run)
    about = tuple(view for view in group if view.job.run != run)
    key = f"run {run}"
    is_open = turned.get(key, _is_at_work(group))
    hidden = () if is_open else tuple(view for view in about if _is_settled(view.job.state))
    return [
        TableRow(key, spokesman(members), members, is_open, hidden=hidden),
        *(_jobs_of(members, turned) if is_open else ()),
        *(TableRow(view.job.id, view, depth=1) for view in about if view not in hidden),
    ]


def _is_settled(state: JobState) -> bool:
    """Whether nobody has to see to a job any more."""
    return state.has_ended and state not in (JobState.FAILED, JobState.LOST)


def _is_at_work(members: Sequence[JobView]) -> bool:
    """Whether some of it is done or under way and some is not, as between two of its jobs."""
    states = {view.job.state for view in members}
    return any(state.is_active for state in states) or (
        JobState.QUEUED in states and any(state.is_good for state in states)
    )


def _jobs_of(members: tuple[JobView, ...], turned: Mapping[str, bool]) -> list[TableRow]:
    """Finished cache steps are one line below the others."""
    caches = tuple(view for view in members if view.job.kind in CACHE_KINDS)
    is_folded = 1 < len(caches) < len(members) and all(view.job.state.is_good for view in caches)
    rows = [TableRow(view.job.id, view, depth=1) for view in members if not (is_folded and view in caches)]
    if is_folded:
        key = f"{members[0].job.run}.caches"
        is_open = turned.get(key, False)
        rows.append(TableRow(key, caches[-1], caches, is_open, depth=1))
        rows += [TableRow(view.job.id, view, depth=2) for view in caches] if is_open else ()
    return rows


def spokesman(members: Sequence[JobView]) -> JobView:
    """The job that a run's line stands for: the one at work, else what went wrong, else the next, else the last."""
    found = (view for state in SPEAK_FIRST for view in members if view.job.state is state)
    return next(found, members[-1])


def row_of(rows: Sequence[TableRow], key: str | None) -> int | None:
    """Index of the line that is known by a key, else of the one that its job is folded into; None: there is none."""
    if key is None:
        return None
    exact = next((at for at, row in enumerate(rows) if row.key == key), None)
    if exact is not None:
        return exact
    run = key.partition(".")[0].removeprefix("run ")
    folded = (at for at, row in enumerate(rows) if row.has(key) or (row.is_run and str(row.view.job.run) == run))
    return next(folded, None)


def busiest(rows: Sequence[TableRow]) -> int:
    """Index of the line to follow: the first job at work, else the run to look at."""
    live = (at for at, row in enumerate(rows) if not row.members and row.view.job.state.is_active)
    return next(live, 0)


def parent_of(rows: Sequence[TableRow], index: int) -> int:
    """Index of the line that a line stands under; its own where it stands under none."""
    depth = rows[index].depth
    return next((at for at in range(index, -1, -1) if rows[at].depth < depth), index)
