"""What the doctor says of this machine: everything that a night of training needs, and what fixes the rest."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static
from textual.worker import get_current_worker

from wantui.doctor.model import Mark
from wantui.errors import WantuiError
from wantui.formatting import plural
from wantui.terminal.foreign_text import clean, clean_lines
from wantui.ui.copying import copy
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.machine.doctor_list import FindingList

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from wantui.services.setup import Setup
    from wantui.terminal.graphics import TerminalGraphics


COMMAND = re.compile("`([^`]+)`")
"""A command that a fix names."""
OF_A_SETUP = ("wantui setup", "wantui models download")
"""Commands that the checklist of a setup stands for."""
GOING = "The real trainer runs with tiny models; a minute or two. Leaving ends it."


class DoctorScreen(Dialog[bool]):
    """A line a check, below them all of the one under the cursor; comes back with whether to set it up."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,q,K", "leave", "Leave", show=False),
        Binding("U", "set_up", "Set the machine up", show=False),
        Binding("r", "look", "Refresh", show=False),
        Binding("c,y,enter", "copy", "Copy the fix", show=False),
        Binding("S", "smoke", "Test run", show=False),
    ]

    def __init__(self, setting_up: Setup, sight: Callable[[], TerminalGraphics] | None) -> None:
        super().__init__()
        self._setting_up = setting_up
        self._sight = sight

    def compose(self) -> ComposeResult:
        """The list, one finding in full, and a verdict."""
        with Vertical(id="doctor", classes="dialog") as box:
            box.border_title = "Doctor"
            box.border_subtitle = key_hints("n next error  c copy fix  S test run  r refresh  esc")
            yield FindingList()
            with VerticalScroll(id="doctor-more", can_focus=False):
                yield Static("", id="doctor-says", markup=False)
            yield Static("", id="verdict", markup=False)

    def on_mount(self) -> None:
        """Look."""
        findings = self.query_one(FindingList)
        findings.focus()
        self.watch(findings, "cursor", self._tell_more, init=False)
        self.action_look()

    @work(exclusive=True, group="look", exit_on_error=False)
    async def action_look(self) -> None:
        """Make every check, in a thread; it takes a few seconds."""
        found = self.query_one(FindingList)
        found.note = "Checking this machine; the trainer's Python takes a few seconds to answer."
        self._say("looking", "dim")
        try:
            found.findings = await asyncio.to_thread(self._setting_up.findings, self._sight)
        except WantuiError as error:
            found.note = str(error)
            self._say(str(error), "bad")
            return
        self._tell_more()
        bad = sum(finding.mark is Mark.BAD for finding in found.findings)
        cautions = sum(finding.mark is Mark.CAUTION for finding in found.findings)
        if bad:
            by_setup = any(cure in (finding.cure or "") for finding in found.findings for cure in OF_A_SETUP)
            said = " U sets the machine up." if by_setup else ""
            self._say(f"{plural(bad, 'error')} to fix first, {plural(cautions, 'warning')}.{said}", "bad")
        else:
            said = f"; {plural(cautions, 'thing')} to know of" if cautions else ""
            self._say(f"No errors found{said}. S runs a short test training.", "good")

    def _say(self, text: str, tone: str) -> None:
        verdict = self.query_one("#verdict", Static)
        verdict.update(clean(text))
        verdict.set_classes(f"-{tone}")

    def _tell_more(self) -> None:
        finding, styles = self.query_one(FindingList).chosen, text_styles_of(self)
        text = Text()
        if finding is not None:
            text.append(f"{clean_lines(finding.seen)}\n")
            if finding.cure is not None:
                text.append(f"{GLYPHS.arrow} {clean_lines(finding.cure)}\n", styles.accent)
        self.query_one("#doctor-says", Static).update(text)

    @work(thread=True, exclusive=True, group="smoke", exit_on_error=False)
    def action_smoke(self) -> None:
        """Run the real trainer with tiny models, and show each stage as it ends; leaving ends it."""
        worker, lines = get_current_worker(), list[str]()

        def say(line: str) -> None:
            lines.append(line)
            if not worker.is_cancelled:
                self.app.call_from_thread(self._show_smoke, lines, "dim", GOING)

        self.app.call_from_thread(self._show_smoke, [], "dim", GOING)
        try:
            works = self._setting_up.smoke(say, lambda: worker.is_cancelled)
        except WantuiError as error:
            self.app.call_from_thread(self._show_smoke, [str(error)], "bad", "It could not begin.")
            return
        if not worker.is_cancelled:
            tone, said = ("good", "The test run succeeded.") if works else ("bad", "The test run failed: see above.")
            self.app.call_from_thread(self._show_smoke, lines, tone, said)

    def _show_smoke(self, lines: list[str], tone: str, said: str) -> None:
        if self.is_attached:
            self.query_one("#doctor-says", Static).update(Text("\n".join(map(clean, lines))))
            self._say(said, tone)

    def action_copy(self) -> None:
        """Hand the command that fixes it to the terminal's clipboard, or where there is none, the advice."""
        finding = self.query_one(FindingList).chosen
        if finding is None or finding.cure is None:
            self._say("Nothing is to be done there.", "dim")
            return
        command = COMMAND.search(finding.cure)
        copy(self, finding.cure if command is None else command[1], "the fix")

    def action_leave(self) -> None:
        """Leave."""
        self.dismiss(False)

    def action_set_up(self) -> None:
        """Leave for the checklist."""
        self.dismiss(True)
