"""A question that is answered with a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from wantui.terminal.foreign_text import clean, clean_lines
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet

if TYPE_CHECKING:
    from textual.app import ComposeResult


class AskName(Dialog["str | None"]):
    """Comes back with what was typed, or with None."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [Binding("escape", "dismiss_nothing", "Leave", show=False)]  # noqa: RUF012  Textual's way

    def __init__(self, title: str, sentence: str, value: str = "") -> None:
        """Make it; `value` is what the field has in it at first."""
        super().__init__()
        self._value = value
        self._title = title
        self._sentence = sentence

    def compose(self) -> ComposeResult:
        """The sentence and the field."""
        with Vertical(id="ask-name", classes="dialog") as box:
            box.border_title = Content(clean(self._title))
            box.border_subtitle = key_hints("enter accept  esc close")
            yield Static(clean_lines(self._sentence), id="sentence", markup=False)
            yield Input(self._value, id="name", compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        """Type at once."""
        field = self.query_one(Input)
        field.cursor_blink = False
        field.focus()

    @on(Input.Submitted)
    def _take(self, message: Input.Submitted) -> None:
        message.stop()
        if name := message.value.strip():
            self.dismiss(name)

    def action_dismiss_nothing(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
