"""Comparing two runs: which other one, and how they differ."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from wantui.formatting import clock_and_day
from wantui.terminal.foreign_text import clean
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.lines_view import Lines, LinesView, fact, wrapped
from wantui.ui.drawing.row_list import RowList
from wantui.ui.drawing.styles import Part, fit, right
from wantui.ui.drawing.stylesheets import dialogs_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import ComposeResult

    from wantui.jobs.model import Run
    from wantui.services.comparing import RunsCompared
    from wantui.ui.drawing.styles import TextStyles

NUMBER = 9


class RunChoices(RowList):
    """Trainings, the newest first."""

    HEAD_LINES = 0

    def __init__(self, runs: Sequence[Run]) -> None:
        super().__init__(id="run-choices")
        self.runs = tuple(sorted(runs, key=lambda run: -run.number))
        self.can_focus = False

    def on_mount(self) -> None:
        """Measure."""
        self.rows_changed()

    @property
    def row_count(self) -> int:
        """How many there are."""
        return len(self.runs)

    def now(self) -> float:
        """The time, which tests hold still."""
        return time.time()

    def row(self, index: int, width: int, *, under_cursor: bool) -> list[Part]:
        """A run: number, name, how its jobs stand, when it was queued."""
        run, styles = self.runs[index], self.text_styles
        kept = run.settings.get("run")
        suffix = str(kept.get("suffix") or "") if isinstance(kept, dict) else ""
        states = ", ".join(dict.fromkeys(str(job.state) for job in run.jobs if job.state != "skipped"))
        when = clock_and_day(run.created, now=self.now())
        end = right(f"{states}  {when}", 0)
        room = max(8, width - len(end) - 8)
        return [
            (f"{run.number:>4}  ", styles.strong if under_cursor else styles.plain),
            (fit(clean(suffix), room, GLYPHS.ellipsis), styles.plain),
            (f"  {end}", styles.dim),
        ]


class ChooseRun(Dialog[int | None]):
    """Comes back with the run to compare with, or with None. The keys are the dialog's own."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,q", "dismiss", "Leave"),
        Binding("enter", "choose", "Compare with this one"),
        Binding("j,down", "move(1)", "Next run"),
        Binding("k,up", "move(-1)", "Previous run"),
        Binding("pagedown", "move(10)", "Down a page"),
        Binding("pageup", "move(-10)", "Up a page"),
        Binding("ctrl+d", "move(5)", "Down half a page"),
        Binding("ctrl+u", "move(-5)", "Up half a page"),
    ]

    def __init__(self, number: int, others: Sequence[Run]) -> None:
        super().__init__()
        self._number = number
        self._list = RunChoices(others)

    def compose(self) -> ComposeResult:
        """The list; it begins with the run before."""
        with Vertical(id="choose-run", classes="dialog") as box:
            box.border_title = f"Compare run {self._number} with"
            box.border_subtitle = key_hints("enter compare  esc close")
            yield self._list

    def on_mount(self) -> None:
        """Begin with the training before this one."""
        earlier = [at for at, run in enumerate(self._list.runs) if run.number < self._number]
        self._list.move_to(earlier[0] if earlier else 0)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self._list.move_to(self._list.cursor + by)

    def action_choose(self) -> None:
        """Compare with it."""
        self.dismiss(self._list.runs[self._list.cursor].number)


class CompareScreen(Dialog[str | None]):
    """How two runs differ; comes back with ``curves`` where they are to be laid over each other."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,enter,q,d", "dismiss", "Close"),
        Binding("v,L", "dismiss('curves')", "Overlay their curves"),
    ]

    def __init__(self, found: RunsCompared) -> None:
        super().__init__()
        self._found = found

    def compose(self) -> ComposeResult:
        """A text that scrolls."""
        one, other = self._found.one, self._found.other
        title = f"Run {one.run.number} {one.suffix} {GLYPHS.arrow} run {other.run.number} {other.suffix}"
        with Vertical(id="compare", classes="dialog") as box:
            box.border_title = Content(clean(title))
            box.border_subtitle = key_hints("v curves  esc close")
            yield LinesView(lambda width, styles: compared_lines(self._found, width, styles), id="compared-text")

    def on_mount(self) -> None:
        """Let it scroll."""
        self.query_one("#compared-text").focus()


def compared_lines(found: RunsCompared, width: int, styles: TextStyles) -> Lines:
    """Differences alone: settings, items and captions, results, and the epochs of both."""
    lines: Lines = []
    for title, part in (
        (
            "settings",
            list(_changes([(each.what, each.was, each.now) for each in found.differs.settings], width, styles)),
        ),
        ("items", list(_items(found, width, styles))),
        ("captions", list(_captions(found, width, styles))),
        ("results", list(_changes([(each.what, each.was, each.now) for each in found.results], width, styles))),
        ("epoch by epoch", list(_epochs(found, styles))),
    ):
        if part:
            lines += [*([[]] if lines else []), [(title, styles.strong)], *part]
    if not found.differs:
        lines = [[("The same settings, trainer and items.", styles.dim)], *([[]] if lines else []), *lines]
    return lines


def _changes(changes: list[tuple[str, str, str]], width: int, styles: TextStyles) -> Iterator[list[Part]]:
    label = 2 + max((len(what) for what, _, _ in changes), default=0) + 2
    for what, was, now in changes:
        yield from fact(f"  {what}", f"{was} {GLYPHS.arrow} {now}", width, (styles.dim, styles.plain), min(label, 28))


def _items(found: RunsCompared, width: int, styles: TextStyles) -> Iterator[list[Part]]:
    items = found.differs.items
    for what, names in (
        ("added", items.added),
        ("removed", items.removed),
        ("other pixels", items.repixelled),
        ("other size", items.resized),
    ):
        if names:
            yield from fact(f"  {len(names)} {what}", ", ".join(names), width, (styles.dim, styles.plain), 20)


def _captions(found: RunsCompared, width: int, styles: TextStyles) -> Iterator[list[Part]]:
    for each in found.differs.captions:
        yield [(f"  {clean(each.what)}", styles.plain)]
        for mark, text, ink in (("-", each.was, styles.bad), ("+", each.now, styles.good)):
            for at, piece in enumerate(wrapped(text, width - 6) or [""]):
                yield [(f"    {mark if at == 0 else ' '} ", ink), (piece, styles.plain)]


def _epochs(found: RunsCompared, styles: TextStyles) -> Iterator[list[Part]]:
    if not found.epochs:
        return
    is_probed = any(value is not None for each in found.epochs for value in each.held_out)
    width = 2 * NUMBER + 3
    heads = f"{'':2}{'epoch':<16}{'loss':<{width}}{'held out' if is_probed else ''}"
    yield [(heads, styles.dim)]
    for each in found.epochs:
        yield [
            (f"  {each.expert:<5}", styles.of_job(each.expert)),
            (f"{each.epoch:<11}", styles.plain),
            *_pair(each.loss, width, styles),
            *(_pair(each.held_out, width, styles) if is_probed else ()),
        ]


def _pair(values: tuple[float | None, float | None], width: int, styles: TextStyles) -> list[Part]:
    """Before and after; a lower one afterwards is marked as good."""
    was, now = (GLYPHS.skipped if value is None else f"{value:.4f}" for value in values)
    is_lower = values[0] is not None and values[1] is not None and values[1] < values[0]
    said = f" {GLYPHS.arrow} "
    return [
        (was + said, styles.dim),
        (fit(now, width - len(was) - len(said)), styles.good if is_lower else styles.plain),
    ]
