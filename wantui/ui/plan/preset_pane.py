"""Presets beside the run form, or over it where it is narrow: which there are, and what each would change."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from wantui.errors import WantuiError
from wantui.terminal.foreign_text import clean
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.row_list import MOVES, RowList
from wantui.ui.drawing.styles import Part, fit
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from wantui.services.runs import Runs


class PresetList(RowList):
    """What there is without a preset, and the presets."""

    HEAD_LINES = 0
    BINDINGS = [*MOVES, Binding("enter", "choose", "Apply the preset")]  # noqa: RUF012  Textual's way

    class Chosen(Message):
        """Enter has been pressed on a row, or the cursor is on another one."""

        def __init__(self, name: str | None, *, is_applied: bool) -> None:
            super().__init__()
            self.name = name
            """Of the preset; None: without one."""
            self.is_applied = is_applied

    def __init__(self, names: tuple[str, ...], nothing: str, applied: str | None) -> None:
        super().__init__(id="preset-list")
        self._names: tuple[str | None, ...] = (None, *names)
        self._nothing = nothing
        self.applied = applied

    def on_mount(self) -> None:
        """Measure, and begin with the one that is applied."""
        self.rows_changed()
        self.move_to(self._names.index(self.applied) if self.applied in self._names else 0)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._names)

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """A preset; the applied one is told by its sign."""
        styles, name = self.text_styles, self._names[index]
        is_applied = name == self.applied
        ink = styles.strong if is_applied or under_cursor else styles.plain
        sign = GLYPHS.chosen if is_applied else GLYPHS.other
        return [(f"{sign} ", styles.accent), (fit(clean(name or self._nothing), width - 2, GLYPHS.ellipsis), ink)]

    def cursor_moved(self) -> None:
        """Let what it would change be told."""
        self.post_message(self.Chosen(self._names[self.cursor], is_applied=False))

    def action_choose(self) -> None:
        """Apply the preset under the cursor."""
        self.post_message(self.Chosen(self._names[self.cursor], is_applied=True))


class PresetPane(Vertical):
    """The list, and below it what the preset under the cursor would change."""

    @dataclass
    class Applied(Message):
        """A preset is to be applied."""

        name: str | None
        """None: none."""

    def __init__(self, runs: Runs, names: tuple[str, ...], like: int | None, applied: str | None) -> None:
        """Prepare.

        Args:
            runs: is asked what a preset would change.
            names: of the presets.
            like: the run that the form is filled from; None: from ``wantui.toml``.
            applied: the preset that is applied; None: none.
        """
        super().__init__(id="presets")
        self._runs = runs
        self._like = like
        self._list = PresetList(names, "only wantui.toml" if like is None else f"only run {like}", applied)

    def compose(self) -> ComposeResult:
        """The list, and what it would change."""
        yield Static("presets", classes="title", markup=False)
        yield self._list
        yield Static("", id="preset-says", markup=False)

    def mark(self, applied: str | None) -> None:
        """Show which one is applied."""
        self._list.applied = applied
        self._list.refresh()

    def on_preset_list_chosen(self, message: PresetList.Chosen) -> None:
        """Tell what it would change, or apply it."""
        message.stop()
        if message.is_applied:
            self.post_message(self.Applied(message.name))
        else:
            self._tell(message.name)

    @work(exclusive=True, group="preset changes", exit_on_error=False)
    async def _tell(self, name: str | None) -> None:
        styles = text_styles_of(self)
        text = Text("enter goes back to it", styles.dim)
        if name is not None:
            try:
                changes = await asyncio.to_thread(self._runs.preset_changes, name, self._like)
                said = "\n".join(map(clean, changes)) or "changes nothing"
                text = (
                    Text("", styles.plain)
                    .append("enter", styles.accent)
                    .append(" applies\n", styles.dim)
                    .append(said)
                )
            except WantuiError as error:
                text = Text(clean(str(error)), styles.bad)
        if self.is_mounted:
            self.query_one("#preset-says", Static).update(text)


class ChoosePreset(Dialog[PresetPane.Applied | None]):
    """The same where there is no room beside the form; comes back with what is to be applied, or with None."""

    CSS_PATH = dialogs_sheet()
    BINDINGS = [Binding("escape,q", "dismiss", "Leave")]  # noqa: RUF012  Textual's way

    def __init__(self, pane: PresetPane) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        """The pane."""
        with Vertical(id="choose-preset", classes="dialog") as box:
            box.border_title = "Presets"
            box.border_subtitle = key_hints("enter apply  esc close")
            yield self._pane

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one(PresetList).focus()

    def on_preset_pane_applied(self, message: PresetPane.Applied) -> None:
        """Come back with it."""
        self.dismiss(message)
