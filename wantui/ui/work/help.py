"""The keys of a place, from the commands themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.widgets import Static

from wantui.jobs.model import JobState
from wantui.listing.rows import ItemStatus
from wantui.ui.commands.catalogue import Command, Place, commands_at
from wantui.ui.dataset.item_row import status_mark
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.runs.job_rows import job_mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Group
    from rich.style import Style
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
            styles = text_styles_of(self)
            for place in (self._place,) if self._place is Place.CURVES else (self._place, Place.EVERYWHERE):
                title = "Everywhere" if place is Place.EVERYWHERE else f"In the {place.value} pane"
                title = "On this screen" if place is Place.CURVES else title
                rows = [(self._keys(each), styles.accent, each.says) for each in commands_at(place) if each.keys]
                yield Static(self._section(title, rows), markup=False)
            signs = self._curve_signs() if self._place is Place.CURVES else self._signs()
            yield Static(self._section("Signs", signs), markup=False)

    def _section(self, title: str, rows: Iterable[tuple[str, Style, str]]) -> Group:
        """Keys or signs in a column of their own, so that a long sentence goes on beside them and not below."""
        from rich.console import Group  # noqa: PLC0415  only here
        from rich.table import Table  # noqa: PLC0415  only here
        from rich.text import Text  # noqa: PLC0415  only here

        styles = text_styles_of(self)
        table = Table.grid(expand=True)
        table.add_column(width=KEY_WIDTH + 2)
        table.add_column(ratio=1)
        for key, ink, says in rows:
            table.add_row(Text(f"  {key}", ink), Text(says, styles.plain))
        return Group(Text(title, styles.strong), table, Text())

    def _signs(self) -> tuple[tuple[str, Style, str], ...]:
        styles = text_styles_of(self)
        signs = (
            (status_mark(ItemStatus.CURRENT, styles), "item: every cache current; job: done"),
            (
                status_mark(ItemStatus.STALE, styles),
                "item: a cache is stale: caption, image or size has changed since",
            ),
            (status_mark(ItemStatus.STALE, styles, encoding=True), "item: being encoded"),
            (status_mark(ItemStatus.MISSING, styles), "item: not cached yet"),
            (status_mark(ItemStatus.PROBLEM, styles), "item: a problem that the trainer would trip over"),
            (job_mark(JobState.RUNNING, styles), "job: running"),
            (job_mark(JobState.QUEUED, styles), "job: waiting, the note says for what"),
            (job_mark(JobState.FAILED, styles), "job: failed, the note says why"),
            (job_mark(JobState.CANCELLED, styles), "job: stopped"),
            (job_mark(JobState.SKIPPED, styles), "job: skipped, there was nothing to do"),
            (job_mark(JobState.LOST, styles), "job: lost, ended while nobody could see how"),
        )
        return tuple((*mark, says) for mark, says in signs)

    def _curve_signs(self) -> tuple[tuple[str, Style, str], ...]:
        styles = text_styles_of(self)
        return (
            (GLYPHS.curve, styles.high, "the trainer's mean over an epoch; dots: single steps"),
            (GLYPHS.compared, styles.high_dim, "the same of another run"),
            (GLYPHS.checkpoint, styles.plain, "a LoRA file was saved here"),
            (GLYPHS.went_on, styles.dim, "another attempt went on from here"),
            (GLYPHS.no_number, styles.bad, "the trainer told a loss that is no number"),
        )

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
            "plus": "+",
            "equals_sign": "=",
            "minus": "-",
            "underscore": "_",
            "left": "arrows" if command.key == "arrows" else "left",
        }
        keys = [names.get(key, key) for key in command.keys.split(",")]
        return " ".join([command.key, *[key for key in keys if key not in command.key.split()][:1]])
