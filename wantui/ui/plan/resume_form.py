"""The form for going on: to how many epochs, on which captions, and at what learning rate that will be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.text import Text
from textual import work
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from wantui.errors import WantuiError
from wantui.formatting import count, home
from wantui.memory_ways import MEMORY
from wantui.services.resuming import ResumeRequest
from wantui.terminal.foreign_text import clean
from wantui.ui.dialogs.choice_field import ChoiceField
from wantui.ui.drawing.braille import Canvas
from wantui.ui.drawing.fitted import Fitted
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.plan.plan_form import PlanForm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

    from wantui.services.annotations import ExpertResume, ResumePlan
    from wantui.services.workspace import Services
    from wantui.ui.drawing.styles import TextStyles

AS_THEN, AS_NOW = "as the run began", "as they are now"
AS_BEFORE = "as before"
AXIS = 9
"""Cells left of the curve."""
CURVE_LINES = 5
LONGEST_CURVE = 100


class ResumeForm(PlanForm["ResumePlan | None"]):
    """Comes back with how a job or run goes on, or with None."""

    def __init__(self, services: Services, name: str, epochs: int) -> None:
        """Prepare.

        Args:
            services: is asked what going on would mean.
            name: of the job or run.
            epochs: in all, that the form begins with.
        """
        super().__init__()
        self._services = services
        self._job = name
        self._epochs = epochs
        self._plan: ResumePlan | None = None
        self._asked: ResumeRequest | None = None
        """What the plan that is shown, or is on its way, is for."""

    def compose(self) -> ComposeResult:
        """The fields, and below them what will happen."""
        with Vertical(id="resume", classes="dialog") as box:
            box.border_title = Content(f"Resume {self._job}")
            box.border_subtitle = key_hints("enter start  tab next field  esc close")
            yield from self.fields_and_plan(self._fields())

    def _fields(self) -> Iterator[tuple[str, Input | ChoiceField]]:
        yield "epochs", Input(str(self._epochs), id="epochs", type="integer", compact=True)
        yield "captions", ChoiceField((AS_THEN, AS_NOW), AS_THEN, id="captions")
        yield "memory", ChoiceField((AS_BEFORE, *MEMORY), AS_BEFORE, id="memory")

    def on_mount(self) -> None:
        """Begin with the epochs."""
        field = self.query_one("#epochs", Input)
        field.cursor_blink = False
        field.focus()
        self.ask_plan()

    def request(self) -> ResumeRequest | None:
        """What the fields say; None where the epochs are no number."""
        text = self.query_one("#epochs", Input).value.strip()
        if not text.isdecimal() or not 0 < len(text) < 7 or int(text) < 1:  # noqa: PLR2004  a million epochs
            return None
        memory = self.query_one("#memory", ChoiceField).value
        return ResumeRequest(
            self._job,
            epochs=int(text),
            memory=None if memory == AS_BEFORE else memory,
            present_captions=self.query_one("#captions", ChoiceField).value == AS_NOW,
        )

    def ask_plan(self) -> None:
        """Ask what going on would mean."""
        request = self.request()
        self._asked, self._plan = request, None
        if request is None:
            self._refuse("epochs: a whole number from 1")
            return
        self._say("checking what is saved", "dim")
        self._find(request)

    @work(exclusive=True, group="plan", exit_on_error=False)
    async def _find(self, request: ResumeRequest) -> None:
        try:
            plan = await asyncio.to_thread(self._services.resuming.plan, request)
        except WantuiError as error:
            if self.is_mounted and request == self._asked:
                self._refuse(str(error))
            return
        if not self.is_mounted or request != self._asked:
            return
        self._show_plan(plan)
        self._say("enter starts it", "good")
        if self._starts_when_known:
            self.dismiss(plan)

    def _show_plan(self, plan: ResumePlan | None) -> None:
        """Show it, or that there is none; another width has room for another curve."""
        self._plan, styles = plan, text_styles_of(self)
        shown = "" if plan is None else Fitted(lambda width: plan_text(plan, width, styles))
        self.query_one("#plan-text", Static).update(shown)

    def _refuse(self, why: str) -> None:
        self._starts_when_known = False
        self._show_plan(None)
        self._say(clean(why), "bad")

    def action_start(self) -> None:
        """Start, as soon as it is known what that means."""
        if self._plan is not None and self.request() == self._asked:
            self.dismiss(self._plan)
            return
        self._stop_waiting()
        self.ask_plan()
        self._starts_when_known = self._asked is not None


def plan_text(plan: ResumePlan, width: int, styles: TextStyles) -> Text:
    """What going on means, expert by expert."""
    text = Text()
    for each in plan.experts:
        text.append(f"{each.job.kind}", styles.of_job(each.job.kind.value) + styles.strong)
        if each.start.state is None:
            text.append(f" begins at epoch 1 of {each.epochs}: it has saved nothing yet\n")
        else:
            text.append(f" goes on after epoch {each.start.epoch} of {each.epochs}")
            text.append(f", at step {count(each.start.step)}\n" if each.start.step else "\n")
            text.append(f"  from {clean(home(each.start.state))}\n", styles.dim)
        for what, was, new in each.differs:
            text.append(f"  {clean(what)}: {clean(was)} {GLYPHS.arrow} {clean(new)}\n", styles.caution)
        _rates(text, each, width, styles)
        text.append("\n")
    if plan.trains_on:
        text.append(f"Trains on {plan.trains_on}. ", styles.strong)
        text.append(f"Since then: {clean(str(plan.captions))}.\n", styles.caution)
    return text


def _rates(text: Text, expert: ExpertResume, width: int, styles: TextStyles) -> None:
    """The learning rate from here to the end, as a curve from nothing to its highest."""
    rates = expert.rates
    if not rates:
        text.append("  learning rate: as the schedule has it\n", styles.dim)
        return
    highest = max(rate for _, rate in rates)
    first_step = rates[0][0]
    columns = max(10, min(width - AXIS - 1, LONGEST_CURVE))
    canvas = Canvas(columns, CURVE_LINES)
    last = max(1, rates[-1][0] - first_step)
    canvas.curve([(step - first_step, rate) for step, rate in rates], last * 1.001, highest or 1.0, 0)
    ink = styles.of_job(expert.job.kind.value)
    text.append("  learning rate\n", styles.dim)
    for y in range(CURVE_LINES):
        label = {0: f"{highest:.1e}", CURVE_LINES - 1: "0"}.get(y, "")
        text.append(f"{label:>{AXIS - 1}} ", styles.dim)
        for piece, owner in canvas.line(y, plain=not GLYPHS.braille):
            text.append(piece, styles.plain if owner is None else ink)
        text.append("\n")
    begin, end = f"epoch {expert.start.epoch + 1}: {rates[0][1]:.2e}", f"epoch {expert.epochs}: {rates[-1][1]:.2e}"
    text.append(f"{'':{AXIS}}{begin}{end:>{max(len(end) + 2, columns - len(begin))}}\n", styles.dim)
