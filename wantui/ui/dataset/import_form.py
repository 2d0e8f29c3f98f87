"""Media from elsewhere: name a file or folder, see what would be copied under which names, have it done."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from wantui.errors import WantuiError
from wantui.formatting import count, file_size, plural
from wantui.terminal.foreign_text import clean
from wantui.ui.dialogs.choice_field import ChoiceField
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.dialogs.path_input import PathInput
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.timer import Timer

    from wantui.dataset.model import Subset
    from wantui.services.annotations import ImportPlan
    from wantui.services.importing import Importing
    from wantui.ui.drawing.styles import TextStyles

DEBOUNCE_S = 0.25
"""What is being typed is waited for."""
MOST_LISTED = 200
"""Collisions and files left out that are listed, each."""


class ImportForm(Dialog[int]):
    """Comes back with how many media were imported."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape", "leave", "Leave", show=False),
        Binding("ctrl+s", "copy", "Copy", show=False),
        Binding("down", "app.focus_next", "Go to the next field", show=False),
        Binding("up", "app.focus_previous", "Go to the field before", show=False),
        Binding("pagedown", "scroll_plan(1)", "Scroll down the list", show=False),
        Binding("pageup", "scroll_plan(-1)", "Scroll up the list", show=False),
    ]

    def __init__(self, importing: Importing, targets: Sequence[Subset], base: Path) -> None:
        super().__init__()
        self._importing = importing
        self._targets = {_named(subset): subset for subset in targets}
        self._base = base
        self._plan: ImportPlan | None = None
        self._timer: Timer | None = None
        self._is_copying = False

    def compose(self) -> ComposeResult:
        """Where from, where to, what it would do."""
        names = tuple(self._targets)
        with Vertical(id="import", classes="dialog") as box:
            box.border_title = "Import images, clips and their captions"
            box.border_subtitle = key_hints("enter copy  tab complete  pgdn scroll  esc close")
            yield Static("from", classes="label", markup=False)
            yield PathInput("", self._base, id="path")
            yield Static("into", classes="label", markup=False)
            yield ChoiceField(names, names[0], id="target")
            with VerticalScroll(id="import-plan", can_focus=False):
                yield Static("Name a file or a folder; nothing is moved or overwritten.", id="plan", markup=False)
            yield Static("", id="verdict", markup=False)

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one(PathInput).focus()

    @on(PathInput.Candidates)
    def _candidates(self, message: PathInput.Candidates) -> None:
        if len(message.names) > 1:
            self.query_one("#plan", Static).update("  ".join(map(clean, message.names[:MOST_LISTED])))

    @on(Input.Changed)
    @on(ChoiceField.Changed)
    def _changed(self) -> None:
        self._plan = None
        self._say("", "dim")
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DEBOUNCE_S, self._look)

    def _look(self) -> None:
        field = self.query_one(PathInput)
        if field.value.strip():
            self._find_plan(field.path, self._target)

    @property
    def _target(self) -> Subset:
        return self._targets[self.query_one(ChoiceField).value]

    @work(thread=True, exclusive=True, group="plan", exit_on_error=False)
    def _find_plan(self, source: Path, target: Subset) -> None:
        worker = get_current_worker()
        if not source.exists():
            self.app.call_from_thread(self._say, f"{source}: no such file or folder", "dim")
            return
        try:
            found: ImportPlan | str = self._importing.plan(source, target)
        except WantuiError as error:
            found = str(error)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._planned, source, target, found)

    def _planned(self, source: Path, target: Subset, found: ImportPlan | str) -> None:
        if not self.is_mounted or source != self.query_one(PathInput).path or target is not self._target:
            return
        if isinstance(found, str):
            self._say(found, "bad")
            return
        self._plan = found
        self.query_one("#plan", Static).update(plan_text(found, text_styles_of(self)))
        if found.copies:
            self._say(f"enter copies {plural(found.media, 'item')}", "good")
        else:
            self._say("nothing to copy", "bad")

    @on(Input.Submitted)
    @on(ChoiceField.Submitted)
    def _submitted(self) -> None:
        self.action_copy()

    def action_copy(self) -> None:
        """Copy what is planned."""
        if self._plan is None or not self._plan.copies:
            self.app.bell()
        elif not self._is_copying:
            self._copy(self._plan)

    @work(exclusive=True, group="copy", exit_on_error=False)
    async def _copy(self, plan: ImportPlan) -> None:
        self._is_copying = True
        whole = max(1, plan.size)

        def copied(size: int) -> None:
            said = f"copying: {size * 100 // whole} % of {file_size(whole)}"
            self.app.call_from_thread(self._say, said, "dim")

        try:
            await asyncio.to_thread(self._importing.carry_out, plan, copied)
        except WantuiError as error:
            self._say(str(error), "bad")
        else:
            self.dismiss(plan.media)
        finally:
            self._is_copying = False

    def _say(self, text: str, tone: str) -> None:
        verdict = self.query_one("#verdict", Static)
        verdict.update(clean(text))
        verdict.set_classes(f"-{tone}")

    def action_leave(self) -> None:
        """Leave; an import under way is waited for, since it is one step."""
        if self._is_copying:
            self.app.bell()
        else:
            self.dismiss(0)

    def action_scroll_plan(self, pages: int) -> None:
        """Move through the plan while the path has the keys."""
        plan = self.query_one("#import-plan", VerticalScroll)
        plan.scroll_relative(y=pages * max(1, plan.size.height - 1), animate=False)


def plan_text(plan: ImportPlan, styles: TextStyles) -> Text:
    """What an import would do."""
    text = Text()
    captions = len(plan.copies) - plan.media
    text.append(f"{plural(plan.media, 'item')} with {plural(captions, 'caption')}", styles.strong)
    text.append(f", {file_size(plan.size)}, into {clean(str(plan.folder))}\n", styles.dim)
    for collision in plan.collisions[:MOST_LISTED]:
        goes = f"becomes {clean(collision.target.name)}" if collision.target else "is left out"
        text.append(f"{GLYPHS.problem} ", styles.caution)
        text.append(f"{clean(collision.source.name)} {goes}: it {clean(collision.why)}\n")
    _more(text, len(plan.collisions), styles)
    for path, why in plan.skipped[:MOST_LISTED]:
        text.append(f"{GLYPHS.skipped} {clean(path.name)} {clean(why)}\n", styles.dim)
    _more(text, len(plan.skipped), styles)
    return text


def _more(text: Text, number: int, styles: TextStyles) -> None:
    if number > MOST_LISTED:
        text.append(f"  and {count(number - MOST_LISTED)} more\n", styles.dim)


def _named(subset: Subset) -> str:
    folder = subset.media_directory
    return f"{subset.index + 1} {folder.name if folder else ''}"
