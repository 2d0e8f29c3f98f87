"""A queue without a supervisor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from wantui.errors import WantuiError
from wantui.jobs.model import JobKind, JobSpec, Run, RunKind
from wantui.services.queue import Queue, QueuedRun, QueueView

HOUR = 3600.0


def a_queue(now: float) -> list[QueuedRun]:
    """One that runs, one that follows, one that is held, and others behind them."""
    held = "held by hand: `wantui queue release 11` releases it"
    return [
        QueuedRun(0, 7, "train", "anna", "running", None, (), now - 2 * HOUR, now + 3 * HOUR),
        QueuedRun(0, 9, "train", "anna_rank64", "waiting", "waits for a free GPU: GPU 0 is used by 7.high", (),
                  now + 3 * HOUR, now + 9 * HOUR),
        QueuedRun(0, 11, "train", "style_test_with_a_long_name", "held", held, (), None, None, held=True),
        QueuedRun(0, 8, "train", "ben", "waiting", "waits for run 9 to end", (9,), now + 9 * HOUR, now + 40 * HOUR),
        QueuedRun(0, 12, "cache", None, "waiting", "waits for 7.high to leave the cache folder", (), None, None),
    ]  # fmt: skip


class FakeQueue(Queue):
    """Does at once what it is asked."""

    def __init__(self) -> None:
        self.rows: list[QueuedRun] = []
        self.paused = False
        self.foreign: tuple[JobSpec, ...] = ()
        self.trouble: str | None = None
        """Why nothing can be changed."""
        self.calls: list[tuple[object, ...]] = []

    def look(self) -> QueueView:
        rows = [replace(row, position=at) for at, row in enumerate(self.rows, 1)]
        if self.paused:
            rows = [replace(row, state="paused") if row.state == "waiting" else row for row in rows]
        return QueueView(self.paused, tuple(rows))

    def is_paused(self) -> bool:
        return self.paused

    def _ask(self, *call: object) -> None:
        self.calls.append(call)
        if self.trouble is not None:
            raise WantuiError(self.trouble)

    def _change(self, number: int, state: str, *, held: bool) -> Run:
        self.rows = [replace(row, state=state, held=held) if row.run == number else row for row in self.rows]
        return Run(number, RunKind.TRAIN, 0.0, {}, ())

    def move(self, number: int, position: int) -> int:
        self._ask("move", number, position)
        (row,) = (row for row in self.rows if row.run == number)
        self.rows.remove(row)
        self.rows.insert(position - 1, row)
        return position

    def hold(self, number: int) -> Run:
        self._ask("hold", number)
        return self._change(number, "held", held=True)

    def release(self, number: int) -> Run:
        self._ask("release", number)
        return self._change(number, "waiting", held=False)

    def foreign_jobs(self, number: int) -> tuple[JobSpec, ...]:
        return self.foreign

    def pause(self) -> list[str]:
        self._ask("pause")
        self.paused = True
        return []

    def go(self) -> None:
        self._ask("go")
        self.paused = False

    def close(self) -> None:
        self.calls.append(("close",))


def foreign_job() -> JobSpec:
    """What a run from elsewhere would start."""
    return JobSpec(JobKind.HIGH, ("python", "evil [b].py"), Path("/w"))
