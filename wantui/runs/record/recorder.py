"""The recorder: keeps what happens in the workspace's history, with no screen open.

    python -m wantui.runs.record.recorder --workspace DIR

A sidecar of the supervisor, as the watcher is: it ends when its standard input does. Each second it looks at the runs
that are under way, follows the output of their experts, and reads GPUs and host; every two seconds it writes that
down, in one transaction with how far it has read. So one that was killed goes on where it was.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from wantui import locks
from wantui.history.model import Batch, HistoryError, NewerHistoryError
from wantui.history.store import HistoryStore
from wantui.jobs.model import EXPERT_KINDS, JobError
from wantui.jobs.store import RunStore, run_folder
from wantui.runs import sidecar_process
from wantui.runs.record import happenings
from wantui.runs.record.machine_watch import ASLEEP_S, MachineWatch
from wantui.runs.record.node_readings import NodeReadings
from wantui.runs.record.outbox import Outbox
from wantui.runs.record.readings import Readings
from wantui.runs.record.run_happenings import of_run, of_upload
from wantui.runs.record.training_watch import TrainingWatch, last_lora
from wantui.runs.releasing.upload_result import UploadResult
from wantui.runs.summary import trainer_kind
from wantui.trainer.catalogue import trainer

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable

    from wantui.history.model import Event
    from wantui.jobs.model import Job, Run
    from wantui.paths import Workspace

TICK_S = 1.0
IDLE_READING_S = 10.0
"""Between two readings while no job runs."""
EVERY_RUN_S = 10.0
"""Between two looks at runs that have ended: a person may let one go on."""
WRITE_S = 2.0
THIN_S = 3600.0
GIVE_UP_S = 60.0
"""When nothing can be written for so long it ends, and is started again after a while."""
LOCK_PATIENCE_S = 10.0
"""For the recorder of a supervisor that has just been killed."""
MARGIN_S = 3600.0
"""A job's end is written down when it has been looked through, which is later than it was."""
MEMORY_KILLS = "memory_kills"
"""The fact how many processes the kernel had killed for lack of memory."""


class Recorder:
    """Records one workspace until told to stop."""

    def __init__(self, workspace: Workspace, store: HistoryStore) -> None:
        self._store = store
        self._workspace = workspace
        self._runs = RunStore(workspace)
        self._readings = Readings(workspace)
        self._nodes = NodeReadings(workspace, store)
        self._batch = Batch()
        self._since = (store.seen_until or time.time()) - MARGIN_S
        """What has happened before that is known, or of no interest; keys keep the rest from being told twice."""
        self._under_way: dict[int, Run] = {}
        """The runs that are looked at each second."""
        self._ended: dict[int, Run] = {}
        """All others, as they were last."""
        self._trainings: dict[str, TrainingWatch] = {}
        self._every_run_at = self._reading_at = self._write_at = self._thin_at = 0.0
        self._failing_since: float | None = None
        self._outbox = Outbox(workspace, store)
        self._machine = MachineWatch(workspace, store.fact(MEMORY_KILLS))
        self._judged: dict[str, Job] = {}
        """Jobs whose records have been looked through for events."""
        self._told: set[str | None] = set()
        """The keys of events."""
        self._ticked_at = self._awake_since = 0.0

    def run(self, stop: threading.Event) -> int:
        """Record; 0 when told to stop, 1 when nothing can be written."""
        due = time.monotonic()
        while not stop.wait(max(0.0, due - time.monotonic())):
            if not self.tick(time.time()):
                return 1
            due = max(due + TICK_S, time.monotonic())
        self._tell(self._outbox.close(time.time(), self._batch))
        self.tick(time.time(), is_last=True)
        self._readings.close()
        self._store.close()
        return 0

    def tick(self, now: float, *, is_last: bool = False) -> bool:
        """Look once; False when nothing could be written for a minute."""
        if now - self._ticked_at > ASLEEP_S:
            self._awake_since = now
        self._ticked_at = now
        for run in self._to_look_at(now):
            for job in run.jobs:
                self._look_at(run, job, now)
            if run.has_ended:
                self._under_way.pop(run.number, None)
                self._ended[run.number] = run
                self._has_ended(run)
        active = [(run, job) for run in self._under_way.values() for job in run.jobs if job.state.is_active]
        if active or now >= self._reading_at:
            self._reading_at = now + IDLE_READING_S
            self._look_at_machine(active, now)
        self._notify(now)
        return self._keep(now, at_once=is_last)

    def _to_look_at(self, now: float) -> list[Run]:
        """The runs that are under way, or have become so, or have ended while nobody looked."""
        if now >= self._every_run_at:
            self._every_run_at = now + EVERY_RUN_S
            for run in self._runs.runs():
                self._tell([of_upload(UploadResult.of(self._workspace, run.number), self._since)])
                if run.number not in self._under_way and run is not self._ended.get(run.number):
                    self._take_up(run)
        else:
            for number in self._runs.numbers():
                if number not in self._under_way and number not in self._ended:
                    self._take_up(self._read(number))
        for number, run in list(self._under_way.items()):
            self._under_way[number] = self._read(number) or run
        return list(self._under_way.values())

    def _take_up(self, run: Run | None) -> None:
        if run is None:
            return
        is_news = run.number in self._ended or any(
            job.ended is not None and job.ended >= self._since for job in run.jobs
        )
        if run.has_ended and not is_news:
            self._ended[run.number] = run
        else:
            logs = tuple(run_folder(self._workspace, run.number).glob("*.log"))
            try:
                self._store.take_up(run.number, run.created, logs)
            except HistoryError as error:
                _say(f"run {run.number} is taken up later: {error}")
                return
            self._under_way[run.number] = run

    def _read(self, number: int) -> Run | None:
        try:
            return self._runs.get(number)
        except JobError:
            return None

    def _look_at(self, run: Run, job: Job, now: float) -> None:
        if job.kind in EXPERT_KINDS:
            if job.id not in self._trainings:
                tool = trainer(trainer_kind(run))
                self._trainings[job.id] = TrainingWatch(self._workspace, self._store, tool, job)
            training, use = self._trainings[job.id], self._machine.use(job.id)
            self._tell(training.look(job, self._batch, now, self._awake_since, use))
            self._tell(training.checkpoints(job, self._since))
        if self._judged.get(job.id) is not job or job.state.is_active:
            self._nodes.read([job], self._batch)
        if self._judged.get(job.id) is not job:
            self._judged[job.id] = job
            self._tell(happenings.of_job(job, self._since))

    def _has_ended(self, run: Run) -> None:
        files = {str(job.kind): last_lora(self._workspace, job) for job in run.jobs if job.kind in EXPERT_KINDS}
        self._tell([of_run(run, {kind: path for kind, path in files.items() if path is not None}, self._since)])
        for job in run.jobs:
            self._trainings.pop(job.id, None)
            self._judged.pop(job.id, None)

    def _look_at_machine(self, active: list[tuple[Run, Job]], now: float) -> None:
        """Read GPUs and host; tell of disks that fill, memory that did not suffice, GPUs that do not work."""
        host = self._readings.host(now)
        self._batch.host.append(host)
        self._batch.gpus += self._readings.gpus(now, {job.gpu_uuid: job.id for _, job in active if job.gpu_uuid})
        self._tell(self._machine.look_at_disks(active, now))
        self._batch.facts |= self._machine.news_of_paces()
        before = self._machine.kills
        self._tell(
            [self._machine.look_at_memory(self._readings.load.memory_kills(), active, host.memory_used_mib, now)]
        )
        if self._machine.kills is not None and self._machine.kills != before:
            self._batch.facts[MEMORY_KILLS] = self._machine.kills
        seen, generation = self._readings.seen, self._readings.generation
        if seen is not None:
            self._tell(self._machine.look_at_gpus(seen, generation, active, self._trainings, now))

    def _notify(self, now: float) -> None:
        """Send what a person is to be told."""
        try:
            self._tell(self._outbox.tick(now, self._batch))
        except HistoryError as error:
            _say(f"nobody can be told what happens at the moment: {error}")

    def _tell(self, found: Iterable[Event | None]) -> None:
        """Keep events that are not known."""
        for event in found:
            if event is not None and (event.key is None or event.key not in self._told):
                self._told.add(event.key)
                self._batch.events.append(event)

    def _keep(self, now: float, *, at_once: bool) -> bool:
        """Write down what has gathered, if it is time for that."""
        if now < self._write_at and not at_once:
            return True
        self._write_at = now + WRITE_S
        try:
            begun = self._store.begun
            if self._batch:
                self._store.write(self._batch, now)
            if self._batch.events:
                self._outbox.has_news()
            if self._store.begun != begun:  # the file is another one: what was read, also of runs that ended, is gone
                self._trainings.clear()
                self._ended.clear()
                self._outbox.begin_anew()
                self._nodes.forget()
                self._every_run_at = 0.0
            self._batch = Batch()
            self._failing_since = None
            if now >= self._thin_at:
                self._thin_at = now + THIN_S
                self._store.thin(now)
        except HistoryError as error:
            if self._failing_since is None:
                self._failing_since = now
                _say(f"nothing can be kept at the moment: {error}")
            return now - self._failing_since < GIVE_UP_S
        return True


def main() -> int:
    """Record until the end of the standard input."""
    workspace, stop = sidecar_process.begin("wantui.runs.record.recorder")
    try:
        with locks.held(workspace.runtime / "recorder.lock", patience_s=LOCK_PATIENCE_S):
            return Recorder(workspace, HistoryStore(workspace)).run(stop)
    except NewerHistoryError as error:
        _say(str(error))
        return 0
    except locks.LockedError:
        _say("another recorder is at work")
    except HistoryError as error:
        _say(str(error))
    return 1


def _say(what: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {what}", file=sys.stderr, flush=True)  # noqa: T201  goes to its log


if __name__ == "__main__":
    sys.exit(main())
