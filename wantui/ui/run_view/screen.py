"""A run on the whole screen: its result, and beside it, or in its place where it is narrow, a page about it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content

from wantui.errors import WantuiError
from wantui.terminal.foreign_text import clean
from wantui.ui.copying import copy
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.lines_view import LinesView
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.run_view.text import (
    commands_page,
    commands_text,
    items_lines,
    paths_lines,
    paths_text,
    result_lines,
    settings_lines,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.app import ComposeResult

    from wantui.services.run_view import RunView
    from wantui.services.runs import Runs
    from wantui.ui.drawing.lines_view import Lines
    from wantui.ui.drawing.styles import TextStyles

LOOK_S = 5.0
"""How often a run that has not ended is looked at again."""
SETTINGS, ITEMS, COMMANDS = "settings", "items", "commands"


class RunScreen(Dialog[str | None]):
    """One run; comes back with what is to be done next: ``new``, ``more``, ``compare``, ``log``, ..., or None."""

    CSS_PATH = dialogs_sheet()
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-roomy")]  # noqa: RUF012  Textual's way

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,q", "back", "Go back"),
        Binding("p", "page('settings')", "Settings and paths"),
        Binding("i", "page('items')", "Items that it trained on"),
        Binding("c", "page('commands')", "Command lines"),
        Binding("d", "dismiss('compare')", "Compare with another run"),
        Binding("y", "copy", "Copy the paths, or the command lines that are shown"),
        Binding("o", "dismiss('ask')", "Ask the checkpoints for their held-out loss"),
        Binding("s", "dismiss('jobs.samples')", "Pictures that pairs of its checkpoints have made"),
        Binding("a", "dismiss('jobs.checkpoints')", "Checkpoints: the metadata of one file, averages (EMA)"),
        Binding("M", "dismiss('jobs.release')", "Make a release, or prune its checkpoints"),
        Binding("plus,equals_sign,C", "dismiss('more')", "Resume, or train more epochs", key_display="+"),
        Binding("n", "dismiss('new')", "New run like this"),
        Binding("h", "hardest", "Show the hardest items in the dataset"),
        Binding("r", "dismiss('retry')", "Start over"),
        Binding("x", "dismiss('stop')", "Stop"),
        Binding("v,L", "dismiss('curves')", "Curves"),
        Binding("l", "dismiss('log')", "Log"),
        Binding("f2", "dismiss('keep')", "Keep the settings as a preset"),
    ]

    def __init__(self, runs: Runs, view: RunView, since: str, captions: Mapping[str, str]) -> None:
        """Prepare.

        Args:
            runs: is asked again while the run goes on.
            view: of the run.
            since: how what it trains on differs from what is there now; empty: not at all.
            captions: of the items of the dataset, by name.
        """
        super().__init__()
        self._runs = runs
        self._since = since
        self._captions = captions
        self.view = view
        self.page = SETTINGS
        """What is shown beside the result."""

    def compose(self) -> ComposeResult:
        """The result, and a page beside it."""
        with Vertical(id="run", classes="dialog") as box:
            box.border_title = Content(clean(f"Run {self.view.run.number}  {self.view.suffix}".rstrip()))
            box.border_subtitle = key_hints("p settings  i items  c commands  a files  s pictures  d compare  ?  esc")
            with Horizontal():
                yield LinesView(self._result, id="result")
                yield LinesView(self._beside, id="beside")

    def on_mount(self) -> None:
        """Look again while it goes on."""
        self.query_one("#result").focus()
        if not self.view.has_ended:
            self.set_interval(LOOK_S, self._look)

    @work(exclusive=True, group="look", exit_on_error=False)
    async def _look(self) -> None:
        if not self.is_current or self.view.has_ended:
            return
        try:
            self.view = await asyncio.to_thread(self._runs.view, self.view.run.number)
        except WantuiError:
            return  # the next look may find it
        if self.is_mounted:
            self.query_one("#result", LinesView).show(self._result, from_top=False)
            self.query_one("#beside", LinesView).show(self._beside, from_top=False)

    def _result(self, width: int, styles: TextStyles) -> Lines:
        return result_lines(self.view, self._captions, width, styles)

    def _beside(self, width: int, styles: TextStyles) -> Lines:
        pages: dict[str, Callable[[int, TextStyles], Lines]] = {
            SETTINGS: self._settings,
            ITEMS: partial(items_lines, self.view, self._since),
            COMMANDS: partial(commands_page, self.view),
        }
        return pages[self.page](width, styles)

    def _settings(self, width: int, styles: TextStyles) -> Lines:
        """The settings and paths; beside the result, where nobody has asked for them alone, the items between."""
        settings, paths = settings_lines(self.view, width, styles), paths_lines(self.view, width, styles)
        if self.has_class("-page"):
            return [*settings, [], *paths]
        return [*settings, [], *items_lines(self.view, self._since, width, styles), [], *paths]

    def action_page(self, name: str) -> None:
        """Show a page; where it is narrow, in place of the result, and the same key again goes back."""
        if self.has_class("-page") and self.page == name:
            self._close_page()
            return
        self.page = name
        self.add_class("-page")
        beside = self.query_one("#beside", LinesView)
        beside.show(self._beside)
        beside.focus()

    def _close_page(self) -> None:
        self.remove_class("-page")
        self.page = SETTINGS
        self.query_one("#beside", LinesView).show(self._beside)
        self.query_one("#result").focus()

    def action_back(self) -> None:
        """Go back to the result, and from there to the work."""
        if self.has_class("-page"):
            self._close_page()
        else:
            self.dismiss(None)

    def action_copy(self) -> None:
        """Copy what is of use elsewhere to the terminal's clipboard."""
        is_commands = self.has_class("-page") and self.page == COMMANDS
        text = commands_text(self.view) if is_commands else paths_text(self.view)
        copy(self, text, "the command lines" if is_commands else "the paths of its files")

    def action_hardest(self) -> None:
        """Show the hardest items in the dataset."""
        if self.view.hardest:
            self.dismiss("hardest")
