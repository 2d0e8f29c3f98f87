"""From a bare machine to one that trains: a checklist that ticks itself, with the download and the disks."""

from __future__ import annotations

import asyncio
import shlex
import time
from typing import TYPE_CHECKING, Any, TypeVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from wantui.errors import WantuiError
from wantui.formatting import file_size, rough_duration
from wantui.jobs.model import JobKind, JobState
from wantui.terminal.foreign_text import clean, clean_lines
from wantui.ui.commands.command_table import key_for
from wantui.ui.dialogs.choice_field import ChoiceField
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.machine.setup_list import SetupList, StepRow, rows_of
from wantui.weights.catalogue import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from wantui.services.annotations import DownloadProgress, JobView, SetupPlan
    from wantui.services.setup import Setup
    from wantui.weights.catalogue import Task

LOOK_S = 0.5
"""How often jobs and download are looked at."""
AROUND = 16
"""Lines of the dialog without its list: frame, head and verdict, and ten for what the step under the cursor does."""
GOES_ON = "It runs without the screen: you can leave at any time."
Result = TypeVar("Result")


class SetupScreen(Dialog[str | None]):
    """Comes back with the id of a job whose log is wanted, or with None."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,q,U", "leave", "Leave", show=False),
        Binding("s", "begin", "Start", show=False),
        Binding("x", "stop", "Stop", show=False),
        Binding("p", "pause", "Pause or continue", show=False),
        Binding("l", "log", "Log", show=False),
        Binding("r", "look_again", "Refresh", show=False),
        Binding("pagedown,ctrl+f", "read_on(1)", "Scroll down", show=False, priority=True),
        Binding("pageup,ctrl+b", "read_on(-1)", "Scroll up", show=False, priority=True),
        Binding("left,h", "other_task(-1)", "Task", show=False),
        Binding("right,t", "other_task(1)", "Task", show=False),
    ]

    def __init__(self, setting_up: Setup, task: Task) -> None:
        super().__init__()
        self._setting_up = setting_up
        self._weights_of = task
        self._plan: SetupPlan | None = None
        self._looked_at = 0.0
        self._jobs: tuple[JobView, ...] = ()
        self._download: DownloadProgress | None = None
        self._was_live = False
        self._failed: tuple[JobKind, ...] = ()

    def compose(self) -> ComposeResult:
        """Whose weights, the list, and what the step under the cursor does."""
        with Vertical(id="setup", classes="dialog") as box:
            box.border_title = "Set up this machine"
            box.border_subtitle = key_hints("s start  x stop  p pause  l log  r refresh  pgdn more  esc")
            with Horizontal(id="setup-head"):
                yield Static("weights of ", id="setup-of", markup=False)
                yield ChoiceField(TASKS, self._weights_of, id="task")
                yield Static("t chooses", id="setup-chooses", markup=False)
            yield SetupList()
            with VerticalScroll(id="setup-more", can_focus=False):
                yield Static("", id="setup-says", markup=False)
            yield Static("", id="verdict", markup=False)

    def on_mount(self) -> None:
        """Look, and go on looking."""
        self.query_one(ChoiceField).can_focus = False
        self.query_one(SetupList).focus()
        self.watch(self.query_one(SetupList), "cursor", self._tell_more, init=False)
        self._show()
        self._look_around()
        self._look()
        self.set_interval(LOOK_S, self._look)

    # What is known

    @property
    def _live(self) -> bool:
        """Whether a setup is under way."""
        return any(not view.job.state.has_ended for view in self._jobs)

    @work(exclusive=True, group="plan", exit_on_error=False)
    async def _look_around(self) -> None:
        """What is there and what is left; it takes seconds."""
        if not self._live:
            self._say("Checking this machine.")
        began = time.time()
        try:
            plan = await asyncio.to_thread(self._setting_up.plan, self._weights_of)
        except WantuiError as error:
            if self._live:  # half a checkout is no trainer: what was planned before still holds
                self._say_live()
                return
            self._plan = None
            self._show()
            self._say(str(error), "bad")
            return
        is_first, self._plan, self._looked_at = self._plan is None, plan, began
        self._show()
        self._say_plan(plan)
        if is_first and not self._live:
            self._go_to_failed()

    @work(exclusive=True, group="look", exit_on_error=False)
    async def _look(self) -> None:
        """How far it is."""
        try:
            self._jobs = await asyncio.to_thread(self._setting_up.jobs)
            self._download = await asyncio.to_thread(self._setting_up.download)
        except WantuiError as error:
            self._say(str(error), "bad")
            return
        has_begun, has_ended = self._live and not self._was_live, self._was_live and not self._live
        known, self._was_live = self._failed, self._live
        self._show()
        is_news = self._failed != known
        if is_news and (self._live or has_ended or self._plan is not None):
            self._go_to_failed()
        if has_ended:
            self._look_around()
        elif has_begun or (self._live and is_news):
            self._say_live()
        elif is_news and self._plan is not None:
            self._say_plan(self._plan)

    def _go_to_failed(self) -> None:
        """Put the cursor where a person has to look."""
        steps = self.query_one(SetupList)
        for at, row in enumerate(steps.rows):
            if isinstance(row, StepRow) and row.has_failed:
                steps.move_to(at)
                return

    def _show(self) -> None:
        steps = self.query_one(SetupList)
        steps.download = self._download
        steps.rows = tuple(rows_of(self._plan, self._jobs, self._download, looked_at=self._looked_at))
        self.query_one("#setup").styles.height = len(steps.rows) + AROUND
        self._failed = tuple(row.kind for row in steps.rows if isinstance(row, StepRow) and row.has_failed)
        self._tell_more()

    def _say_live(self) -> None:
        if self._failed:
            self._say(f"{' and '.join(self._failed)} failed; the rest continues, and s retries it afterwards.", "bad")
        else:
            self._say(GOES_ON, "good")

    def _say_plan(self, plan: SetupPlan) -> None:
        if self._live:
            self._say_live()
        elif plan.is_done:
            self._say(
                f"Ready to train: esc, then {key_for(self, 'train')}. {key_for(self, 'doctor')} checks this machine, "
                "S there runs a test training.",
                "good",
            )
        elif plan.full_disks:
            self._say("No room for it: free some, see disk above; s starts anyway, after asking.", "bad")
        elif self._failed:
            self._say(f"{' and '.join(self._failed)} failed: see above. s retries, l shows the log.", "bad")
        else:
            left = f"{rough_duration(plan.seconds)}, {file_size(plan.bytes)} over the network"
            self._say(f"s starts it: {left}.", "good")

    def _say(self, text: str, tone: str = "dim") -> None:
        verdict = self.query_one("#verdict", Static)
        verdict.update(clean(text))
        verdict.set_classes(f"-{tone}")

    def _tell_more(self) -> None:
        """What was found on the machine, and what the step under the cursor does."""
        styles = text_styles_of(self)
        text = Text()
        if self._plan is not None:
            for said in self._plan.adoption.says:
                text.append(f"{clean(said)}\n", styles.good)
        row = self.query_one(SetupList).chosen
        if isinstance(row, StepRow):
            job = None if row.job is None else row.job.job
            if job is not None and job.reason and not row.is_done:
                text.append(
                    f"{clean_lines(job.reason)}\n",
                    styles.bad if job.state is JobState.FAILED else styles.dim,
                )
            elif row.job is not None and row.job.progress.phase and not row.job.job.state.has_ended:
                text.append(f"{clean(row.job.progress.phase)}\n", styles.plain)
            for command in row.planned.commands if row.planned is not None else ():
                text.append(f"{clean(command.says)}\n")
                text.append(f"  $ {clean(shlex.join(command.argv))}\n", styles.dim)
        elif row is not None and hasattr(row, "parts"):
            for part in row.parts:
                text.append(
                    f"{file_size(part.bytes):>9}  {clean(part.says)}, in {clean(str(part.folder))}\n", styles.dim
                )
        elif row is not None:
            text.append(f"{clean(row.target)}\n", styles.dim)
        self.query_one("#setup-says", Static).update(text)

    # What is asked for

    @work(exclusive=True, group="act", exit_on_error=False)
    async def action_begin(self) -> None:
        """Start what is left."""
        plan = self._plan
        if self._live:
            self._say("It is already running.")
        elif plan is None:
            self._say("Still checking this machine.")
        elif plan.is_done:
            self._say("Nothing is left to do.", "good")
        elif not plan.full_disks or await self._begins_all_the_same(plan):
            number = await self._ask(self._setting_up.begin, plan)
            if number is not None:
                self._look()

    async def _begins_all_the_same(self, plan: SetupPlan) -> bool:
        disk = plan.full_disks[0]
        said = (
            f"{file_size(disk.needed)} go to {disk.folder}, where {file_size(disk.free)} are free. It would break "
            "off when the disk is full; what is done by then stays."
        )
        begins = Answer(("enter", "y"), "start anyway", "begin")
        return await self.app.push_screen_wait(Confirm(said, begins, stay="leave it")) != CANCEL

    @work(exclusive=True, group="act", exit_on_error=False)
    async def action_stop(self) -> None:
        """Stop the setup, after asking what becomes of files that are not whole."""
        if not self._live and not self._is_loading:
            self._say("Nothing is running.")
            return
        said = "Stop it?\nWhat is done is kept, and s continues from there. Partial files can be kept too."
        answer = await self.app.push_screen_wait(
            Confirm(
                said, Answer(("enter", "y"), "stop, keep what is downloaded", "stop"),
                Answer(("d",), "stop, and remove partial files", "drop"), stay="let it run",
            )
        )  # fmt: skip
        if answer == CANCEL:
            return
        if self._live:
            await self._ask(self._setting_up.stop, self._jobs[0].job.run)
        if answer == "drop":
            freed = await self._ask(self._setting_up.drop, "all")
            self._say(f"Stopped; {file_size(freed or 0)} of partial files removed.")
        elif self._is_loading:
            await self._ask(self._setting_up.pause, None)
        self._look()

    @property
    def _is_loading(self) -> bool:
        return self._download is not None and self._download.is_running

    @work(exclusive=True, group="act", exit_on_error=False)
    async def action_pause(self) -> None:
        """Stop the download and keep what is loaded; or go on with it."""
        view = self._of_weights()
        weights = None if view is None else view.job
        if weights is not None and not weights.state.has_ended:
            await self._ask(self._setting_up.pause, weights.id)
            self._say("Paused: what is downloaded is kept; p continues.")
        elif self._is_loading:
            await self._ask(self._setting_up.pause, None)
            self._say("Paused: what is downloaded is kept; s continues.")
        elif weights is not None and not weights.state.is_good:
            await self._ask(self._setting_up.go_on, weights.id)
            self._say(GOES_ON, "good")
        else:
            self._say("No download is running; s starts what is left.")
        self._look()

    def action_log(self) -> None:
        """Leave, and show the log of the step under the cursor."""
        row = self.query_one(SetupList).chosen
        job = row.job if isinstance(row, StepRow) else self._of_weights()
        if job is None:
            self._say("It has not run, so there is no log.")
        else:
            self.dismiss(job.job.id)

    def _of_weights(self) -> JobView | None:
        return next((view for view in self._jobs if view.job.kind is JobKind.WEIGHTS), None)

    def action_read_on(self, step: int) -> None:
        """Scroll what is said of the step under the cursor: the list itself is short."""
        more = self.query_one("#setup-more", VerticalScroll)
        more.scroll_relative(y=step * max(1, more.size.height - 1), animate=False)

    def action_look_again(self) -> None:
        """Look around once more."""
        self._look_around()

    def action_other_task(self, step: int) -> None:
        """Choose whose weights are wanted."""
        self.query_one(ChoiceField).action_step(step)

    @on(ChoiceField.Changed)
    def _other_task(self, message: ChoiceField.Changed) -> None:
        self._weights_of = TASKS[TASKS.index(message.field.value)]
        self._plan = None
        self._show()
        self._look_around()

    async def _ask(self, call: Callable[..., Result], *given: Any) -> Result | None:
        try:
            return await asyncio.to_thread(call, *given)
        except WantuiError as error:
            self._say(str(error), "bad")
            return None

    def action_leave(self) -> None:
        """Leave; what is under way goes on."""
        self.dismiss(None)
