"""The parts of the services that the panes read all the time: runs, machine, watcher and supervisor."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING

from tests.ui.fake_views import make_compared, make_run_view
from wantui.errors import WantuiError
from wantui.gpus.model import GpuReading
from wantui.jobs.model import Run, RunKind
from wantui.runs.log_times import LineTimes
from wantui.runs.watch.state import Watching, WatchState
from wantui.services.history import History
from wantui.services.machine import MachineReadings
from wantui.services.outlook import Outlook, Outlooks
from wantui.services.reports import Reports
from wantui.services.run_values import LABELS, FormValue
from wantui.services.runs import Runs
from wantui.services.supervisor import Supervisor
from wantui.services.watching import Watch, WatcherStatus

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from tests.ui.fake import FakeServices
    from wantui.caches.items import ItemsDifference
    from wantui.history.model import Event
    from wantui.jobs.model import Job
    from wantui.runs.board import JobView
    from wantui.runs.output_names import NamesInUse
    from wantui.runs.request import RunRequest
    from wantui.services.comparing import RunsCompared
    from wantui.services.run_view import RunView
    from wantui.services.values import HostReading, RunPreview


USUAL = {
    "suffix": "anna", "author": "me", "dataset": "dataset.toml", "task": "t2v", "experts": "both", "epochs": "100",
    "save_every": "20", "learning_rate": "3e-4", "network_dim": "16", "network_alpha": "16",
    "discrete_flow_shift": "1.0", "seed": "5", "memory": "auto", "gpus": "any",
}  # fmt: skip
"""What the fields of the run form begin with."""


class FakeRuns(Runs):
    """Answers with what the services were given, and writes every call down."""

    def __init__(self, services: FakeServices) -> None:
        self._services = services

    def form_values(self, preset: str | None = None, like: int | None = None) -> dict[str, FormValue]:
        self._services.calls.append(("form values", preset, like))
        presets = self._services.presets
        if presets.trouble is not None and preset is not None:
            raise WantuiError(presets.trouble)
        usual = USUAL | {"dataset": self._services.view.path.name}
        found = {name: FormValue(text, "default") for name, text in usual.items()}
        of_run = {} if like is None else {"suffix": "ben", "author": "Ada", "epochs": "50"}
        of_preset = presets.presets.get(preset or "", {})
        for source, values in ((f"run {like}", of_run), (f"preset {preset}", of_preset)):
            found |= {name: FormValue(str(value), source, usual[name]) for name, value in values.items()}
        return found

    def preset_changes(self, preset: str, like: int | None = None) -> tuple[str, ...]:
        found = self._services.presets.presets[preset]
        return tuple(f"{LABELS[name]} {USUAL[name]} → {value}" for name, value in found.items())

    def all(self) -> tuple[Run, ...]:
        numbers = sorted({view.job.run for view in self._services.job_views})
        return tuple(self.view(number).run for number in numbers)

    def view(self, number: int) -> RunView:
        jobs = tuple(view for view in self._services.job_views if view.job.run == number)
        return make_run_view(jobs, max((view.job.ended or 0.0 for view in jobs), default=0.0))

    def compared(self, one: int, other: int) -> RunsCompared:
        self._services.calls.append(("compared", one, other))
        return make_compared(self.view(one), self.view(other))

    def line_times(self, job: Job) -> LineTimes:
        return LineTimes()

    def changed_since(self, number: int) -> ItemsDifference | None:
        self._services.calls.append(("since", number))
        return self._services.since

    def memory_of(self, job: Job) -> str | None:
        return "swap10 (fp8 weights): needs about 18 GiB" if job.kind in ("high", "low") else None

    def jobs(self) -> tuple[JobView, ...]:
        return self._services.job_views

    def preview(self, request: RunRequest) -> RunPreview:
        self._services.calls.append(("preview", request))
        return self._services.run_preview or self._services.make_preview(request)

    def begin(self, request: RunRequest) -> Run:
        self._services.calls.append(("start", request))
        return _run_of(9, request.kind)

    def cache(self) -> Run:
        self._services.calls.append(("cache",))
        return _run_of(9, RunKind.CACHE)

    def stop(self, name: str) -> tuple[str, ...]:
        self._services.calls.append(("stop", name))
        return (name,)

    def retry_meets(self, name: str) -> NamesInUse | None:
        return self._services.in_use

    def retry(self, name: str, *, replaces: bool = False) -> Run:
        self._services.calls.append(("retry", name, "replaces") if replaces else ("retry", name))
        return _run_of(int(name.partition(".")[0]), RunKind.TRAIN)


class FakeMachine(MachineReadings):
    """The GPUs and the host that the services were given."""

    def __init__(self, services: FakeServices) -> None:
        self._services = services

    def gpus(self) -> tuple[GpuReading, ...]:
        if self._services.gpu_trouble is not None:
            raise WantuiError(self._services.gpu_trouble)
        return tuple(GpuReading(gpu) for gpu in self._services.gpu_readings)

    def host(self) -> HostReading:
        return self._services.host_reading

    def night(self) -> dict[str, tuple[int | None, ...]]:
        return self._services.night


class FakeReports(Reports):
    """Writes down which report was asked for."""

    def __init__(self, services: FakeServices) -> None:
        self._services = services

    def write(self, number: int, file: Path | None = None, *, replace: bool = False) -> Path:
        self._services.calls.append(("report", number, file, replace))
        return self._services.root / f".wantui/runs/{number}/report.html"


class FakeOutlooks(Outlooks):
    """What the services were given, and of its news each event once."""

    def __init__(self, services: FakeServices) -> None:
        self._services = services
        self._told = 0
        self.number = 0

    def look(self) -> tuple[Outlook, tuple[Event, ...]]:
        news = tuple(self._services.news[self._told :])
        self._told += len(news)
        return self._services.outlook, news

    def seen(self, number: int) -> None:
        self.number = number

    def seen_until(self) -> int:
        return self.number


class FakeHistory(History):
    """The events that the services were given."""

    def __init__(self, services: FakeServices) -> None:
        self._services = services

    def events(self, after: int = 0, most: int = -1) -> tuple[Event, ...]:
        found = tuple(each for each in self._services.events if (each.number or 0) > after)
        return found if most < 0 else found[-most:]


class FakeWatch(Watch):
    """Tells of the edits that the services were given."""

    def __init__(self, services: FakeServices) -> None:
        self._services = services

    def status(self) -> WatcherStatus:
        return WatcherStatus(self._services.watch_state, is_kept=True)

    def pause(self) -> None:
        self._pause(paused=True)

    def resume(self) -> None:
        self._pause(paused=False)

    def _pause(self, *, paused: bool) -> None:
        self._services.calls.append(("pause", paused))
        self._services.watch_state = WatchState(Watching.PAUSED if paused else Watching.WATCHING)

    def changes(self, stop: threading.Event) -> Iterator[frozenset[Path]]:
        while not stop.is_set():
            try:
                yield self._services.edits.get(timeout=0.02)
            except queue.Empty:
                yield frozenset()


class FakeSupervisor(Supervisor):
    """Is there."""

    def __init__(self, services: FakeServices) -> None:
        self._services = services

    def attend(self) -> None:
        self._services.calls.append(("wake",))


def _run_of(number: int, kind: RunKind) -> Run:
    return Run(number, kind, 0.0, {}, ())
