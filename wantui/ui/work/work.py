"""The work screen: five panes, the top line and the keys."""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING, cast

from textual import on
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive

from wantui.errors import WantuiError
from wantui.jobs.model import EXPERT_KINDS, SETUP_KINDS
from wantui.listing.rows import ItemStatus
from wantui.ui.captions.preview_pane import PreviewPane
from wantui.ui.commands.bindings import bindings_at
from wantui.ui.commands.catalogue import BY_ID, EDIT, Flow, Place
from wantui.ui.commands.command_table import titled
from wantui.ui.context import WorkContext
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.dataset.row_store import Known
from wantui.ui.log.view import LogView
from wantui.ui.machine.gpu_pane import GpuPane
from wantui.ui.messages.requests import ItemHighlighted, JobHighlighted
from wantui.ui.runs.job_table import JobTable
from wantui.ui.runs.loss_chart import LossChart
from wantui.ui.work.announcements import TerminalTitle, announce, title_of
from wantui.ui.work.key_line import KeyLine
from wantui.ui.work.panes import Panes
from wantui.ui.work.rescans import ENCODED_S, RescanScheduler, is_cancelled
from wantui.ui.work.top_line import TopFacts, TopLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.worker import Worker

    from wantui.listing.losses import ItemLosses
    from wantui.listing.rows import ItemRow
    from wantui.services.annotations import JobView
    from wantui.services.machine import MachineView
    from wantui.services.outlook import Outlook
    from wantui.services.workspace import Services
    from wantui.ui.messages.facts import (
        DatasetRead,
        DefaultsRead,
        Done,
        FilesChanged,
        ItemsFound,
        JobsRead,
        Losses,
        MachineRead,
        OutlookRead,
        SinceRead,
        WatchingRead,
    )
    from wantui.ui.messages.requests import LeaveEditor, OpenItem, OpenJob, RevertCaption, SaveCaption
    from wantui.ui.typed_ahead import TypedAheadApp


SAVE = Flow("captions.caption_flow:save", "caption", opens=False)
REVERT = Flow("captions.caption_flow:revert", "caption", opens=False)
LEAVE_EDITOR = Flow("captions.caption_flow:leave", "caption", opens=False)


def ended_setup(jobs: tuple[JobView, ...]) -> frozenset[str]:
    """Steps of a setup that are over: what the dataset pane says of trainer and weights may be otherwise since."""
    return frozenset(view.job.id for view in jobs if view.job.kind in SETUP_KINDS and view.job.state.has_ended)


class WorkScreen(Panes):
    """Everything at once where there is room, else one pane at a time."""

    BINDINGS = bindings_at(Place.EVERYWHERE)
    AUTO_FOCUS = "#dataset"

    known: reactive[Known] = reactive(Known(), repaint=False)
    """What is known of the items."""
    dataset_trouble: reactive[str | None] = reactive(None, repaint=False)
    problems: reactive[int] = reactive(0, repaint=False)
    errors = 0
    """Those of the problems that keep a run from starting."""
    """How many problems the dataset has, as the list of problems has them."""
    is_reading: reactive[bool] = reactive(True, repaint=False)
    encoding: reactive[bool] = reactive(False, repaint=False)
    jobs: reactive[tuple[JobView, ...]] = reactive((), repaint=False)
    jobs_trouble: reactive[str | None] = reactive(None, repaint=False)
    since: reactive[dict[int, str]] = reactive(dict, repaint=False)
    losses: reactive[Losses] = reactive(dict, repaint=False)
    machine: reactive[MachineView | None] = reactive(None, repaint=False)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self._wake = threading.Event()
        self._outlook: Outlook | None = None
        self._title = TerminalTitle(self)
        self._is_begun = False
        """Whether the configuration has been read once."""
        self._rescans = RescanScheduler(self, services, lambda: self.training_runs)
        self.context = WorkContext(
            self,
            services,
            rescan=self.read_dataset,
            rescan_file=self._rescans.saw,
            look_now=self.look_now,
            enter=self.enter,
            go=self.go,
            give=self.give_by_id,
        )

    def compose(self) -> ComposeResult:
        """Panes in reading order."""
        yield TopLine()
        with Horizontal(id="day"):
            yield DatasetList(self.count_tokens, self.read_losses).data_bind(
                WorkScreen.known,
                WorkScreen.dataset_trouble,
                WorkScreen.problems,
                WorkScreen.is_reading,
                WorkScreen.encoding,
            )
            yield PreviewPane()
            with Vertical(id="machine"):
                yield GpuPane().data_bind(WorkScreen.machine, WorkScreen.jobs)
                yield LossChart().data_bind(WorkScreen.losses, WorkScreen.jobs)
        yield JobTable().data_bind(WorkScreen.jobs, WorkScreen.jobs_trouble, WorkScreen.since)
        title = titled(self, Place.LOG, "Log")
        with Horizontal(id="below"):
            yield LogView(title=title, times_of=lambda job: self.services.runs.line_times(job))  # noqa: PLW0108  not before it is asked for
            yield LossChart("small-loss").data_bind(WorkScreen.losses, WorkScreen.jobs)
        yield KeyLine().data_bind(WorkScreen.place)

    def on_mount(self) -> None:
        """Look around once the first frame is drawn."""
        self.query_one(TopLine).facts = TopFacts(self.services.root)
        self.title_panes()
        self.expects_jobs = self.services.has_runs
        self.lay_out(*self.app.size)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        from wantui.ui.work.watchers import watch_work  # noqa: PLC0415  after the first frame

        self.read_dataset()
        self.run_worker(
            lambda: watch_work(
                self.services, self.post_message, self._wake, self._rescans.was_read, is_cancelled()
            ),
            thread=True, group="watch", exclusive=True, exit_on_error=False, name="watch",
        )  # fmt: skip

    def on_unmount(self) -> None:
        """Let the watchers see that it is over, and the terminal have its title back."""
        self._title.bring_back()
        self._rescans.end()
        self._wake.set()

    def count_tokens(self, text: str) -> int | None:
        """Of a caption, for filters; it may block. Asked for only then: the first frame waits for no room below."""
        return self.services.captions.tokens(text)

    def read_losses(self) -> ItemLosses | None:
        """What the checkpoints of a run have on each item, for filters; it blocks."""
        return self.services.item_losses()

    @property
    def rows(self) -> tuple[ItemRow, ...]:
        """Every item that is known."""
        return self.known.rows

    def read_dataset(self) -> None:
        """Read the dataset again, in a thread."""
        self._rescans.read_now()

    @property
    def training_runs(self) -> tuple[int, ...]:
        """Numbers of the runs that train now."""
        active = (view.job for view in self.jobs if view.job.state.is_active)
        return tuple(sorted({job.run for job in active if job.kind in EXPERT_KINDS}))

    # Flows

    def enter(self, place: Place) -> None:
        """Show a pane, without the focus."""
        self.place = place

    def watch_place(self, place: Place) -> None:
        """Flows know where the keys go."""
        super().watch_place(place)
        self.context.place = place

    def watch_known(self, known: Known) -> None:
        """Flows know the items."""
        self.context.rows = known.rows

    def watch_is_reading(self, is_reading: bool) -> None:
        """Flows know whether there may be more."""
        self.context.is_reading = is_reading

    def watch_jobs(self, jobs: tuple[JobView, ...]) -> None:
        """Flows know the jobs."""
        self.context.jobs = jobs

    def watch_since(self, since: dict[int, str]) -> None:
        """Flows know what has changed since a run began."""
        self.context.since = since

    def action_begin(self, command_id: str) -> None:
        """Begin the flow of a command."""
        flow = BY_ID[command_id].does
        if isinstance(flow, Flow):
            self._run(flow)

    def _run(self, flow: Flow, *more: object) -> None:
        worker = self.run_worker(
            flow.begin(self.context, *more), group=flow.group, exclusive=flow.is_exclusive, exit_on_error=False
        )
        if flow.opens:
            self._host.opening(worker)

    @property
    def _host(self) -> TypedAheadApp:
        return cast("TypedAheadApp", self.app)

    def action_leave(self) -> None:
        """Leave the program."""
        self.action_begin("leave")

    def on_open_item(self, _message: OpenItem) -> None:
        """An item has been double-clicked."""
        self.action_begin("edit")

    def on_open_job(self, _message: OpenJob) -> None:
        """A job has been double-clicked."""
        self.action_begin("jobs.details")

    def on_save_caption(self, message: SaveCaption) -> None:
        """The editor wants its caption written."""
        self._run(SAVE, message)

    def on_revert_caption(self, _message: RevertCaption) -> None:
        """The editor wants to start over with what the file has."""
        self._run(REVERT)

    def on_leave_editor(self, _message: LeaveEditor) -> None:
        """The editor wants to be left."""
        self._run(LEAVE_EDITOR)

    def on_screen_suspend(self) -> None:
        """Something is laid over this screen: it gets what was typed for it, unless that was for the editor."""
        typed = self._host.typed_ahead
        if typed.opener is not None and typed.opener.group == EDIT.group:
            typed.forget(typed.opener)
        else:
            self._host.opened_above()

    def _opener_ended(self, opener: Worker[object]) -> None:
        """The editor gets what was typed for it; where nothing has been opened nobody gets it."""
        typed = self._host.typed_ahead
        if typed.opener is not opener or typed.is_certain:
            return
        if opener.group == EDIT.group and self.query_one(PreviewPane).editor is not None:
            self._host.opened()
        else:
            typed.forget(opener)

    def look_now(self) -> None:
        """Look at jobs and machine at once rather than within the second."""
        self._wake.set()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that fails says so; nothing fails in silence."""
        if event.worker.is_finished:
            self._opener_ended(event.worker)
        if event.worker.error is not None and event.state.name == "ERROR":
            error = event.worker.error
            said = str(error) if isinstance(error, WantuiError) else f"wantui itself has failed: {error!r}"
            self.context.tell(said, is_error=True)
            if event.worker.group == "dataset":
                self._rescans.failed()

    # Facts

    def on_defaults_read(self, message: DefaultsRead) -> None:
        """The configuration is known; where it is not, the dataset pane says why."""
        self.context.defaults = message.defaults
        if message.defaults is not None:
            self.query_one(JobTable).has_trainer = message.defaults.has_trainer
            if message.defaults.is_first_run and not self._is_begun and self._is_left_alone:
                self.action_begin("first_steps")
        self._is_begun = True
        self._tell_top()

    @property
    def _is_left_alone(self) -> bool:
        """Whether nobody is at something else."""
        return self.is_active and self._host.typed_ahead.opener is None

    def on_items_found(self, _message: ItemsFound) -> None:
        """The first items can be shown, though not all of them have been read."""
        self.known = self._rescans.book.known

    def on_dataset_read(self, message: DatasetRead) -> None:
        """The dataset is known."""
        from wantui.dataset.trigger import LOOKED_AT, trigger_of  # noqa: PLC0415  after the first frame

        self.dataset_trouble, self.problems, self.errors = message.trouble, message.problems, message.errors
        self._rescans.looked()
        self.known = self._rescans.book.known
        self.is_reading = False
        captions = (row.item.caption for row in self.rows if row.item.caption)
        self.query_one(PreviewPane).set_trigger(trigger_of([*islice(captions, LOOKED_AT)]))
        self._tell_top()

    def on_files_changed(self, _message: FilesChanged) -> None:
        """Files have been edited by whomever."""
        self._rescans.read_soon()
        self.known = self._rescans.book.known
        self._tell_top()

    def on_since_read(self, message: SinceRead) -> None:
        """What runs train on has been compared with what is there now."""
        self.since = message.since

    def on_watching_read(self, message: WatchingRead) -> None:
        """The watcher is at something else."""
        self.context.watching = message.state
        self._tell_top()

    def on_jobs_read(self, message: JobsRead) -> None:
        """Jobs have moved on."""
        was_encoding, before = self.encoding, self.jobs
        self.encoding = any(
            view.job.state.is_active and view.job.kind.value in ("latents", "text") for view in message.jobs
        )
        self.jobs_trouble = message.trouble
        self.losses = message.losses
        self.set_class(any(message.losses.values()), "-has-curve")
        self.jobs = message.jobs
        if not self.knows_jobs:
            self.knows_jobs = True
            self.lay_out(*self.size)
        self._tell_top()
        is_set_up_further = ended_setup(before) != ended_setup(self.jobs)
        if self.encoding and before:
            self._rescans.read_soon(ENCODED_S)
        elif was_encoding or is_set_up_further or set(self.training_runs) - self.since.keys():
            self._rescans.read_soon()

    def on_outlook_read(self, message: OutlookRead) -> None:
        """Something has happened, or will at another time."""
        self._outlook = message.outlook
        self._tell_top()
        if message.news:
            announce(self.app, message.news, has_bell=self.context.defaults is None or self.context.defaults.bell)

    def on_machine_read(self, message: MachineRead) -> None:
        """Readings have changed."""
        self.machine = self.context.machine = message.machine

    def on_done(self, message: Done) -> None:
        """Something has happened, or has not."""
        self.context.tell(message.what, is_error=message.is_error)

    def _tell_top(self) -> None:
        from wantui.ui.runs.run_status import standing  # noqa: PLC0415  after the first frame

        context, status = self.context, standing(self.jobs)
        self.query_one(TopLine).facts = TopFacts(
            self.services.root, context.defaults, None if self.is_reading else len(self.rows),
            {**self.known.statuses, ItemStatus.PROBLEM: self.problems}, status, context.watching, self._outlook,
            errors=self.errors,
        )  # fmt: skip
        self._title.show(title_of(self.services.root, status))

    def on_item_highlighted(self, message: ItemHighlighted) -> None:
        """The preview shows the item under the cursor."""
        preview = self.query_one(PreviewPane)
        if preview.editor is None:
            preview.show_row(message.row, self.query_one(DatasetList).neighbours())

    @on(JobHighlighted)
    def _show_log_of_job(self, message: JobHighlighted) -> None:
        """Show it, unless a person reads another one on the whole screen: that stays until it is left."""
        log, view = self.query_one(LogView), message.job
        if self.is_reading_log and log.job is not None:
            view = next((each for each in self.jobs if log.job.id == each.job.id), view)
        run = () if view is None else tuple(each for each in self.jobs if each.job.run == view.job.run)
        log.show_job(view, run)

    def log_left(self) -> None:
        """The log may be of another job than the one under the cursor."""
        self._show_log_of_job(JobHighlighted(self.query_one(JobTable).highlighted))

    def action_read_again(self) -> None:
        """Read dataset and caches again."""
        self.read_dataset()
        self.look_now()
