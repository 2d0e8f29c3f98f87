"""What the recorder has kept: the steps of a run, events, readings of GPUs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wantui.access import explained
from wantui.supervisor import client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.history.model import Event, KeptGpuReading, TrainingPoint
    from wantui.history.reader import HistoryReader
    from wantui.paths import Workspace

LOOK_S = 1.0


class History:
    """The history of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def metrics(self, number: int) -> dict[str, tuple[TrainingPoint, ...]]:
        """The steps of each expert of a run that has any, over all attempts.

        Raises:
            JobError: there is no such run.
            HistoryError: the history cannot be read.
        """
        from wantui.jobs.model import EXPERT_KINDS  # noqa: PLC0415  when it is asked for
        from wantui.jobs.store import RunStore  # noqa: PLC0415  the same
        from wantui.runs.record.past import points_of  # noqa: PLC0415  the same
        from wantui.runs.summary import trainer_kind  # noqa: PLC0415  the same

        with explained():
            run = RunStore(self._workspace).get(number)
            kind = trainer_kind(run)
            experts = [job for job in run.jobs if job.kind in EXPERT_KINDS]
            found = {str(job.kind): points_of(self._workspace, self._reader(), job, kind) for job in experts}
        return {expert: points for expert, points in found.items() if points}

    def events(self, after: int = 0, most: int = -1) -> tuple[Event, ...]:
        """The events with greater numbers than `after`, in the order in which they were kept.

        Args:
            after: the number of one that is known: `Event.number`.
            most: so many of them, the latest; -1: all.

        Raises:
            HistoryError: the history cannot be read.
        """
        with explained():
            return self._reader().events(after, most)

    def follow_events(self) -> Iterator[tuple[Event, ...]]:
        """Events, some at a time as they come, without an end. Raises what `events` does."""
        with explained():
            client.wake(self._workspace)
        last = 0
        while True:
            found = self.events(last)
            if found:
                last = found[-1].number or last
                yield found
            time.sleep(LOOK_S)

    def gpu_readings(self, span_s: float) -> tuple[KeptGpuReading, ...]:
        """Readings of the GPUs over so many seconds until now, the oldest first.

        Raises:
            HistoryError: the history cannot be read.
        """
        with explained():
            return self._reader().gpu_readings(time.time() - span_s)

    def _reader(self) -> HistoryReader:
        from wantui.history.reader import HistoryReader  # noqa: PLC0415  when it is asked for

        return HistoryReader(self._workspace)
