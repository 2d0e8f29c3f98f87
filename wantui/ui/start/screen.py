"""The first-run page: it watches what becomes of the three steps, and each of its keys does one of them."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import work
from textual.binding import Binding
from textual.containers import Vertical
from textual.worker import get_current_worker

from wantui.errors import WantuiError
from wantui.jobs.model import EXPERT_KINDS, SETUP_KINDS
from wantui.listing.rows import ItemStatus
from wantui.ui.commands.catalogue import BY_ID, Flow, Place
from wantui.ui.commands.command_table import commands_of
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.drawn import Drawn
from wantui.ui.drawing.styles import Part, cells
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.start.page import StepsPage
from wantui.ui.start.steps import DATASET, SETUP, TRAIN, StartFacts
from wantui.ui.work.top_line import TopLine

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from rich.style import Style
    from textual import events
    from textual.app import ComposeResult
    from textual.worker import Worker

    from wantui.services.annotations import MediaFolder
    from wantui.services.first_run import BoxFacts
    from wantui.ui.context import WorkContext
    from wantui.ui.typed_ahead import TypedAheadApp

LOOK_S = 1.0
"""How often it is looked whether a step is done."""
ABOVE = frozenset({"setup", "doctor", "import", "settings", "problems", "train", "leave", "help"})
"""Commands that are given above the page, which is there again afterwards; for others the page is left."""
FOOTER = (
    ("", "enter", "do the step"),
    ("", "D", "demo"),
    ("setup", "", "setup"),
    ("doctor", "", "doctor"),
    ("help", "", "help"),
    ("", "esc", "work screen"),
    ("leave", "", "quit"),
    ("palette", "", "commands"),
)
"""The id of a command, or else a key of this page, and what it does."""


class StartKeys(Drawn):
    """The line at the bottom."""

    @property
    def ground(self) -> Style:
        """The bar's own ground."""
        return self.text_styles.raised

    def parts(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is one line
        """The keys that there is room for."""
        styles, parts = self.text_styles, list[Part]()
        for command_id, own, says in FOOTER:
            key = own or commands_of(self).by_id[command_id].key
            if not key:
                continue
            more: list[Part] = [(f" {key} ", styles.accent), (f"{says} ", styles.dim)]
            if cells([*parts, *more]) <= width:
                parts += more
        return parts


class StartScreen(Dialog[str]):
    """Comes back with the id of the command that it is left for; empty: with none."""

    CSS_PATH = dialogs_sheet()
    BINDINGS: ClassVar = [
        Binding("escape", "leave", "Leave", show=False),
        Binding("enter", "act", "Do the step", show=False),
        Binding("down,j", "move(1)", "Next step", show=False),
        Binding("up,k", "move(-1)", "Previous step", show=False),
        Binding("D", "demo", "Demo", show=False),
    ]

    def __init__(self, context: WorkContext, top: TopLine) -> None:
        """Make it.

        Args:
            context: of the work screen below.
            top: its top line, which is shown here too.
        """
        super().__init__()
        self._flows = context
        self._top = top
        self._wake = threading.Event()
        self._box: BoxFacts | None = None
        self._planned_for: object = None
        self._broken_in: MediaFolder | None = None
        self._runs_before = {view.job.run for view in context.jobs}
        self._was_moved = False

    def compose(self) -> ComposeResult:
        """The top line, the page in the middle, the keys."""
        yield TopLine()
        with Vertical(id="start-room"):
            yield StepsPage(id="start-page")
        yield StartKeys(id="keys")

    def on_mount(self) -> None:
        """Look, and go on looking."""
        self._take()
        self._look()
        self.set_interval(LOOK_S, self._take)

    def on_unmount(self) -> None:
        """Let the thread see that it is over."""
        self._wake.set()

    @property
    def passed_on(self) -> tuple[tuple[str, str], ...]:
        """For the help: keys of the work screen that are obeyed here, and what each does."""
        everywhere = commands_of(self).at(Place.EVERYWHERE)
        return tuple((each.key, each.says) for each in everywhere if each.id in ABOVE and each.id != "help")

    @property
    def page(self) -> StepsPage:
        """The steps."""
        return self.query_one(StepsPage)

    # What is known

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def _look(self) -> None:
        """In a thread: look at the machine again and again, and at a folder's images once."""
        worker, first_run = get_current_worker(), self._flows.services.first_run
        while not worker.is_cancelled:
            try:
                box = first_run.look()
            except WantuiError:
                box = None  # a wantui.toml that is being edited; the dataset pane says what is wrong with it
            if box is not None and box != self._box and not worker.is_cancelled:
                self.app.call_from_thread(self._take_box, box)
            folder = None if box is None else box.folder
            if folder is not None and folder != self._broken_in:
                self._broken_in = folder
                self._tell(broken=first_run.broken(folder, lambda: worker.is_cancelled))
            self._wake.wait(LOOK_S)

    @work(thread=True, exclusive=True, group="plan", exit_on_error=False)
    def _plan(self) -> None:
        """In a thread: what a training would take."""
        try:
            self._tell(outlook=self._flows.services.first_run.outlook())
        except WantuiError:
            self._tell(outlook=None)  # what is in its way, the run form tells

    def _tell(self, **facts: Any) -> None:
        worker = get_current_worker()
        if not worker.is_cancelled:
            self.app.call_from_thread(self._know, replace(self.page.seen, **facts))

    def _take_box(self, box: BoxFacts) -> None:
        had_dataset = self._box is not None and self._box.has_dataset
        self._box = box
        if box.has_dataset and not had_dataset:
            self._flows.rescan()
        self._take()

    def _take(self) -> None:
        """What the work screen knows."""
        context = self._flows
        self.query_one(TopLine).facts = self._top.facts
        rows, jobs = context.rows, context.jobs
        training = [view for view in jobs if view.job.kind in EXPERT_KINDS and not view.job.state.has_ended]
        begun = next((view for view in training if view.job.run not in self._runs_before), None)
        if begun is not None and self.is_active:
            self.dismiss("")
            return
        setup = next((view for view in jobs if view.job.kind in SETUP_KINDS and view.job.state.is_active), None)
        is_read = not context.is_reading
        self._know(
            replace(
                self.page.seen,
                box=self._box,
                machine=context.machine,
                items=len(rows) if is_read else None,
                captions=sum(bool(row.item.caption) for row in rows),
                bad=tuple(row.name for row in rows if row.status is ItemStatus.PROBLEM),
                setup=None if setup is None else f"a setup is running ({setup.job.kind}): enter shows how far",
                training=next(iter(training), None),
            )
        )
        if self._box is not None and self._box.has_dataset and rows and self._planned_for is not rows:
            self._planned_for = rows
            self._plan()

    def _know(self, seen: StartFacts) -> None:
        if not self.is_mounted:
            return
        if not self._was_moved or seen.done != self.page.seen.done:
            self.page.at, self._was_moved = seen.next, False
        self.page.seen = seen

    # What keys do

    def on_key(self, event: events.Key) -> None:
        """Keys of the work screen do there what they do there; those of the steps are obeyed above the page."""
        if event.key in self._bindings.key_to_bindings:
            return
        everywhere = commands_of(self).at(Place.EVERYWHERE)
        command = next((each for each in everywhere if event.key in each.keys.split(",")), None)
        if command is None:
            return
        event.stop()
        if command.id in ABOVE:
            self._begin_command(command.id)
        else:
            self.dismiss(command.id)

    def action_leave(self) -> None:
        """Go to the work screen."""
        self.dismiss("")

    def action_move(self, by: int) -> None:
        """Go to another step."""
        self._was_moved = True
        self.page.at = (self.page.at + by) % (TRAIN + 1)

    def action_act(self) -> None:
        """Do the step."""
        seen, folder = self.page.seen, None if self._box is None else self._box.folder
        if self.page.at == SETUP:
            self._begin_command("setup")
        elif self.page.at == DATASET:
            from wantui.ui.dataset.dataset_flow import begin  # noqa: PLC0415  opened when asked for

            self._begin(begin(self._flows, None if folder is None else folder.path))
        elif seen.training is not None:
            self.dismiss("pane.jobs")
        else:
            self._begin_command("train")

    def action_demo(self) -> None:
        """Give the terminal to the demo until that is left."""
        from wantui.ui.start.demo import show  # noqa: PLC0415  opened when asked for

        self._begin(show(self._flows), opens=False)

    def _begin_command(self, command_id: str) -> None:
        does = BY_ID[command_id].does
        if isinstance(does, Flow):
            self._begin(does.begin(self._flows))
        else:
            self.run_worker(self._flows.give(command_id), group="step", exit_on_error=False)

    def _begin(self, flow: Coroutine[Any, Any, None], *, opens: bool = True) -> None:
        """Let a flow go its way above the page; a log that is wanted at its end is on the work screen."""

        async def until_left() -> None:
            place = self._flows.place
            await flow
            if self._flows.place is not place:
                self.dismiss("")
            self._wake.set()
            self._wake.clear()

        worker = self.run_worker(until_left(), group="step", exclusive=True, exit_on_error=False)
        if opens:
            self._host.opening(worker)

    @property
    def _host(self) -> TypedAheadApp:
        return cast("TypedAheadApp", self.app)

    def on_screen_suspend(self) -> None:
        """What is laid over the page gets what was typed for it."""
        self._host.opened_above()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Where nothing has been opened nobody gets what was typed; a flow that fails says so."""
        if event.worker.is_finished:
            typed = self._host.typed_ahead
            if not typed.is_certain:
                typed.forget(event.worker)
            if event.worker.error is not None:
                self._flows.tell(str(event.worker.error), is_error=True)
