"""The curves screen: what its keys do, and the thread that reads while it is there."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Self

from textual.message import Message
from textual.worker import get_current_worker

from wantui.errors import WantuiError
from wantui.formatting import count, duration
from wantui.jobs.model import EXPERT_KINDS
from wantui.services.curves import XAxis
from wantui.terminal.foreign_text import clean
from wantui.ui.commands.bindings import bindings_at
from wantui.ui.commands.catalogue import BY_ID, Place
from wantui.ui.commands.command_table import commands_of
from wantui.ui.curves.chart import CurveChart
from wantui.ui.curves.data import CurveKind, ExpertCurves, RunCurves, held_still, step_from
from wantui.ui.curves.view import NARROWEST, ZOOM
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.moves import WholeScreen
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.work.key_line import KeyLine
from wantui.ui.work.top_line import TopLine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.geometry import Region

    from wantui.services.annotations import JobView, StepColumns
    from wantui.services.curves import ComparedRun, Curves
    from wantui.ui.curves.data import CurveState
    from wantui.ui.messages.requests import GiveCommand
    from wantui.ui.work.top_line import TopFacts

LOOK_S = 1.0
DRAW_S = 0.1
"""How often it is drawn at most while much is read."""
PAN = 0.25
"""Of the window, that one key moves it by."""
AXES = tuple(XAxis)
SHOWN = tuple(CurveKind)


class CurvesRead(Message):
    """The reader has looked."""

    def __init__(self, *, is_all: bool, has_news: bool = True, trouble: str | None = None) -> None:
        super().__init__()
        self.has_news = has_news
        """Whether there is; jobs may stand otherwise all the same."""
        self.is_all = is_all
        """Whether everything that there is by now has been read."""
        self.trouble = trouble
        """Why it cannot be read."""


def _on_axis(
    columns: StepColumns, x: float, axes: tuple[XAxis, XAxis], units: tuple[float | None, float | None]
) -> float | None:
    """Where `x` of one axis is on the other, by the steps of a job; None: nobody knows."""
    before, after = units
    if before is None or after is None:
        return None
    if axes[0] is XAxis.TIME or axes[1] is XAxis.TIME:
        row = min(columns.row_at(x, axes[0], before), len(columns) - 1)
        return columns.position(row, axes[1], after)
    return x * before / after


class CurvesScreen(WholeScreen[None]):
    """Leaves when a person is done with it."""

    CSS_PATH = dialogs_sheet()
    BINDINGS = bindings_at(Place.CURVES)

    def __init__(
        self,
        curves: Curves,
        run: int,
        compared: Sequence[ComparedRun],
        jobs: Callable[[], tuple[JobView, ...]],
        facts: Callable[[], TopFacts | None],
        *,
        as_picture: bool = False,
    ) -> None:
        """Make it.

        Args:
            curves: where they are read.
            run: whose.
            compared: every run that has made a step.
            jobs: all that there are, as they stand now.
            facts: what the top line says now.
            as_picture: whether the curves are drawn as a picture where the terminal shows some.
        """
        super().__init__()
        self._curves, self._run, self._compared = curves, run, compared
        self._jobs, self._facts = jobs, facts
        self._names = {each.run: each.suffix for each in compared}
        self._chart = CurveChart(as_picture=as_picture)
        self._wake = threading.Event()
        self._waiting: list[Callable[[], None]] = []
        """Keys that were pressed before the first step was read, in their order."""
        self._around = ("", "")
        """What is said above and below the chart."""
        self.state.run = self._of(run)

    def lay_over(self, runs: Sequence[int]) -> None:
        """Overlay other runs; before the screen is shown."""
        self.state.others = [self._of(run) for run in runs]

    @property
    def state(self) -> CurveState:
        """What is shown."""
        return self._chart.state

    def compose(self) -> ComposeResult:
        """The top line, the chart, the keys."""
        yield TopLine()
        yield self._chart
        line = KeyLine()
        line.place = Place.CURVES
        yield line

    def on_mount(self) -> None:
        """Begin to read."""
        self._say()
        self.run_worker(self._read, thread=True, group="curves", exclusive=True, exit_on_error=False)

    def on_unmount(self) -> None:
        """Let the reader see that it is over."""
        self._wake.set()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Draw it again, but not for what has changed on the work screen behind it, which is not seen.

        Textual asks for that with regions, and then sends the whole screen, some 40 kB, each time.
        """
        if regions and not (layout or recompose):
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    # -- reading ----------------------------------------------------------------------------------------------------

    def _of(self, run: int) -> RunCurves:
        """The curves of a run; nothing is read here."""
        experts = [view for view in self._jobs() if view.job.run == run and view.job.kind in EXPERT_KINDS]
        return RunCurves(run, self._names.get(run, ""), [ExpertCurves(v, self._curves.of(v.job)) for v in experts])

    def _read(self) -> None:
        """In a thread: read what there is, then what comes, and say when there is more to draw."""
        worker, drawn_at, trouble = get_current_worker(), 0.0, None

        def told() -> None:
            nonlocal drawn_at
            if time.monotonic() - drawn_at >= DRAW_S:
                drawn_at = time.monotonic()
                self.post_message(CurvesRead(is_all=False))

        is_first = True
        while not worker.is_cancelled and self.is_attached:
            before, trouble, has_news = trouble, None, is_first
            try:
                for expert in [expert for run in self.state.runs for expert in run.experts]:
                    has_news |= expert.curves.refresh(expert.view, told)
            except (WantuiError, OSError) as error:
                trouble = str(error)
            self.post_message(CurvesRead(is_all=True, has_news=has_news or trouble != before, trouble=trouble))
            is_first = False
            self._wake.wait(LOOK_S)
            self._wake.clear()

    def on_curves_read(self, message: CurvesRead) -> None:
        """Draw what there is."""
        state = self.state
        if message.is_all:
            if state.is_reading:
                self._chart.hurry()
            state.is_reading, state.trouble = False, message.trouble
        self.query_one(TopLine).facts = self._facts()
        if not (self._take_views() or message.has_news):
            return
        self._extend()
        if message.is_all or self._has_steps:
            waiting, self._waiting = self._waiting, []
            for act in waiting:
                act()
        self._draw()

    def _take_views(self) -> bool:
        """Take the jobs as they stand now; whether that changes what is drawn."""
        views, is_other = {view.job.id: view for view in self._jobs()}, False
        for expert in [expert for run in self.state.runs for expert in run.experts]:
            before, now = expert.view, views.get(expert.view.job.id, expert.view)
            is_other |= (before.job.state, before.progress.steps) != (now.job.state, now.progress.steps)
            expert.view = now
        return is_other

    @property
    def _has_steps(self) -> bool:
        return any(len(each.columns) for run in self.state.runs for each in run.experts)

    def _extend(self) -> None:
        state = self.state
        with held_still(state.runs):
            ends = [run.end(state.axis) for run in state.runs]
            state.view.narrowest = self._narrowest()
            state.view.extend(
                max(ends, default=0.0), max((run.newest(state.axis) for run in state.runs), default=0.0)
            )

    def _narrowest(self) -> float:
        """A few steps, on the axis."""
        state = self.state
        if state.axis is not XAxis.EPOCHS or state.run is None:
            return NARROWEST
        return NARROWEST / max((unit for _, unit in state.run.placed(state.axis)), default=1.0)

    # -- what is said around the chart ------------------------------------------------------------------------------

    def _draw(self) -> None:
        self._say()
        self._chart.changed()

    def _say(self) -> None:
        state = self.state
        name = clean(f"run {self._run} {self._names.get(self._run, '')}".rstrip())
        title = f"{state.shown.capitalize()} {GLYPHS.dot} {name}"
        if state.others:
            title += f" over {', '.join(f'run {each.run}' for each in state.others)}"
        around = title, f" {GLYPHS.dot} ".join(self._how())
        if around != self._around:
            self._around = around
            self._chart.say(*around)

    def _how(self) -> list[str]:
        """Over what it is drawn, how far it has been read, and which part is seen."""
        state = self.state
        said = ["over time" if state.axis is XAxis.TIME else f"over {state.axis}"]
        if state.is_log:
            said.append("log")
        if state.is_reading:
            rows = sum(len(each.columns) for run in state.runs for each in run.experts)
            said.append(f"reading{GLYPHS.ellipsis} {count(rows)} steps" if rows else f"reading{GLYPHS.ellipsis}")
        if not state.view.is_whole:
            low, high = state.view.window
            said.append(f"{self._place(low)} to {self._place(high)} of {self._place(state.view.end)}")
            said.append("follows" if state.view.follows else "0 shows all")
        return said

    def _place(self, x: float) -> str:
        if self.state.axis is XAxis.TIME:
            return duration(x)
        return count(round(x)) if self.state.axis is XAxis.STEPS else f"{x:.4g}"

    # -- what keys do -----------------------------------------------------------------------------------------------

    def _do(self, act: Callable[[], None]) -> None:
        """Do what a key says; before the first step is read it waits for that, and so do those behind it."""
        if self._waiting or (self.state.is_reading and not self._has_steps):
            self._waiting.append(act)
            return
        with held_still(self.state.runs):
            act()
        self._chart.hurry()
        self._draw()

    def action_back(self) -> None:
        """Go back to where it was opened."""
        if self.is_current:
            self.dismiss()

    def action_help(self) -> None:
        """The keys of this screen."""
        from wantui.ui.dialogs.help import HelpScreen  # noqa: PLC0415  opened when asked for
        from wantui.ui.work.help import place_sections  # noqa: PLC0415  the same

        table = commands_of(self)
        self.app.push_screen(HelpScreen("Keys", partial(place_sections, Place.CURVES, table)))

    def on_give_command(self, message: GiveCommand) -> None:
        """A key of the bottom line has been clicked."""
        self.call_later(partial(self.run_action, BY_ID[message.command_id].action))

    def action_shown(self, by: int) -> None:
        """Show another figure."""

        def act() -> None:
            self.state.shown = SHOWN[(SHOWN.index(self.state.shown) + by) % len(SHOWN)]

        self._do(act)

    def action_axis(self) -> None:
        """Go over another axis, with the same steps in sight."""
        self._do(self._turn_axis)

    def _turn_axis(self) -> None:
        state, view = self.state, self.state.view
        after = AXES[(AXES.index(state.axis) + 1) % len(AXES)]
        run = state.run
        expert = max(run.experts, key=lambda each: len(each.columns), default=None) if run else None
        if run is None or expert is None or not len(expert.columns):
            state.axis = after
            return
        if run.unit(expert, after) is None:
            after = AXES[(AXES.index(after) + 1) % len(AXES)]
        units = run.unit(expert, state.axis), run.unit(expert, after)

        def moved(x: float | None) -> float | None:
            return None if x is None else _on_axis(expert.columns, x, (state.axis, after), units)

        low, high, cursor = moved(view.low), moved(view.high), moved(view.cursor)
        state.axis = after
        view.show_all()
        view.cursor = None
        self._extend()
        view.cursor = cursor
        if low is not None and high is not None:
            view.show(low, high)

    def action_log_scale(self) -> None:
        """Draw on a logarithmic scale, or a plain one."""

        def act() -> None:
            self.state.is_log = not self.state.is_log

        self._do(act)

    def action_dots(self) -> None:
        """Draw single steps, or curves alone."""

        def act() -> None:
            self.state.has_dots = not self.state.has_dots

        self._do(act)

    def action_zoom_by(self, by: int) -> None:
        """Show less, or more."""
        self._do(lambda: self.state.view.zoom(ZOOM**by))

    def action_pan(self, by: int) -> None:
        """Move to the left or right."""
        self._do(lambda: self.state.view.pan(PAN * by))

    def action_show_all(self) -> None:
        """Show everything, and follow."""
        self._do(self.state.view.show_all)

    def action_cursor(self, cells: int) -> None:
        """Move the cursor by so many cells, or to the next step where that is farther."""
        self._do(lambda: self._move_cursor(cells))

    def _move_cursor(self, cells: int) -> None:
        state, view = self.state, self.state.view
        low, high = view.window
        if view.cursor is None:  # it begins at the latest step that is seen
            shown = [] if state.run is None else [state.run]
            newest = max((run.newest(state.axis) for run in shown), default=0.0)
            view.cursor = step_from(shown, state.axis, min(high, newest) + 1e-3, -1e-3)
            return
        cell = (high - low) / max(1, self._chart.size.width or self.app.size.width)
        found = step_from(state.runs, state.axis, view.cursor, cells * cell)
        if found is not None:
            view.cursor = found
            view.show_cursor()

    def action_cursor_to(self, end: int) -> None:
        """Move the cursor to the first or the latest step."""

        def act() -> None:
            state = self.state
            shown = [] if state.run is None else [state.run]
            newest = max((run.newest(state.axis) for run in shown), default=0.0)
            aim, by = (-1.0, 1e-3) if end < 0 else (newest + 1.0, -1e-3)
            found = step_from(shown, state.axis, aim, by)
            if found is not None:
                state.view.cursor = found
                state.view.show_cursor()

        self._do(act)

    def action_mark(self, by: int) -> None:
        """Move the cursor to the next or previous mark."""

        def act() -> None:
            state, view = self.state, self.state.view
            marks = [] if state.run is None else state.run.marks(state.axis)
            here = view.cursor if view.cursor is not None else (-1.0 if by > 0 else view.end + 1.0)
            ahead = [x for x in marks if (x - here) * by > 1e-6]  # noqa: PLR2004  not the same
            if not ahead:
                self.notify("No more marks." if marks else "Nothing is marked.", timeout=2, markup=False)
                return
            view.cursor = min(ahead) if by > 0 else max(ahead)
            view.show_cursor()

        self._do(act)

    def action_no_cursor(self) -> None:
        """Take the cursor away: the present figures are told."""

        def act() -> None:
            self.state.view.cursor = None

        self._do(act)

    def action_others(self) -> None:
        """Choose the runs that are laid over."""
        from wantui.ui.curves.compared_runs import ComparedRuns  # noqa: PLC0415  opened when asked for

        others = [each for each in self._compared if each.run != self._run]
        self.app.push_screen(ComparedRuns(others, {each.run for each in self.state.others}), self._lay_over)

    def _lay_over(self, runs: tuple[int, ...] | None) -> None:
        if runs is None:
            return
        before = {each.run: each for each in self.state.others}
        self.state.others = [before.get(run) or self._of(run) for run in runs]
        self.state.is_reading = any(not each.curves.is_read for run in self.state.others for each in run.experts)
        self._extend()
        self._chart.hurry()
        self._draw()
        self._wake.set()
