"""The work screen: five panes, the top line and the keys."""

from __future__ import annotations

import asyncio
import threading
from itertools import islice
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from textual import on, work
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive

from wantui.ui.commands.catalogue import COMMANDS, PANES, Command, Place, bindings_at
from wantui.ui.data.backend import BackendError
from wantui.ui.data.row_book import Known
from wantui.ui.messages.requests import (
    GiveCommand,
    ItemHighlighted,
    JobHighlighted,
    LeaveEditor,
    OpenItem,
    OpenJob,
    RevertCaption,
    SaveCaption,
)
from wantui.ui.screens.bench_actions import BenchActions
from wantui.ui.screens.upkeep import ENCODED_S, Upkeep, is_cancelled
from wantui.ui.widgets.dataset_list import DatasetList
from wantui.ui.widgets.gpu_pane import GpuPane
from wantui.ui.widgets.job_table import JobTable
from wantui.ui.widgets.key_line import KeyLine
from wantui.ui.widgets.log_view import LogView
from wantui.ui.widgets.loss_chart import LossChart
from wantui.ui.widgets.preview_pane import PreviewPane
from wantui.ui.widgets.top_line import TopFacts, TopLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget
    from textual.worker import Worker

    from wantui.pipeline.board import JobView
    from wantui.pipeline.watch_state import WatchState
    from wantui.ui.data.backend import Backend, Defaults
    from wantui.ui.data.machine import MachineView
    from wantui.ui.data.words import Words
    from wantui.ui.messages.facts import (
        DatasetRead,
        DefaultsRead,
        Done,
        FilesChanged,
        ItemsFound,
        JobsRead,
        Losses,
        MachineRead,
        SinceRead,
        WatchingRead,
    )
    from wantui.workbench.rows import ItemRow

SINGLE_BELOW = (100, 28)
"""Columns and lines below which one pane is seen at a time."""
MEDIUM_BELOW = 150
"""Columns below which preview and GPUs share a place."""

Args = ParamSpec("Args")
Result = TypeVar("Result")


class WorkScreen(BenchActions):
    """Everything at once where there is room, else one pane at a time."""

    BINDINGS = bindings_at(Place.EVERYWHERE)
    AUTO_FOCUS = "#dataset"

    known: reactive[Known] = reactive(Known(), repaint=False)
    """What is known of the items."""
    dataset_trouble: reactive[str | None] = reactive(None, repaint=False)
    is_reading: reactive[bool] = reactive(True, repaint=False)
    encoding: reactive[bool] = reactive(False, repaint=False)
    jobs: reactive[tuple[JobView, ...]] = reactive((), repaint=False)
    jobs_trouble: reactive[str | None] = reactive(None, repaint=False)
    since: reactive[dict[int, str]] = reactive(dict, repaint=False)
    losses: reactive[Losses] = reactive(dict, repaint=False)
    machine: reactive[MachineView | None] = reactive(None, repaint=False)
    place: reactive[Place] = reactive(Place.DATASET, repaint=False)
    is_zoomed: reactive[bool] = reactive(False, repaint=False)

    def __init__(self, backend: Backend) -> None:
        super().__init__()
        self.backend = backend
        self.defaults: Defaults | None = None
        self._wake = threading.Event()
        self._upkeep = Upkeep(self)
        self.came_from = Place.DATASET
        self.words: Words | None = None
        self.watching: WatchState | None = None

    def compose(self) -> ComposeResult:
        """Panes in reading order."""
        yield TopLine()
        with Horizontal(id="day"):
            yield DatasetList(self.backend.editing.tokens).data_bind(
                WorkScreen.known, WorkScreen.dataset_trouble, WorkScreen.is_reading, WorkScreen.encoding
            )
            yield PreviewPane()
            with Vertical(id="machine"):
                yield GpuPane().data_bind(WorkScreen.machine, WorkScreen.jobs)
                yield LossChart().data_bind(WorkScreen.losses, WorkScreen.jobs)
        yield JobTable().data_bind(WorkScreen.jobs, WorkScreen.jobs_trouble, WorkScreen.since)
        yield LogView()
        yield KeyLine().data_bind(WorkScreen.place)

    def on_mount(self) -> None:
        """Look around once the first frame is drawn."""
        self.query_one(TopLine).facts = TopFacts(self.backend.root)
        self._arrange(*self.app.size)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        from wantui.ui.screens.watchers import watch_work  # noqa: PLC0415  after the first frame

        self.read_dataset()
        self.run_worker(
            lambda: watch_work(
                self.backend, self.post_message, self._wake, self._upkeep.was_read, is_cancelled()
            ),
            thread=True, group="watch", exclusive=True, exit_on_error=False, name="watch",
        )  # fmt: skip

    def on_unmount(self) -> None:
        """Let the watchers see that it is over."""
        self._upkeep.end()
        self._wake.set()

    @property
    def rows(self) -> tuple[ItemRow, ...]:
        """Every item that is known."""
        return self.known.rows

    def read_dataset(self) -> None:
        """Read the dataset again, in a thread."""
        self._upkeep.read_now()

    @property
    def training_runs(self) -> tuple[int, ...]:
        """Numbers of the runs that train now."""
        experts = (view.job for view in self.jobs if view.job.state.is_active)
        return tuple(sorted({job.run for job in experts if job.kind.value in ("high", "low")}))

    def look_now(self) -> None:
        """Look at jobs and machine at once rather than within the second."""
        self._wake.set()

    async def ask(self, call: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result:
        """Ask the backend without holding up the screen; for use in async workers."""
        return await asyncio.to_thread(call, *args, **kwargs)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that fails says so; nothing fails in silence."""
        if event.worker.error is not None and event.state.name == "ERROR":
            error = event.worker.error
            said = str(error) if isinstance(error, BackendError) else f"wantui itself has failed: {error!r}"
            self.tell(said, is_error=True)
            if event.worker.group == "dataset":
                self._upkeep.failed()

    def tell(self, what: str, *, is_error: bool = False) -> None:
        """Say something in passing."""
        self.notify(what, severity="error" if is_error else "information", timeout=8 if is_error else 3, markup=False)

    # Facts

    def on_defaults_read(self, message: DefaultsRead) -> None:
        """The configuration is known; where it is not, the dataset pane says why."""
        self.defaults = message.defaults
        if message.defaults is not None:
            self.query_one(JobTable).has_trainer = message.defaults.has_trainer
        self._tell_top()

    def on_items_found(self, _message: ItemsFound) -> None:
        """The first items can be shown, though not all of them have been read."""
        self.known = self._upkeep.book.known

    def on_dataset_read(self, message: DatasetRead) -> None:
        """The dataset is known."""
        from wantui.dataset.trigger import LOOKED_AT, trigger_of  # noqa: PLC0415  after the first frame

        self.dataset_trouble = message.trouble
        self._upkeep.looked()
        self.known = self._upkeep.book.known
        self.is_reading = False
        captions = (row.item.caption for row in self.rows if row.item.caption)
        self.query_one(PreviewPane).set_trigger(trigger_of([*islice(captions, LOOKED_AT)]))
        self._tell_top()

    def on_files_changed(self, _message: FilesChanged) -> None:
        """Files have been edited by whomever."""
        self._upkeep.read_soon()
        self.known = self._upkeep.book.known
        self._tell_top()

    def on_since_read(self, message: SinceRead) -> None:
        """What runs train on has been compared with what is there now."""
        self.since = message.since

    def on_watching_read(self, message: WatchingRead) -> None:
        """The watcher is at something else."""
        self.watching = message.state
        self._tell_top()

    def on_jobs_read(self, message: JobsRead) -> None:
        """Jobs have moved on."""
        was_encoding, before = self.encoding, self.jobs
        self.encoding = any(
            view.job.state.is_active and view.job.kind.value in ("latents", "text") for view in message.jobs
        )
        self.jobs_trouble = message.trouble
        self.losses = message.losses
        self.jobs = message.jobs
        self._tell_top()
        if self.encoding and before:
            self._upkeep.read_soon(ENCODED_S)
        elif was_encoding or set(self.training_runs) - self.since.keys():
            self._upkeep.read_soon()

    def on_machine_read(self, message: MachineRead) -> None:
        """Readings have changed."""
        self.machine = message.machine

    def on_done(self, message: Done) -> None:
        """Something has happened, or has not."""
        self.tell(message.what, is_error=message.is_error)

    def _tell_top(self) -> None:
        from wantui.ui.data.standing import standing  # noqa: PLC0415  after the first frame

        self.query_one(TopLine).facts = TopFacts(
            self.backend.root, self.defaults, None if self.is_reading else len(self.rows), self.known.statuses,
            standing(self.jobs), self.watching,
        )  # fmt: skip

    def on_item_highlighted(self, message: ItemHighlighted) -> None:
        """The preview shows the item under the cursor."""
        preview = self.query_one(PreviewPane)
        if preview.editor is None:
            preview.show_row(message.row, self.query_one(DatasetList).neighbours())

    @on(JobHighlighted)
    def _show_log_of_job(self, message: JobHighlighted) -> None:
        from wantui.ui.data.log_file import LogFile  # noqa: PLC0415  the first screen has no log

        view = message.job
        log = self.query_one(LogView)
        log.show_job(view.job if view else None, LogFile(view.log) if view else None)

    # Where one is

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout."""
        columns, lines = event.size
        self._arrange(columns, lines)

    def _arrange(self, columns: int, lines: int) -> None:
        is_small = columns < SINGLE_BELOW[0] or lines < SINGLE_BELOW[1]
        is_single = is_small or self.is_zoomed
        self.set_class(is_single, "-single")
        self.set_class(not is_single and columns < MEDIUM_BELOW, "-medium")
        self.set_class(lines >= 45, "-high")  # noqa: PLR2004  from here on there is room for a longer log
        self.query_one(KeyLine).is_single = is_small
        self.query_one(LossChart).set_class(lines < 20, "-hidden")  # noqa: PLR2004  GPUs come first

    def watch_place(self, place: Place) -> None:
        """Show the pane that the keys go to."""
        for pane in PANES:
            self.set_class(pane is place or (place is Place.EDITOR and pane is Place.PREVIEW), f"-at-{pane.value}")

    def watch_is_zoomed(self) -> None:
        """Give the pane the whole screen, or take it back."""
        self._arrange(*self.size)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The place is where the focus is."""
        for node in event.widget.ancestors_with_self:
            if node.id == "editor":
                self.place = Place.EDITOR
                return
            if node.id in {pane.value for pane in PANES}:
                self.place = Place(node.id)
                return

    def pane(self, place: Place) -> Widget:
        """The widget of a pane."""
        return self.query_one(f"#{place.value}")

    def action_go(self, place: str) -> None:
        """Go to a pane."""
        if self.query_one(PreviewPane).editor is None:
            self.place = Place(place)
            self.pane(self.place).focus()

    def action_next_pane(self, step: int) -> None:
        """Go to the neighbour."""
        at = PANES.index(self.place) if self.place in PANES else 0
        self.action_go(PANES[(at + step) % len(PANES)].value)

    def action_zoom(self) -> None:
        """Give the pane the whole screen, or take it back."""
        self.is_zoomed = not self.is_zoomed

    def action_show_log(self) -> None:
        """The log on the whole screen, or back."""
        if self.place is Place.LOG and self.is_zoomed:
            self.is_zoomed = False
            self.action_go(self.came_from.value)
            return
        self.came_from = self.place if self.place in PANES else Place.JOBS
        self.is_zoomed = True
        self.action_go(Place.LOG.value)

    async def give(self, command: Command) -> None:
        """Do what a command says, as if its key had been pressed in its place."""
        if command.place in PANES and not command.action.startswith(("screen.", "app.")):
            self.action_go(command.place.value)
            await self.pane(command.place).run_action(command.action)
        elif command.place is Place.EDITOR:
            editor = self.query_one(PreviewPane).editor
            if editor is not None:
                await editor.run_action(command.action)
        else:
            await self.run_action(command.action)

    async def on_give_command(self, message: GiveCommand) -> None:
        """A key of the bottom line has been clicked."""
        for command in COMMANDS:
            if command.id == message.command_id:
                await self.give(command)

    def action_step_item(self, step: int) -> None:
        """Go to the neighbour of the item."""
        items = self.query_one(DatasetList)
        items.move_to(items.cursor + step)

    def action_step_problem(self, step: int) -> None:
        """Go to the next or previous problem."""
        self.query_one(DatasetList).step_problem(step)

    def action_toggle_crop(self) -> None:
        """Draw what the trainer cuts off of the picture, or do not."""
        self.query_one(PreviewPane).toggle_crop()

    def action_show_full(self) -> None:
        """The item on the whole screen."""
        from wantui.ui.screens.full_preview import open_full  # noqa: PLC0415  opened when asked for

        open_full(self)

    def action_side_by_side(self) -> None:
        """The marked items next to each other."""
        from wantui.ui.screens.side_by_side import open_side_by_side  # noqa: PLC0415  opened when asked for

        open_side_by_side(self)

    def action_follow_log(self) -> None:
        """Follow the log and the running job, or stop."""
        self.query_one(LogView).toggle_following()

    def action_read_again(self) -> None:
        """Read dataset and caches again."""
        self.read_dataset()
        self.look_now()

    def action_help(self) -> None:
        """The keys of this place."""
        from wantui.ui.screens.help import HelpScreen  # noqa: PLC0415  opened when asked for

        self.app.push_screen(HelpScreen(self.place))

    # Captions

    def on_open_item(self, _message: OpenItem) -> None:
        """An item has been double-clicked."""
        self.action_edit_caption()

    @work(group="open caption", exclusive=True, exit_on_error=False)
    async def action_edit_caption(self) -> None:
        """Edit the caption of the item."""
        from wantui.ui.screens import caption_flow  # noqa: PLC0415  opened when asked for

        await caption_flow.begin(self)

    @work(group="caption", exclusive=True, exit_on_error=False)
    async def on_save_caption(self, message: SaveCaption) -> None:
        """Write the caption."""
        from wantui.ui.screens import caption_flow  # noqa: PLC0415  opened when asked for

        await caption_flow.save(self, message)

    @work(group="caption", exclusive=True, exit_on_error=False)
    async def on_revert_caption(self, _message: RevertCaption) -> None:
        """Begin anew with what the file has."""
        from wantui.ui.screens import caption_flow  # noqa: PLC0415  opened when asked for

        await caption_flow.revert(self)

    @work(group="caption", exclusive=True, exit_on_error=False)
    async def on_leave_editor(self, _message: LeaveEditor) -> None:
        """Leave the editor."""
        from wantui.ui.screens import caption_flow  # noqa: PLC0415  opened when asked for

        await caption_flow.leave(self)

    @work(group="open caption", exclusive=True, exit_on_error=False)
    async def action_edit_outside(self) -> None:
        """Edit the caption in the person's own editor."""
        from wantui.ui.screens import caption_flow  # noqa: PLC0415  opened when asked for

        await caption_flow.edit_outside(self)

    # Jobs

    def on_open_job(self, _message: OpenJob) -> None:
        """A job has been double-clicked."""
        self.action_show_job()
