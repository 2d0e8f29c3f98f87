"""Everything that is wrong with the dataset, and the keys that fix it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static
from textual.worker import get_current_worker

from wantui.errors import WantuiError
from wantui.formatting import plural
from wantui.terminal.foreign_text import clean, clean_lines
from wantui.ui.copying import copy
from wantui.ui.dataset.problem_list import ProblemList
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from wantui.fixes.model import Fix
    from wantui.services.captions import Captions
    from wantui.services.fixes import Fixes

MOST_NAMED = 8
"""Fixes that a question names before it counts the rest."""


class ProblemsScreen(Dialog[Path | None]):
    """Comes back with the file whose item is to be gone to, or None."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,q,p", "leave", "Leave", show=False),
        Binding("enter", "go_there", "Go to the item", show=False),
        Binding("m", "mend", "Fix this one", show=False),
        Binding("M", "mend_all", "Fix all like this", show=False),
        Binding("u", "undo", "Undo", show=False),
        Binding("y", "copy", "Copy the path of the file", show=False),
    ]

    def __init__(self, fixing: Fixes, editing: Captions) -> None:
        super().__init__()
        self._fixing = fixing
        self._editing = editing
        self.has_changed = False
        """Whether the dataset has to be read again."""
        self._refused = False
        """Whether the last line says of the row under the cursor that `m` cannot fix it."""
        self._looked = ""
        """How far the look at the images is."""

    def compose(self) -> ComposeResult:
        """The list, the problem under the cursor in full, and what was done last."""
        with Vertical(id="problems", classes="dialog") as box:
            box.border_title = "Problems"
            box.border_subtitle = key_hints("m fix  M fix all like this  u undo  enter go to item  n next kind  esc")
            yield ProblemList()
            with VerticalScroll(id="problem-more", can_focus=False):
                yield Static("", id="problem-says", markup=False)
            yield Static("", id="verdict", markup=False)

    def on_mount(self) -> None:
        """Look."""
        found = self.query_one(ProblemList)
        found.note = "Reading the dataset."
        found.focus()
        self.watch(found, "cursor", self._moved, init=False)
        self._look()

    @work(exclusive=True, group="look", exit_on_error=False)
    async def _look(self) -> None:
        """What is quick to find first; then every image is decoded, which finds damage and what looks alike."""
        await self._read()
        known = len(self.query_one(ProblemList).troubles)
        worker = get_current_worker()
        self._tell_look("Checking every image for damage and near duplicates.")
        try:
            found = await asyncio.to_thread(self._fixing.examine, lambda: worker.is_cancelled)
        except WantuiError as error:
            self._say(str(error), "bad")
            return
        if found:
            self.has_changed = True  # the other panes count what was found too
            await self._read()
        more = len(self.query_one(ProblemList).troubles) - known
        self._tell_look(
            f"{plural(more, 'more problem')} found in the images." if more > 0 else "Every image was checked."
        )

    def _tell_look(self, text: str) -> None:
        self._looked = text
        self._say(text)

    async def _read(self) -> None:
        found = self.query_one(ProblemList)
        try:
            troubles = await asyncio.to_thread(self._fixing.troubles)
        except WantuiError as error:
            found.note = str(error)
            return
        found.note = "Nothing is wrong with the dataset."
        found.troubles = troubles
        self._tell_more()
        title = "Problems" if not troubles else f"{plural(len(troubles), 'problem')}"
        self.query_one("#problems").border_title = Content(title)

    @property
    def _no_trouble(self) -> str:
        """Why there is nothing to fix."""
        return f"Nothing to fix. {self.query_one(ProblemList).note}"

    def _moved(self) -> None:
        self._tell_more()
        if self._refused:
            self._say(self._looked)

    def _refuse(self, text: str) -> None:
        self._say(text, "bad")
        self._refused = True

    def _tell_more(self) -> None:
        """The problem under the cursor, however long its line is."""
        trouble, text = self.query_one(ProblemList).trouble, Text()
        if trouble is not None:
            problem, styles = trouble.problem, text_styles_of(self)
            text.append(f"{clean(problem.path.name)}: {clean_lines(problem.message)}\n")
            text.append(f"{GLYPHS.arrow} {clean_lines(trouble.helps)}", styles.good if trouble.fix else styles.dim)
        self.query_one("#problem-says", Static).update(text)

    def _say(self, text: str, tone: str = "dim") -> None:
        verdict = self.query_one("#verdict", Static)
        verdict.update(clean(text))
        verdict.set_classes(f"-{tone}")
        self._refused = False

    @work(exclusive=True, group="mend", exit_on_error=False)
    async def action_mend(self) -> None:
        """Fix the problem under the cursor; what goes to the trash or is a guess is asked about."""
        trouble = self.query_one(ProblemList).trouble
        if trouble is None:
            self._say(self._no_trouble)
            return
        if trouble.fix is None:
            self._refuse("m cannot fix this one: press enter to go to it.")
            return
        if trouble.fix.asks and not await self._agreed([trouble.fix]):
            return
        await self._carry_out([trouble.fix])

    @work(exclusive=True, group="mend", exit_on_error=False)
    async def action_mend_all(self) -> None:
        """Fix every problem of the kind under the cursor, after showing what that does."""
        group = self.query_one(ProblemList).group
        fixes = [trouble.fix for trouble in group.troubles if trouble.fix is not None] if group else []
        if group is None:
            self._say(self._no_trouble)
        elif not fixes:
            self._refuse("M cannot fix these: press enter to go to one.")
        elif await self._agreed(fixes):
            await self._carry_out(fixes)

    async def _agreed(self, fixes: Sequence[Fix]) -> bool:
        """Whether a person wants this done."""
        lines = [f"{fix.says}" for fix in fixes[:MOST_NAMED]]
        if len(fixes) > MOST_NAMED:
            lines.append(f"and {len(fixes) - MOST_NAMED} more")
        said = "\n".join(["This will be done (u undoes all of it):", *lines])
        answer = await self.app.push_screen_wait(Confirm(said, Answer(("enter", "m"), "do it", "mend")))
        return answer != CANCEL

    async def _carry_out(self, fixes: Sequence[Fix]) -> None:
        try:
            done = await asyncio.to_thread(self._fixing.fix, fixes)
        except WantuiError as error:
            self._say(str(error), "bad")
            return
        self.has_changed = self.has_changed or bool(done.done)
        await self._read()
        if done.left_out:
            self._say(f"{plural(len(done.left_out), 'fix', 'fixes')} failed: {done.left_out[0][1]}", "bad")
        elif len(done.done) == 1:
            self._say(f"Done: {done.done[0].says}. u to undo.", "good")
        else:
            self._say(f"{plural(len(done.done), 'fix', 'fixes')} done. u to undo.", "good")

    @work(exclusive=True, group="mend", exit_on_error=False)
    async def action_undo(self) -> None:
        """Take back the last step."""
        try:
            step = await asyncio.to_thread(self._editing.undo)
        except WantuiError as error:
            self._say(f"Not undone: {error}", "bad")
            return
        if step is None:
            self._say("Nothing has been changed yet.")
            return
        self.has_changed = True
        await self._read()
        self._say(f"Undone: {step.what}.")

    def action_copy(self) -> None:
        """Copy the path of the file that the problem is in."""
        trouble = self.query_one(ProblemList).trouble
        copy(self, None if trouble is None else str(trouble.problem.path), "the path")

    def action_go_there(self) -> None:
        """Leave, and go to the item."""
        trouble = self.query_one(ProblemList).trouble
        self.dismiss(trouble.problem.path if trouble else None)

    def action_leave(self) -> None:
        """Leave."""
        self.dismiss(None)
