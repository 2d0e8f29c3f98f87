"""What runs in threads for as long as the work screen is there, and tells it what has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.jobs.model import JobKind
from wantui.ui.data.backend import BackendError, HostReading
from wantui.ui.data.machine import HourOfUse, MachineView
from wantui.ui.data.row_making import rows_of
from wantui.ui.data.standing import EXPERTS, current_run
from wantui.ui.messages.facts import DatasetRead, DefaultsRead, Done, JobsRead, MachineRead

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from textual.message import Message

    from wantui.pipeline.board import JobView
    from wantui.ui.data.backend import Backend
    from wantui.ui.messages.facts import Losses

SAMPLE_S = 1.0


def watch_work(
    backend: Backend, post: Callable[[Message], object], wake: threading.Event, is_cancelled: Callable[[], bool]
) -> None:
    """In a thread: look at jobs and machine once a second, and tell only what differs.

    Args:
        backend: who is asked.
        post: who is told; may be called from any thread.
        wake: set to look at once.
        is_cancelled: whether it is over.
    """
    _wake(backend, post)
    jobs_told: JobsRead | None = None
    machine_told: MachineView | None = None
    hour = HourOfUse()
    while not is_cancelled():
        jobs = _jobs(backend)
        if jobs != jobs_told and not is_cancelled():
            jobs_told = jobs
            post(JobsRead(jobs.jobs, jobs.losses, jobs.trouble))
        machine = _machine(backend, hour)
        if machine != machine_told and not is_cancelled():
            machine_told = machine
            post(MachineRead(machine))
        wake.wait(SAMPLE_S)
        wake.clear()


def _defaults(backend: Backend) -> DefaultsRead:
    try:
        return DefaultsRead(backend.defaults(), None)
    except BackendError as error:
        return DefaultsRead(None, str(error))


def _wake(backend: Backend, post: Callable[[Message], object]) -> None:
    try:
        backend.wake()
    except BackendError as error:
        post(Done(str(error), is_error=True))


def _jobs(backend: Backend) -> JobsRead:
    try:
        jobs = backend.jobs()
        return JobsRead(jobs, _losses(backend, jobs))
    except BackendError as error:
        return JobsRead((), {}, str(error))


def _losses(backend: Backend, jobs: tuple[JobView, ...]) -> Losses:
    """The curves of the newest run that trains or has trained."""
    experts = [view for view in jobs if view.job.kind in EXPERTS]
    run = current_run(experts)
    return {
        view.job.id: tuple(backend.loss_history(view.job))
        for view in experts
        if view.job.run == run and view.job.kind in (JobKind.HIGH, JobKind.LOW)
    }


def _machine(backend: Backend, hour: HourOfUse) -> MachineView:
    host: HostReading | None
    try:
        host = backend.host()
    except BackendError:
        host = None
    try:
        gpus = backend.gpus()
    except BackendError as error:
        return MachineView(trouble=str(error), host=host)
    hour.add(gpus)
    return MachineView(gpus, None, host, hour.snapshot())


def read_dataset(backend: Backend, post: Callable[[Message], object], is_cancelled: Callable[[], bool]) -> None:
    """In a thread: read configuration and dataset, and look at the caches."""
    post(_defaults(backend))
    try:
        view = backend.dataset()
        told = DatasetRead(view, rows_of(view), None)
    except BackendError as error:
        told = DatasetRead(None, (), str(error))
    if not is_cancelled():
        post(told)
