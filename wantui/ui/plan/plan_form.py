"""What the forms have in common that show what would happen: it is found out while a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Input, Static

from wantui.ui.dialogs.choice_field import ChoiceField
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.stylesheets import dialogs_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.timer import Timer
    from textual.widget import Widget

T = TypeVar("T")

DEBOUNCE_S = 0.15
"""What is being typed is waited for."""


class PlanForm(Dialog[T]):
    """Fields, a sentence (``#verdict``), and a plan that scrolls (``#plan``)."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape", "cancel", "Leave", show=False),
        Binding("ctrl+s", "start", "Start", show=False),
        Binding("down", "app.focus_next", "Go to the next field", show=False),
        Binding("up", "app.focus_previous", "Go to the field before", show=False),
        Binding("pagedown", "scroll_plan(1)", "Scroll down the plan", show=False),
        Binding("pageup", "scroll_plan(-1)", "Scroll up the plan", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._starts_when_known = False
        """Whether a person wants the start as soon as the plan is there."""
        self._timer: Timer | None = None

    def fields_and_plan(self, fields: Iterable[tuple[str, Widget]]) -> ComposeResult:
        """The fields with their labels, and below them what will happen."""
        for label, field in fields:
            with Horizontal(classes="field"):
                yield Static(label, classes="label", markup=False)
                yield field
        yield Static("", id="verdict", markup=False)
        with VerticalScroll(id="plan", can_focus=False):
            yield Static("", id="plan-text", markup=False)

    def ask_plan(self) -> None:
        """Find out what the fields mean, and show it."""
        raise NotImplementedError

    def action_start(self) -> None:
        """Start, as soon as the plan is known and nothing forbids it."""
        raise NotImplementedError

    def action_cancel(self) -> None:
        """Leave without starting anything."""
        self.dismiss(None)

    @on(Input.Changed)
    @on(ChoiceField.Changed)
    def _changed(self) -> None:
        self._starts_when_known = False
        self._stop_waiting()
        self._timer = self.set_timer(DEBOUNCE_S, self.ask_plan)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.stop()

    @on(Input.Submitted)
    @on(ChoiceField.Submitted)
    def _submitted(self) -> None:
        self.action_start()

    def _say(self, text: str, tone: str) -> None:
        verdict = self.query_one("#verdict", Static)
        verdict.update(text)
        verdict.set_classes(f"-{tone}")

    def action_scroll_plan(self, pages: int) -> None:
        """Move through the plan while a field has the keys."""
        plan = self.query_one("#plan", VerticalScroll)
        plan.scroll_relative(y=pages * max(1, plan.size.height - 1), animate=False)
