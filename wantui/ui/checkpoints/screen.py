"""The LoRA files of a run in a list: epoch, losses, size, which is chosen; and what one of them says about itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from textual import work
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from wantui.errors import WantuiError
from wantui.formatting import file_size, home, plural
from wantui.terminal.foreign_text import clean
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.lines_view import LinesView, fact
from wantui.ui.drawing.row_list import MOVES, RowList
from wantui.ui.drawing.styles import Part, fit, right
from wantui.ui.drawing.stylesheets import dialogs_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from wantui.services.checkpoints import Inspected, ListedCheckpoint
    from wantui.ui.drawing.lines_view import Lines
    from wantui.ui.drawing.styles import TextStyles
    from wantui.ui.typed_ahead import TypedAheadApp

AVERAGE = "average"
EXPERT, NUMBER, MARK, SIZE = 6, 9, 2, 10
LABEL = 22
LONGEST = 400
"""Characters of a value of the metadata."""


class CheckpointList(RowList):
    """The files, a row each."""

    BINDINGS = [*MOVES]  # noqa: RUF012  Textual's way

    def __init__(self, files: Sequence[ListedCheckpoint]) -> None:
        super().__init__(id="files")
        self.files = tuple(files)

    def on_mount(self) -> None:
        """Measure."""
        self.rows_changed()

    @property
    def row_count(self) -> int:
        """How many there are."""
        return len(self.files)

    def head(self, y: int, width: int) -> list[Part]:  # noqa: ARG002  there is one line
        """What the columns are."""
        numbers = f"{right('loss', NUMBER)}{right('held out', NUMBER)}{' ' * MARK}{right('size', SIZE)}"
        return [(f" {'':<{EXPERT}}{fit('checkpoint', LABEL)}{numbers}", self.text_styles.dim)]

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """A file: whose, which epochs, losses, size, and whether it is chosen."""
        each, styles = self.files[index], self.text_styles
        found = each.candidate
        loss, held_out = (
            GLYPHS.skipped if value is None else f"{value:.4f}" for value in (found.loss, found.held_out)
        )
        mark = f" {GLYPHS.checkpoint}" if found.is_lowest else ""
        lowest = styles.of_job(str(found.expert)) + styles.strong if found.is_lowest else styles.plain
        chosen = f"  {GLYPHS.chosen} chosen" if each.is_chosen else ""
        room = width - EXPERT - LABEL - 2 * NUMBER - MARK - SIZE
        return [
            (fit(str(found.expert), EXPERT), styles.of_job(str(found.expert))),
            (fit(each.label, LABEL, GLYPHS.ellipsis), styles.strong if under_cursor else styles.plain),
            (right(loss, NUMBER), styles.plain),
            (right(held_out, NUMBER) + fit(mark, MARK), lowest),
            (right(file_size(each.size), SIZE), styles.dim),
            (fit(chosen, max(0, room)), styles.good),
        ]

    def empty(self, width: int) -> list[list[Part]]:
        """What is said where nothing is saved yet."""
        return self.said("No checkpoint is there. One is saved every few epochs: save_every in [run].", width)


class CheckpointsScreen(Dialog["str | None"]):
    """Comes back with `AVERAGE`, the id of a command, or None."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,q", "back", "Go back"),
        Binding("enter", "look_into", "What the file says about itself: metadata, number formats, ranks"),
        Binding("a", "lead_on('average')", "Average checkpoints into one file (post-hoc EMA)"),
        Binding("M", "lead_on('jobs.release')", "Make a release, or prune checkpoints"),
    ]

    def __init__(
        self, number: int, files: Sequence[ListedCheckpoint], look_into: Callable[[ListedCheckpoint], Inspected]
    ) -> None:
        """Prepare.

        Args:
            number: of the run.
            files: its checkpoints.
            look_into: reads one of them.
        """
        super().__init__()
        self._number = number
        self._files = files
        self._look_into = look_into
        self._inspected: Inspected | None = None

    def compose(self) -> ComposeResult:
        """The list, and in its place what a file says."""
        with Vertical(id="checkpoints", classes="dialog") as box:
            box.border_title = Content(f"Checkpoints of run {self._number}")
            yield CheckpointList(self._files)
            yield LinesView(self._lines, id="inspected")

    def on_mount(self) -> None:
        """Begin with the list."""
        self._show_keys()
        self.query_one(CheckpointList).focus()

    def _show_keys(self) -> None:
        keys = "esc list" if self._inspected is not None else "enter metadata  a average (EMA)  M release  esc back"
        self.query_one("#checkpoints", Vertical).border_subtitle = key_hints(keys)

    def _lines(self, width: int, styles: TextStyles) -> Lines:
        return [] if self._inspected is None else inspected_lines(self._inspected, width, styles)

    def action_look_into(self) -> None:
        """Show what the file under the cursor says about itself."""
        listed = self.query_one(CheckpointList)
        if self._inspected is None and listed.files:
            self._inspect(listed.files[listed.cursor])

    @work(exclusive=True, group="inspect", exit_on_error=False)
    async def _inspect(self, each: ListedCheckpoint) -> None:
        try:
            found = await asyncio.to_thread(self._look_into, each)
        except WantuiError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if self.is_mounted:
            self._show(found)

    def _show(self, found: Inspected | None) -> None:
        self._inspected = found
        self.set_class(found is not None, "-inspected")
        view = self.query_one("#inspected", LinesView)
        view.show(self._lines)
        (self.query_one(CheckpointList) if found is None else view).focus()
        self._show_keys()

    def action_back(self) -> None:
        """Go back to the list, and from there to the work."""
        if self._inspected is not None:
            self._show(None)
        else:
            self.dismiss(None)

    def action_lead_on(self, answer: str) -> None:
        """Leave for another question, which gets what is typed behind the key."""
        cast("TypedAheadApp", self.app).opening_again()
        self.dismiss(answer)


def inspected_lines(found: Inspected, width: int, styles: TextStyles) -> Lines:
    """What a LoRA file says about itself."""
    of = found.checkpoint
    lines: Lines = [[(f"{of.expert}, {of.words}", styles.of_job(str(of.expert)) + styles.strong)]]
    inks = styles.dim, styles.plain
    if found.problem is not None:
        lines += fact("problem", found.problem, width, (styles.dim, styles.bad))
    else:
        types = ", ".join(f"{count} {name}" for name, count in found.types)
        lines += fact("tensors", f"{plural(found.tensors, 'tensor')} ({types})", width, inks)
        lines += fact("rank", "/".join(map(str, found.ranks)), width, inks)
        lines += fact("size", file_size(found.size), width, inks)
    lines += fact("file", home(of.path), width, inks)
    lines.append([])
    for key, value in sorted(found.metadata.items()):
        text = clean(value)
        shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}{GLYPHS.ellipsis}"
        lines += fact(key, shown, width, inks, 32 if width >= 100 else 26)  # noqa: PLR2004  ss_ and a long name
    return lines
