"""The form for an average of checkpoints: whose, from which epoch to which, how fast it forgets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import on, work
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from wantui.errors import WantuiError
from wantui.terminal.foreign_text import clean
from wantui.trainer.model import Expert
from wantui.ui.dialogs.choice_field import ChoiceField
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.styles import fit
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.plan.plan_form import PlanForm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

    from wantui.services.annotations import AverageOrder
    from wantui.services.workspace import Services
    from wantui.ui.drawing.styles import TextStyles

EACH = "each"
SIGMA, BETA = "sigma", "beta"
USUAL = {SIGMA: "0.2", BETA: "0.9"}
"""What the trainer's manual begins with."""
BAR = 30
"""Cells of a bar that stands for everything."""


class AverageForm(PlanForm["AverageOrder | None"]):
    """Comes back with what is averaged, or with None."""

    def __init__(self, services: Services, number: int) -> None:
        """Prepare.

        Args:
            services: is asked what the fields mean.
            number: of the run.
        """
        super().__init__()
        self._services = services
        self._number = number
        self._order: AverageOrder | None = None
        self._asked: dict[str, Any] | None = None
        """What the order that is shown, or is on its way, is for."""

    def compose(self) -> ComposeResult:
        """The fields, and below them how much each checkpoint counts."""
        with Vertical(id="average", classes="dialog") as box:
            box.border_title = Content(f"Average checkpoints of run {self._number} (EMA)")
            box.border_subtitle = key_hints("enter start  tab next field  esc close")
            yield from self.fields_and_plan(self._fields())

    def _fields(self) -> Iterator[tuple[str, Input | ChoiceField]]:
        yield "expert", ChoiceField((EACH, *map(str, Expert)), EACH, id="expert")
        yield "from epoch", Input(id="first", type="integer", compact=True, placeholder="the first there is")
        yield "to epoch", Input(id="last", type="integer", compact=True, placeholder="the last")
        yield "forgets by", ChoiceField((SIGMA, BETA), SIGMA, id="decay")
        yield "value", Input(USUAL[SIGMA], id="value", compact=True)

    def on_mount(self) -> None:
        """Begin with the expert."""
        for field in self.query(Input):
            field.cursor_blink = False
        self.query_one("#expert").focus()
        self.ask_plan()

    @on(ChoiceField.Changed)
    def _other_decay(self, message: ChoiceField.Changed) -> None:
        """The other way of forgetting has another usual value."""
        if message.field.id == "decay":
            self.query_one("#value", Input).value = USUAL[message.field.value]

    def request(self) -> dict[str, Any] | str:
        """What the fields say, as `Averaging.plan` takes it; a sentence where it cannot be understood."""
        expert = self.query_one("#expert", ChoiceField).value
        asked: dict[str, Any] = {"expert": None if expert == EACH else Expert(expert)}
        for name in ("first", "last"):
            text = self.query_one(f"#{name}", Input).value.strip()
            if text and not (text.isdecimal() and 0 < len(text) < 8 and int(text)):  # noqa: PLR2004  ten millions
                return f"{'from' if name == 'first' else 'to'} epoch: a whole number from 1, or nothing"
            asked[name] = int(text) if text else None
        text = self.query_one("#value", Input).value.strip()
        try:
            value = float(text)
        except ValueError:
            return "value: a number such as 0.2"
        way = "beta" if self.query_one("#decay", ChoiceField).value == BETA else "sigma_rel"
        return {**asked, way: value}

    def ask_plan(self) -> None:
        """Ask what the fields mean."""
        request = self.request()
        self._asked, self._order = None, None
        if isinstance(request, str):
            self._refuse(request)
            return
        self._asked = request
        self._say("checking the files", "dim")
        self._find(request)

    @work(exclusive=True, group="plan", exit_on_error=False)
    async def _find(self, request: dict[str, Any]) -> None:
        service = self._services.averaging
        try:
            order = await asyncio.to_thread(lambda: service.plan(self._number, **request))
            left = await asyncio.to_thread(service.left, order)
        except WantuiError as error:
            if self.is_mounted and request == self._asked:
                self._refuse(str(error))
            return
        if not self.is_mounted or request != self._asked:
            return
        self._order = order
        self._lay_out()
        if not left:
            self._starts_when_known = False
            self._say("it exists already", "dim")
            return
        self._say("enter starts it; it takes no GPU", "good")
        if self._starts_when_known:
            self.dismiss(order)

    def _lay_out(self) -> None:
        text = Text() if self._order is None else order_text(self._order, text_styles_of(self))
        self.query_one("#plan-text", Static).update(text)

    def _refuse(self, why: str) -> None:
        self._starts_when_known, self._order = False, None
        self._lay_out()
        self._say(clean(why), "bad")

    def action_start(self) -> None:
        """Start, as soon as it is known what that means."""
        self._stop_waiting()
        self.ask_plan()
        self._starts_when_known = self._asked is not None


def order_text(order: AverageOrder, styles: TextStyles) -> Text:
    """The files that come of it, and how much each checkpoint counts in them."""
    text = Text()
    for each in order.wanted:
        average = each.average
        ink = styles.of_job(average.expert)
        text.append(f"{average.expert:<5}", ink + styles.strong)
        text.append(f"{clean(each.target.name)}\n")
        weights = zip(average.epochs, average.decay.weights(len(average.epochs)), strict=True)
        for epoch, weight in weights:
            text.append(f"     {fit(f'epoch {epoch}', 12)}", styles.plain)
            text.append(f"{100 * weight:5.1f} %  ", styles.plain)
            text.append(f"{GLYPHS.bar_full * round(weight * BAR)}\n", ink)
        text.append("\n")
    return text
