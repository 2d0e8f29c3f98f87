"""What a release will be, before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.binding import Binding
from textual.containers import Vertical

from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.lines_view import LinesView
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.releases.release_text import release_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.app import ComposeResult

    from wantui.services.annotations import ReleasePlan
    from wantui.ui.drawing.lines_view import Lines
    from wantui.ui.drawing.styles import TextStyles
    from wantui.ui.typed_ahead import TypedAheadApp

WRITE, NAME, COMFYUI, UPLOAD, COMMAND = "write", "name", "comfyui", "upload", "command"


class ReleaseScreen(Dialog["str | None"]):
    """Comes back with what is to be done next: one of the words above, or None."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,q", "dismiss_nothing", "Go back"),
        Binding("enter", "dismiss('write')", "Write the release"),
        Binding("n", "lead_on('name')", "Give it another name"),
        Binding("c", "lead_on('comfyui')", "Put it into ComfyUI's loras folder as well, or not"),
        Binding("u", "lead_on('upload')", "Upload it to the Hugging Face Hub; a command may follow"),
        Binding("a", "lead_on('command')", "Run the command of [after], such as one that stops the machine, later"),
        Binding("p", "prune", "Prune: move checkpoints that nobody needs to a trash"),
    ]

    def __init__(self, plan: ReleasePlan, prune: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Prepare.

        Args:
            plan: what will be written.
            prune: asks about pruning, above this screen, so that no key falls between two questions.
        """
        super().__init__()
        self._plan = plan
        self._prune = prune

    def compose(self) -> ComposeResult:
        """What will be written."""
        with Vertical(id="release", classes="dialog") as box:
            box.border_title = f"Release of run {self._plan.run}"
            box.border_subtitle = key_hints("enter write  u upload  a command  n name  c ComfyUI  p prune  esc back")
            yield LinesView(self._lines, id="release-lines")

    def on_mount(self) -> None:
        """Scroll it by the keys of a text."""
        self.query_one(LinesView).focus()

    def _lines(self, width: int, styles: TextStyles) -> Lines:
        return release_lines(self._plan, width, styles)

    def action_prune(self) -> None:
        """Ask which checkpoints go to the trash; the release stays, for none of them is in it."""
        self.run_worker(self._prune(), exclusive=True, group="prune", exit_on_error=False)

    def action_lead_on(self, answer: str) -> None:
        """Leave for another question, which gets what is typed behind the key."""
        cast("TypedAheadApp", self.app).opening_again()
        self.dismiss(answer)

    def action_dismiss_nothing(self) -> None:
        """Leave; nothing is written."""
        self.dismiss(None)
