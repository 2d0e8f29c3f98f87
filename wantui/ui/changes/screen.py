"""The steps that were made, what each did to which file, and undoing one of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual import work
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.widgets import Static

from wantui.errors import WantuiError
from wantui.terminal.foreign_text import clean
from wantui.ui.changes.step_list import StepChanges, StepList
from wantui.ui.copying import copy
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual import events
    from textual.app import ComposeResult

    from wantui.journal.changes import Step
    from wantui.services.captions import Captions

BESIDE_FROM = 130
"""Columns from which on the difference stands beside the list, and below it where there are fewer."""


class StepsScreen(Dialog[None]):
    """The steps, until they are left."""

    CSS_PATH = dialogs_sheet()
    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,enter,q,H", "dismiss", "Leave", show=False),
        Binding("u", "undo", "Undo this step alone", show=False),
        Binding("ctrl+r", "redo", "Redo what was undone last", show=False),
        Binding("s", "settle", "Keep the newest step for good", show=False),
        Binding("y", "copy", "Copy what was changed", show=False),
        Binding("tab,shift+tab", "app.focus_next", "Go to the files, or back", show=False),
    ]

    def __init__(self, editing: Captions, steps: tuple[Step, ...], root: Path) -> None:
        """Show steps.

        Args:
            editing: undoes them.
            steps: the newest last.
            root: the workspace.
        """
        super().__init__()
        self._editing = editing
        self._steps = steps
        self._root = root
        self.has_changed = False
        """Whether the dataset has to be read again."""

    def compose(self) -> ComposeResult:
        """The steps, the difference, and what was done last."""
        with Vertical(id="history", classes="dialog") as box:
            box.border_title = "What has been changed"
            box.border_subtitle = key_hints("u undo  ctrl+r redo  tab files  s keep  esc")
            with Container(id="history-both"):
                yield StepList()
                yield StepChanges(self._root)
            yield Static("", id="verdict", markup=False)

    def on_mount(self) -> None:
        """Show the newest step."""
        steps = self.query_one(StepList)
        self.watch(steps, "cursor", self._step_chosen, init=False)
        self._take(self._steps)
        steps.focus()

    def on_resize(self, event: events.Resize) -> None:
        """The difference stands where there is room."""
        self.set_class(event.size.width >= BESIDE_FROM, "-beside")

    def _step_chosen(self) -> None:
        self._show_changes()

    def _take(self, steps: tuple[Step, ...]) -> None:
        self.query_one(StepList).steps = tuple(reversed(steps))
        self._show_changes()

    @work(exclusive=True, group="changes", exit_on_error=False)
    async def _show_changes(self) -> None:
        """What the step under the cursor did: that is read from the disk."""
        step, shown = self.query_one(StepList).chosen, self.query_one(StepChanges)
        if step is None:
            shown.changes = ()
            return
        try:
            found = await asyncio.to_thread(tuple, step.changes)
        except WantuiError as error:
            shown.note, found = str(error), ()
        shown.changes = found

    def action_copy(self) -> None:
        """Copy what the step under the cursor has changed."""
        step = self.query_one(StepList).chosen
        copy(self, None if step is None else step.what, "the change")

    def action_undo(self) -> None:
        """Undo the step under the cursor, and no other."""
        step = self.query_one(StepList).chosen
        if step is None:
            self._say("There is nothing to undo.")
        elif step.is_undone:
            self._say("It is already undone: ctrl+r redoes the last undo.")
        else:
            self._do(lambda: self._editing.undo(step.number), "Undone")

    def action_redo(self) -> None:
        """Do again what was undone last."""
        self._do(self._editing.redo, "Redone")

    def action_settle(self) -> None:
        """Let the newest step stand that somebody else has changed files of."""
        self._do(self._editing.settle, "Kept for good")

    @work(group="step", exit_on_error=False)
    async def _do(self, act: Callable[[], Step | None], said: str) -> None:
        try:
            step = await asyncio.to_thread(act)
            steps: Any = await asyncio.to_thread(self._editing.steps)
        except WantuiError as error:
            self._say(f"Nothing was written: {error}", "bad")
            return
        if step is None:
            self._say("Nothing left to undo or redo.")
            return
        self.has_changed = True
        self._take(steps)
        self._say(f"{said}: {step.what}.", "good")

    def _say(self, text: str, tone: str = "dim") -> None:
        verdict = self.query_one("#verdict", Static)
        verdict.set_classes(f"-{tone}")
        verdict.update(clean(text))
