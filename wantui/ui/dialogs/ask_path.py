"""A question that is answered with a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from wantui.terminal.foreign_text import clean, clean_lines
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.dialogs.path_input import PathInput
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult

MOST_NAMES = 40
"""Candidates that are listed."""


class AskPath(Dialog["Path | None"]):
    """Comes back with a path that is there, or with None."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [Binding("escape", "dismiss_nothing", "Leave", show=False)]  # noqa: RUF012  Textual's way

    def __init__(self, title: str, sentence: str, base: Path, value: str = "", *, folders_only: bool = True) -> None:
        super().__init__()
        self._title = title
        self._sentence = sentence
        self._base = base
        self._value = value
        self._folders_only = folders_only

    def compose(self) -> ComposeResult:
        """The sentence, the path, what it can become."""
        with Vertical(id="ask-path", classes="dialog") as box:
            box.border_title = Content(clean(self._title))
            box.border_subtitle = key_hints("enter accept  tab complete  esc close")
            yield Static(clean_lines(self._sentence), id="sentence", markup=False)
            yield PathInput(self._value, self._base, id="path", folders_only=self._folders_only)
            yield Static("", id="names", markup=False)

    def on_mount(self) -> None:
        """Type at once."""
        field = self.query_one(PathInput)
        field.focus()
        field.cursor_position = len(field.value)

    @on(PathInput.Candidates)
    def _show(self, message: PathInput.Candidates) -> None:
        names = message.names[:MOST_NAMES] if len(message.names) > 1 else ()
        self.query_one("#names", Static).update("  ".join(map(clean, names)))

    @on(Input.Submitted)
    def _take(self) -> None:
        path = self.query_one(PathInput).path
        if path.is_dir() or (path.exists() and not self._folders_only):
            self.dismiss(path)
        else:
            what = "folder" if self._folders_only else "file or folder"
            self.query_one("#names", Static).update(clean(f"{path}: no such {what}"))

    def action_dismiss_nothing(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
