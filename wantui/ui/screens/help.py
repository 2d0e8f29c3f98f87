"""The keys of a place, from the commands themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.widgets import Static

from wantui.ui.commands.catalogue import Command, Place, commands_at
from wantui.ui.glyphs import GLYPHS
from wantui.ui.screens.dialog import Dialog
from wantui.ui.stylesheets import dialogs_sheet
from wantui.ui.widgets.theme_inks import inks_of

if TYPE_CHECKING:
    from rich.text import Text
    from textual.app import ComposeResult

KEY_WIDTH = 14


class HelpScreen(Dialog[None]):
    """What can be done where one is, then what can be done everywhere, then what the signs mean."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [("escape,question_mark,q,f1,enter", "dismiss", "Close")]  # noqa: RUF012  Textual's way

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place

    def compose(self) -> ComposeResult:
        """A list that scrolls."""
        with VerticalScroll(id="help", classes="dialog") as box:
            box.border_title = "Keys"
            box.border_subtitle = "esc closes"
            yield Static(self._text(), markup=False)

    def _text(self) -> Text:
        from rich.text import Text  # noqa: PLC0415  only here

        inks = inks_of(self)
        text = Text()
        for place in (self._place, Place.EVERYWHERE):
            title = "Everywhere" if place is Place.EVERYWHERE else f"In the {place.value} pane"
            text.append(f"{title}\n", inks.strong)
            for command in commands_at(place):
                if command.keys:
                    text.append(f"  {self._keys(command):<{KEY_WIDTH}}", inks.accent)
                    text.append(f"{command.says}\n", inks.plain)
            text.append("\n")
        text.append("Signs\n", inks.strong)
        signs = (
            (GLYPHS.current, inks.good, "item: every cache current; job: done"),
            (GLYPHS.stale, inks.caution, "item: a cache is stale: caption, image or size has changed since"),
            (GLYPHS.encoding, inks.accent, "item: being encoded"),
            (GLYPHS.missing, inks.dim, "item: not cached yet"),
            (GLYPHS.problem, inks.bad, "item: a problem that the trainer would trip over"),
            (GLYPHS.running, inks.good, "job: running"),
            (GLYPHS.waiting, inks.dim, "job: waiting, the note says for what"),
            (GLYPHS.failed, inks.bad, "job: failed, the note says why"),
            (GLYPHS.stopped, inks.caution, "job: stopped"),
            (GLYPHS.skipped, inks.dim, "job: skipped, there was nothing to do"),
            (GLYPHS.lost, inks.caution, "job: lost, ended while nobody could see how"),
        )
        for sign, ink, says in signs:
            text.append(f"  {sign:<{KEY_WIDTH}}", ink)
            text.append(f"{says}\n", inks.plain)
        return text

    def _keys(self, command: Command) -> str:
        names = {
            "down": "down",
            "question_mark": "?",
            "slash": "/",
            "escape": "esc",
            "pagedown": "pgdn",
            "pageup": "pgup",
            "asterisk": "*",
            "apostrophe": "'",
        }
        keys = [names.get(key, key) for key in command.keys.split(",")]
        return " ".join([command.key, *[key for key in keys if key != command.key][:1]])
