"""The queue: which runs wait and run, in which order, and since when and until when; and to change that."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wantui.access import explained
from wantui.errors import WantuiError
from wantui.jobs import pause, trust
from wantui.jobs.model import RunKind
from wantui.runs.board import Board
from wantui.runs.estimates import play, times_of
from wantui.runs.kept_settings import kept_run
from wantui.services.machine import MachineReadings
from wantui.supervisor import client, schedule

if TYPE_CHECKING:
    from wantui.jobs.model import JobSpec, Run
    from wantui.paths import Workspace
    from wantui.runs.estimates import Estimate


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """A run that has not ended."""

    position: int
    """From 1."""
    run: int
    kind: str
    """``train``, ``cache``, ``caption`` or ``setup``."""
    suffix: str | None
    """Of the LoRA files' names; None where it trains none."""
    state: str
    """``running``, ``waiting``, ``held`` or ``paused``."""
    reason: str | None
    """What its next job waits for, as a sentence; None where nothing of it waits."""
    after: tuple[int, ...]
    """Numbers of the runs that it waits for; those that have ended are not among them."""
    start: float | None
    """When it has started or probably will, in seconds since 1970; None: not known."""
    end: float | None
    """When it will probably end; None: not known."""
    held: bool = False
    """Whether a person must let it go on; a job of it may run all the same."""

    @property
    def waiting_for(self) -> str:
        """`reason` as a row says it: of a run that runs it is only the next job that waits."""
        return f"next job {self.reason}" if self.reason and self.state == "running" else self.reason or ""


@dataclass(frozen=True, slots=True)
class QueueView:
    """The queue at one moment."""

    paused: bool
    """Whether no job of any run starts."""
    runs: tuple[QueuedRun, ...]
    """Those that have not ended, in their order."""
    trouble: str | None = None
    """Why this may be old; None: it is not."""


class Queue:
    """The queue of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._board = Board(workspace)
        self._machine = MachineReadings(workspace)
        self._looking = threading.Lock()
        """The screen looks from several threads, and a board is for one at a time."""

    def look(self) -> QueueView:
        """The queue as it is now."""
        with self._looking, explained():
            paused = self.is_paused()
            every = self._board.store.runs()
            runs = sorted((run for run in every if not run.has_ended), key=lambda run: run.place)
            pending = {run.number for run in runs} | self._board.store.unread()
            rows = [_row(position, run, pending, paused=paused) for position, run in enumerate(runs, 1)]
            if not rows:
                return QueueView(paused, (), client.status(self._workspace).trouble)
            estimates = self._estimates(rows, runs, every, paused=paused)
            found = tuple(replace(row, start=estimates[row.run].start, end=estimates[row.run].end) for row in rows)
            return QueueView(paused, found, client.status(self._workspace).trouble)

    def _estimates(
        self, rows: list[QueuedRun], runs: list[Run], every: tuple[Run, ...], *, paused: bool
    ) -> dict[int, Estimate]:
        """When each run has started or will, and when it will end."""
        unread = self._board.store.unread()
        waiting = {
            run.number
            for row, run in zip(rows, runs, strict=True)
            if paused or row.held or unread.intersection(row.after)
        }
        now = time.time()
        times = times_of(runs, self._board.of, reversed(every), waiting=waiting, now=now)
        return play(times, self._gpus(runs), now)

    def _gpus(self, runs: list[Run]) -> list[int]:
        """The GPUs that jobs of this workspace have or may get now; none where they cannot be read."""
        own = {job.gpu for run in runs for job in run.jobs if job.state.is_active}
        try:
            readings = self._machine.gpus()
        except WantuiError:
            return []
        return [each.gpu.index for each in readings if each.busy is None or each.gpu.index in own]

    def close(self) -> None:
        """Let go of the driver."""
        self._machine.close()

    def is_paused(self) -> bool:
        """Whether no job of any run starts."""
        with explained():
            return pause.is_paused(self._workspace)

    def wake(self) -> None:
        """Make sure that somebody looks after the queue."""
        with explained():
            client.wake(self._workspace)

    def move(self, number: int, position: int) -> int:
        """Give a run another place, counted from 1; the place that it has now.

        Raises:
            JobError: there is no such run, or it has ended.
        """
        with explained():
            self._board.store.get(number)  # before a supervisor is started for it
            return client.move(self._workspace, number, position)

    def hold(self, number: int) -> Run:
        """Start no other job of a run until it is released.

        Raises:
            JobError: there is no such run, it has ended or is held.
        """
        with explained():
            self._board.store.get(number)
            return client.hold(self._workspace, number)

    def foreign_jobs(self, number: int) -> tuple[JobSpec, ...]:
        """The jobs that a release of a run starts which this user has not started on this machine.

        Raises:
            JobError: there is no such run.
        """
        with explained():
            run = self._board.store.get(number)
            return () if trust.is_approved(run) else tuple(job.spec for job in run.jobs if not job.state.has_ended)

    def release(self, number: int) -> Run:
        """Let a held run go on, whether a person held it or it came with the workspace.

        Raises:
            JobError: there is no such run, or it is not held.
        """
        with explained():
            self._board.store.get(number)
            return client.release(self._workspace, number)

    def pause(self) -> list[str]:
        """Start no other job of any run; the ids of those that run on."""
        with explained():
            self._workspace.create_state()
            return client.pause(self._workspace)

    def go(self) -> None:
        """Let jobs start again."""
        with explained():
            self._workspace.create_state()
            client.go(self._workspace)


def _row(position: int, run: Run, pending: set[int], *, paused: bool) -> QueuedRun:
    after = () if run.has_begun else tuple(number for number in run.after if number in pending)
    state, reason = _state(run, pending, paused=paused)
    suffix = kept_run(run.settings).get("suffix") if run.kind is RunKind.TRAIN else None
    return QueuedRun(
        position, run.number, str(run.kind), suffix if isinstance(suffix, str) else None,
        state, reason, after, None, None, run.held or any(job.is_held for job in run.jobs),
    )  # fmt: skip


def _state(run: Run, pending: set[int], *, paused: bool) -> tuple[str, str | None]:
    """How a run stands, and what it waits for: as the supervisor judges it, which may not have looked yet."""
    state: str
    reason: str | None
    waiting = [job for job in run.jobs if not job.state.has_ended and (job.is_handed_over or not job.state.is_active)]
    if run.held:
        state, reason = "held", schedule.why_held_by_hand(run)
    elif foreign := next((job.reason for job in run.jobs if job.is_held), None):
        state, reason = "held", foreign
    elif paused:
        state, reason = "paused", schedule.WHY_PAUSED
    else:
        state, reason = "waiting", schedule.why_after(run, pending)
        reason = reason or next((job.reason for job in waiting if job.reason), None)
    if any(job.state.is_active and not job.is_handed_over for job in run.jobs):
        return "running", reason if waiting else None
    return state, reason
