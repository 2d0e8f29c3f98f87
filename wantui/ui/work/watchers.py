"""What runs in threads for as long as the work screen is there, and tells it what has changed."""

from __future__ import annotations

import gc
import importlib
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.jobs.model import EXPERT_KINDS
from wantui.listing.row_making import rows_of
from wantui.services.machine import MachineView
from wantui.services.outlook import Outlook
from wantui.ui.messages.facts import (
    DatasetRead,
    DefaultsRead,
    Done,
    FilesChanged,
    ItemsFound,
    JobsRead,
    MachineRead,
    OutlookRead,
    SinceRead,
    WatchingRead,
)
from wantui.ui.runs.run_status import current_run

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from textual.message import Message

    from wantui.dataset.model import Item
    from wantui.history.model import Event
    from wantui.services.annotations import JobView, WatchState
    from wantui.services.values import HostReading
    from wantui.services.workspace import Services
    from wantui.ui.dataset.row_store import RowStore
    from wantui.ui.messages.facts import Losses

COMES_NEXT = (
    "wantui.ui.captions.caption_flow", "wantui.ui.captions.caption_editor", "wantui.ui.captions.editor_facts",
    "wantui.ui.captions.words", "wantui.ui.dialogs.confirm", "wantui.ui.captions.bulk_form",
    "wantui.ui.plan.run_form", "wantui.ui.dataset.problems", "wantui.ui.work.help",
)  # fmt: skip
"""What keys open most: imported while a person looks at the first screen, which itself waits for none of it."""
SAMPLE_S = 1.0
DATASET_FIRST_S = 2.0
"""How long jobs and machine wait for the dataset at most, so that it is drawn first."""
WATCH_AGAIN_S = 5.0
"""When to try again after files could not be watched."""


def watch_work(
    services: Services,
    post: Callable[[Message], object],
    wake: threading.Event,
    dataset_read: threading.Event,
    is_cancelled: Callable[[], bool],
) -> None:
    """In a thread: look at jobs and machine once a second, and tell only what differs.

    Args:
        services: who is asked.
        post: who is told; may be called from any thread.
        wake: set to look at once.
        dataset_read: set when the dataset is on the screen, which comes first.
        is_cancelled: whether it is over.
    """
    dataset_read.wait(DATASET_FIRST_S)
    is_awake = False
    watching_told: object = ...
    jobs_told: JobsRead | None = None
    machine_told: MachineView | None = None
    outlook_told: Outlook | None = None
    while not is_cancelled():
        jobs = _jobs(services)
        if jobs != jobs_told and not is_cancelled():
            jobs_told = jobs
            post(JobsRead(jobs.jobs, jobs.losses, jobs.trouble))
        machine = _machine(services)
        if machine != machine_told and not is_cancelled():
            machine_told = machine
            post(MachineRead(machine))
        outlook, news = _outlook(services)
        if (news or outlook != outlook_told) and not is_cancelled():
            outlook_told = outlook
            post(OutlookRead(outlook, news))
        if not is_awake and not is_cancelled():
            is_awake = True
            _wake(services, post)
        watching = _watching(services)
        if watching != watching_told and not is_cancelled():
            watching_told = watching
            post(WatchingRead(watching))
        _make_ready(is_cancelled)
        wake.wait(SAMPLE_S)
        wake.clear()


def _defaults(services: Services) -> DefaultsRead:
    try:
        return DefaultsRead(services.defaults(), None)
    except WantuiError as error:
        return DefaultsRead(None, str(error))


def _wake(services: Services, post: Callable[[Message], object]) -> None:
    try:
        services.supervisor.attend()
    except WantuiError as error:
        post(Done(str(error), is_error=True))


def _make_ready(is_cancelled: Callable[[], bool]) -> None:
    """Import what is opened next; after the first time there is nothing to do."""
    for module in COMES_NEXT:
        if module not in sys.modules and not is_cancelled():
            importlib.import_module(module)


def _watching(services: Services) -> WatchState | None:
    try:
        return services.watcher.status().now
    except WantuiError:
        return None


def _jobs(services: Services) -> JobsRead:
    try:
        jobs = services.runs.jobs()
        return JobsRead(jobs, _losses(services, jobs))
    except WantuiError as error:
        return JobsRead((), {}, str(error))


def _losses(services: Services, jobs: tuple[JobView, ...]) -> Losses:
    """The curves of the newest run that trains or has trained."""
    experts = [view for view in jobs if view.job.kind in EXPERT_KINDS]
    run = current_run(experts)
    return {view.job.id: tuple(services.loss_history(view.job)) for view in experts if view.job.run == run}


def _machine(services: Services) -> MachineView:
    host: HostReading | None
    try:
        host = services.machine.host()
    except WantuiError:
        host = None
    try:
        gpus = services.machine.gpus()
    except WantuiError as error:
        return MachineView(trouble=str(error), host=host)
    return MachineView(gpus, None, host, services.machine.night())


def _outlook(services: Services) -> tuple[Outlook, tuple[Event, ...]]:
    try:
        return services.outlooks.look()
    except WantuiError:
        return Outlook(), ()


def read_dataset(
    services: Services,
    book: RowStore,
    post: Callable[[Message], object],
    training: Sequence[int],
    is_cancelled: Callable[[], bool],
) -> None:
    """In a thread: read configuration and dataset, look at the caches, and compare with what runs train on.

    Args:
        services: who is asked.
        book: where the rows go.
        post: who is told; may be called from any thread.
        training: numbers of the runs that train.
        is_cancelled: whether it is over.
    """
    begun = time.monotonic()
    post(_defaults(services))
    trouble, problems, errors = None, 0, 0
    is_first = True

    def found(items: tuple[Item, ...]) -> None:
        nonlocal is_first
        if not is_cancelled():
            book.found(rows_of(items), is_first=is_first)
            is_first = False
            post(ItemsFound())

    try:
        with no_garbage():
            view = services.dataset(found)
            rows = rows_of(view.items, view.problems, view.report, view.held_out)
            problems = len(view.problems)
            errors = sum(problem.severity.value == "error" for problem in view.problems)
    except WantuiError as error:
        rows, trouble = (), str(error)
    if not is_cancelled():
        book.looked(rows, begun)
        post(DatasetRead(trouble, problems, errors))
    if training and not is_cancelled():
        post(SinceRead({run: _since(services, run) for run in training}))


def rescan_files(
    services: Services, book: RowStore, post: Callable[[Message], object], changed: Collection[Path]
) -> None:
    """In a thread: look at the items of these files alone, and tell what has changed and was not known.

    Raises:
        WantuiError: they cannot be looked at.
    """
    begun = time.monotonic()
    seen = services.partial_rescan(changed)
    rows = rows_of(seen.items, seen.problems, seen.report, seen.held_out)
    if len(rows) == len(changed) and book.are_known(rows):
        return  # the editor has saved it, and looked at it by itself
    book.rescanned(rows, begun)
    post(FilesChanged())


@contextmanager
def no_garbage() -> Iterator[None]:
    """While hundreds of thousands of objects are made that stay: looking for garbage among them holds up the keys."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _since(services: Services, run: int) -> str:
    try:
        return str(services.runs.changed_since(run) or "")
    except WantuiError:
        return ""


def watch_dataset(
    services: Services,
    book: RowStore,
    post: Callable[[Message], object],
    stop: threading.Event,
    is_cancelled: Callable[[], bool],
) -> None:
    """In a thread: tell what happens to the dataset's files, at once.

    Args:
        services: who is asked.
        book: where the rows go.
        post: who is told; may be called from any thread.
        stop: set when it is over.
        is_cancelled: likewise.
    """
    complaint = ""
    while not (is_cancelled() or stop.is_set()):
        is_first = True
        try:
            for changed in services.watcher.changes(stop):
                if is_cancelled():
                    return
                if changed:
                    rescan_files(services, book, post, changed)
                elif is_first:  # what has happened before anybody watched
                    post(FilesChanged())
                is_first, complaint = False, ""
        except WantuiError as error:
            if str(error) != complaint:
                complaint = str(error)
                post(Done(complaint, is_error=True))
            stop.wait(WATCH_AGAIN_S)
