"""Pane 5: the log of a job, or of every job of its run, of any size, from its end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip
from textual.worker import get_current_worker

from wantui.formatting import shortened
from wantui.terminal.foreign_text import clean
from wantui.ui.commands.bindings import bindings_at
from wantui.ui.commands.catalogue import Place
from wantui.ui.commands.command_table import key_for
from wantui.ui.dialogs.line_edit import LineEdit
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import fit
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.log.pane import LogPane
from wantui.ui.messages.requests import LeaveLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

    from wantui.jobs.model import Job
    from wantui.services.annotations import JobView, LineTimes
    from wantui.ui.drawing.styles import Part, TextStyles
    from wantui.ui.log.joint import JointLog
    from wantui.ui.log.narrowed import NarrowedLog
    from wantui.ui.log.pane import Lines
    from wantui.ui.log.search import AllOf, Expression, Sought
    from wantui.ui.log.typing import Typing
    from wantui.ui.log.whole import WholeLog

    TimesOf = Callable[[Job], LineTimes]
    """Asks the history for the times of a job's lines; may block."""

TIME_CELLS = 9
"""``03:14:15`` and a blank."""
TIMES_AGAIN_S = 10.0
"""How often the history is asked for the times of a job that runs."""
NO_EXPRESSION_TIME = "That expression takes too long; write a simpler one."
NO_LINES = "There are no lines here."
MOST_TYPED = 30
"""Characters of what lines must have that the border shows."""
COUNTING = "Still counting lines; try again in a moment."


class LogView(LogPane):
    """Searched, marked and copied as in `less`."""

    BINDINGS = bindings_at(Place.LOG)

    def __init__(self, *, times_of: TimesOf | None = None, id: str = "log", title: str = "5 Log") -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._title = title
        self.border_title = Content(title)
        self._times_of = times_of
        self._job: Job | None = None
        self._run: tuple[JobView, ...] = ()
        self._typing: Typing | None = None
        self._sought: Expression | None = None
        self._only: AllOf | None = None
        """What the lines that are shown must have; None: all are shown."""
        self._match: int | None = None
        self._marked_from: int | None = None
        self._times: dict[str, LineTimes] | None = None
        """By job; None: they are not shown."""
        self._is_joint = False

    def on_mount(self) -> None:
        """Ask for times now and then while they are shown."""
        super().on_mount()
        self.set_interval(TIMES_AGAIN_S, self._read_times_again)

    @property
    def job(self) -> Job | None:
        """Whose log is shown."""
        return self._job

    # Whose lines

    def show_job(self, view: JobView | None, run: tuple[JobView, ...] = ()) -> None:
        """Show the log of a job from its end; the same job again changes nothing but its state and attempts.

        Args:
            view: the job; None: there is none.
            run: every job of its run.
        """
        before, self._job = self._job, None if view is None else view.job
        self._run = run or (() if view is None else (view,))
        shows_the_same = (
            before is not None
            and view is not None
            and (before.run == view.job.run if self._is_joint else before.id == view.job.id)
        )
        if view is None or before is None or not shows_the_same or self._lines is None:
            self._match, self._sought, self._only, self._typing, self._marked_from = None, None, None, None, None
            self._begin()
            return
        has_new_attempt = self._lines_of_the_run.update(self._run) if self._is_joint else self._log.update(view)
        if has_new_attempt and self._narrowed is not None:
            self._narrowed.start_over()
        if has_new_attempt or before.state is not view.job.state:
            self.set_pace(is_live=self._has_live)
            self.look(force=has_new_attempt)

    @property
    def _narrowed(self) -> NarrowedLog | None:
        """The lines that ``&`` has left; None: all are shown."""
        if self._only is None:
            return None
        from wantui.ui.log.narrowed import NarrowedLog  # noqa: PLC0415  when it is asked for

        return self._lines if isinstance(self._lines, NarrowedLog) else None

    @property
    def _all_lines(self) -> Lines | None:
        return self._lines if self._narrowed is None else self._narrowed.lines

    def _among_all(self, number: int) -> int:
        """Which of all lines a line that is shown is."""
        return number if self._narrowed is None else self._narrowed.number(number)

    @property
    def _log(self) -> WholeLog:
        from wantui.ui.log.whole import WholeLog  # noqa: PLC0415  the first screen has no log

        lines = self._all_lines
        assert isinstance(lines, WholeLog)  # noqa: S101  what `_begin` has made
        return lines

    @property
    def _lines_of_the_run(self) -> JointLog:
        from wantui.ui.log.joint import JointLog  # noqa: PLC0415  the same

        lines = self._all_lines
        assert isinstance(lines, JointLog)  # noqa: S101  what `_begin` has made
        return lines

    @property
    def _has_live(self) -> bool:
        shown = [view.job for view in self._run] if self._is_joint else [self._job]
        return any(job is not None and not job.state.has_ended for job in shown)

    def _begin(self) -> None:
        """Show the lines of the job, or of the whole run, from their end."""
        lines: Lines | None = None
        if self._job is not None:
            from wantui.ui.log.joint import JointLog  # noqa: PLC0415  the first screen has no log
            from wantui.ui.log.whole import WholeLog  # noqa: PLC0415  the same

            view = next((each for each in self._run if each.job.id == self._job.id), self._run[0])
            lines = JointLog(self._run, self._times or {}) if self._is_joint else WholeLog.of(view)
            if self._only is not None:
                from wantui.ui.log.narrowed import NarrowedLog  # noqa: PLC0415  when it is asked for

                lines = NarrowedLog(lines, self._only)
        name = "" if self._job is None else f" run {self._job.run}" if self._is_joint else f" {self._job.id}"
        self.border_title = Content(f"{self._title}{name}")
        self.show_lines(lines, is_live=self._has_live)
        if self._times is not None or self._is_joint:
            self._read_times()

    def action_whole_run(self) -> None:
        """Show every job of the run as one log, or the job alone again."""
        self._is_joint = not self._is_joint
        self._match, self._marked_from = None, None
        self._begin()

    # Times

    def action_times(self) -> None:
        """Show when lines were written, where that is known, or do not."""
        self._times = {} if self._times is None else None
        self.measure()
        if self._times is not None:
            self._read_times()

    def _read_times_again(self) -> None:
        if self._times is not None and self._has_live:
            self._read_times()

    def _read_times(self) -> None:
        """Ask the history in a thread."""
        times_of, wanted = self._times_of, self._run if self._is_joint else self._run_of_the_job
        if times_of is None:
            return

        def read() -> None:
            worker = get_current_worker()
            found = {view.job.id: times_of(view.job) for view in wanted}
            if not worker.is_cancelled:
                self.app.call_from_thread(self._times_read, found)

        self.run_worker(read, thread=True, group="log-times", exclusive=True, exit_on_error=False)

    @property
    def _run_of_the_job(self) -> tuple[JobView, ...]:
        return tuple(view for view in self._run if self._job is not None and view.job.id == self._job.id)

    def _times_read(self, found: dict[str, LineTimes]) -> None:
        if self._is_joint and self._lines_of_the_run.put_in_order(found):
            if self._narrowed is not None:
                self._narrowed.start_over()
            self.look(force=True)
        if self._times is not None:
            self._times = found
            self.refresh()

    def _time_of(self, number: int) -> str:
        """When a line was written: ``03:14:15``; empty where nobody knows."""
        import time  # noqa: PLC0415  only where times are shown

        if self._is_joint:
            job_id, attempt = self._lines_of_the_run.origin(self._among_all(number))
        else:
            job_id, attempt = self._job.id if self._job else "", self._log.attempt_of(self._among_all(number))
        times = (self._times or {}).get(job_id)
        if times is None or attempt is None or self._lines is None:
            return ""
        when = times.of(self._lines.line(number), attempt)
        return "" if when is None else time.strftime("%H:%M:%S", time.localtime(when))

    # What a line looks like

    @property
    def margin(self) -> int:
        """Cells before each row."""
        names = max((len(view.job.id) for view in self._run), default=0) + 1 if self._is_joint else 0
        return 1 + (TIME_CELLS if self._times is not None else 0) + names

    def margin_of(self, number: int) -> list[Part]:
        """Time and job."""
        styles = text_styles_of(self)
        parts: list[Part] = [(" ", styles.plain)]
        if self._times is not None:
            parts.append((fit(self._time_of(number), TIME_CELLS), styles.dim))
        if self._is_joint:
            name = self._lines_of_the_run.origin(self._among_all(number))[0]
            parts.append((name, styles.of_job(name.rpartition(".")[2])))
        return parts

    def _ink(self, number: int, styles: TextStyles) -> Style:
        if self._is_joint:
            return styles.of_job(self._lines_of_the_run.origin(self._among_all(number))[0].rpartition(".")[2])
        return styles.of_job(self._job.kind.value) if self._job else styles.plain

    def strip_of(self, number: int, text: str, styles: TextStyles) -> Strip:
        """A line as it is drawn, with its matches brought out."""
        from wantui.ui.log.lines import highlighted, log_parts  # noqa: PLC0415  no log at first

        is_mark = not self._is_joint and self._log.is_mark(self._among_all(number))
        parts = [(text, styles.accent)] if is_mark else log_parts(text, styles, self._ink(number, styles))
        base = self.base_of(number, styles)
        strip = Strip([Segment(said, base + style) for said, style in parts])
        found = self._sought.stretches(text) if self._sought is not None else []
        return highlighted(strip, found, styles.accent + Style(reverse=True)) if found else strip

    def base_of(self, number: int, styles: TextStyles) -> Style:
        """Lines that are marked, and the one that was found, stand out."""
        first, last = self._marked
        return styles.cursor_row if number == self._match or first <= number <= last else styles.base

    def why_empty(self) -> str:
        """Why there are no lines."""
        if self._job is None:
            return f"No job, no log. `{key_for(self, 'train')}` opens the run form."
        if self._narrowed is not None:
            return "No line has that: `esc` shows every line." if self._narrowed.is_counted else "Looking for lines."
        if self._job.state.has_ended or self._job.state.is_active:
            return "Nothing written yet." if self._job.state.is_active else "There is no log."
        reason = self._job.reason or "waits for its turn"
        return clean(f"It {reason}." if reason.startswith("waits ") else f"Waiting: {reason}")

    def subtitle(self, lines: str) -> str:
        """How many lines, and what is done with them."""
        if self._marked_from is not None:
            first, last = self._marked
            return f"{last + 1 - first:,} marked {GLYPHS.dot} {key_for(self, 'log.copy')} copies {GLYPHS.dot} esc"
        if self._is_joint and (limit := self._lines_of_the_run.limit):
            lines = f"the last {limit:,} lines of each job"
        if self._narrowed is not None:
            said = NO_EXPRESSION_TIME if self._narrowed.is_too_slow else lines
            lines = f"& {shortened(self._narrowed.wanted.typed, MOST_TYPED, GLYPHS.ellipsis)} {GLYPHS.dot} {said}"
        return super().subtitle(lines)

    def render_line(self, y: int) -> Strip:
        """Draw one row; the last one is what is typed."""
        if self._typing is not None and y == self.size.height - 1:
            return self._typing.strip(self.size.width, text_styles_of(self))
        return super().render_line(y)

    # Marking and copying

    @property
    def _marked(self) -> tuple[int, int]:
        """The first and the last line that is marked; the latter before the former: none is."""
        if self._marked_from is None or self._match is None:
            return 0, -1
        return min(self._marked_from, self._match), max(self._marked_from, self._match)

    @property
    def _present(self) -> int:
        """The line that was found, or else the last one in sight."""
        return self.lines_in_sight[1] if self._match is None else self._match

    def action_mark(self) -> None:
        """Mark lines from the present one on; the keys that move then move the other end."""
        if self._marked_from is not None:
            self._marked_from = None
        elif self._count_now():
            self._marked_from = self._match = self._present
            self.is_following = False
        self.tell()
        self.refresh()

    def move_rows(self, rows: int) -> None:
        """Go down so many rows, or up; while lines are marked the end of these goes."""
        if self._marked_from is None or self._match is None:
            super().move_rows(rows)
            return
        self._match = max(0, min(self._count_now() - 1, self._match + rows))
        self._show_match(self._match)

    def action_copy_line(self) -> None:
        """Copy what is marked, or the line that was found, or the last one in sight, for the terminal's clipboard."""
        if self._lines is None or not self._count_now():
            self.notify(NO_LINES, timeout=3)
            return
        from wantui.ui.log.copying import copied  # noqa: PLC0415  when it is asked for

        first, last = self._marked if self._marked_from is not None else (self._present, self._present)
        text, said = copied(self._lines.line, first, last)
        self.app.copy_to_clipboard(text)
        self.notify(said, timeout=3)
        self._marked_from = None
        self.tell()
        self.refresh()

    # Searching

    def action_search(self) -> None:
        """Type what to look for."""
        from wantui.ui.log.typing import SEARCH, Typing  # noqa: PLC0415  when it is asked for

        self._typing = Typing(SEARCH, LineEdit.at_end(self._sought.typed if self._sought else ""))
        self.refresh()

    def action_only(self) -> None:
        """Type what lines must have in them to be shown."""
        from wantui.ui.log.typing import ONLY, Typing  # noqa: PLC0415  when it is asked for

        self._typing = Typing(ONLY, LineEdit.at_end(self._only.typed if self._only else ""))
        self.refresh()

    def action_go_to(self) -> None:
        """Type the number of a line, or how far it is."""
        from wantui.ui.log.typing import PLACE, Typing  # noqa: PLC0415  when it is asked for

        self._typing = Typing(PLACE)
        self.refresh()

    def action_clear_search(self) -> None:
        """Leave what is typed, then the marks, the search, the choice of lines; else a log that `l` has opened."""
        if self._typing is not None:
            self._typing = None
        elif self._marked_from is not None:
            self._marked_from = None
        elif self._sought is not None:
            self._sought, self._match = None, None
        elif self._only is not None:
            self._show_only(None)
        else:
            self.post_message(LeaveLog())
        self.workers.cancel_group(self, "log-search")
        self.tell()
        self.refresh()

    def action_next_match(self) -> None:
        """Go to the next match."""
        self._search(1, self._sought)

    def action_previous_match(self) -> None:
        """Go to the previous match."""
        self._search(-1, self._sought)

    def action_next_problem(self, step: int) -> None:
        """Go to the next error or warning, or to the one before."""
        from wantui.ui.log.lines import PROBLEMS  # noqa: PLC0415  no log at first

        self._search(step, PROBLEMS, "No error and no warning in this log.")

    def action_next_milestone(self, step: int) -> None:
        """Go to where the next epoch or attempt begins or a checkpoint is saved, or to the one before."""
        from wantui.ui.log.lines import MILESTONES  # noqa: PLC0415  no log at first

        self._search(step, MILESTONES, "No epoch and no checkpoint in this log.")

    def _search(self, step: int, sought: Sought | None, nothing: str = "") -> None:
        """Go to the next line, in the direction of `step`, that has what is sought; in a thread."""
        lines = self._lines
        if lines is None:
            self.notify(NO_LINES, timeout=3)
            return
        if sought is None:
            self.notify(f"Nothing to look for yet: {key_for(self, 'log.search')} searches.", timeout=3, markup=False)
            return
        if not lines.is_counted:
            self.notify(COUNTING, timeout=3)
            return
        first, last = self.lines_in_sight
        start = self._match + step if self._match is not None else first if step > 0 else last

        def find() -> None:
            worker = get_current_worker()
            try:
                found = lines.find(sought, start, step, lambda: worker.is_cancelled)
            except TimeoutError:
                self.app.call_from_thread(partial(self.notify, NO_EXPRESSION_TIME, severity="warning", timeout=5))
                return
            if not worker.is_cancelled:
                self.app.call_from_thread(self._found, lines, found, nothing)

        self.run_worker(find, thread=True, group="log-search", exclusive=True, exit_on_error=False)

    def _found(self, lines: Lines, number: int | None, nothing: str) -> None:
        if lines is not self._lines:
            return
        if number is None:
            typed = self._sought.typed if self._sought is not None else ""
            self.notify(nothing or f"Not in this log: {typed}", timeout=3, markup=False)
            return
        self._match = number
        self._show_match(number)

    def _show_match(self, number: int) -> None:
        self.is_following = False
        self.bring_into_sight(number)
        self.tell()
        self.refresh()

    def _obey(self, typing: Typing) -> None:
        """Search for what was typed, or go there; what cannot be understood stays, with the reason beside it."""
        from wantui.ui.log.search import AllOf, Expression, ExpressionError  # noqa: PLC0415  when it is asked for
        from wantui.ui.log.typing import ONLY, SEARCH, place_of  # noqa: PLC0415  the same

        text = typing.edit.text
        if typing.sign == ONLY:
            try:
                self._show_only(AllOf(text) if text.strip() else None)
            except ExpressionError as error:
                self._typing = typing.with_trouble(f"not a valid regular expression: {error}")
                return
        elif typing.sign == SEARCH:
            try:
                self._sought = Expression(text) if text else None
            except ExpressionError as error:
                self._typing = typing.with_trouble(f"not a valid regular expression: {error}")
                return
            was_at_end, self._match = self.is_following, None
            self._search(-1 if was_at_end else 1, self._sought)
        elif text:
            number = place_of(text, self._count_now())
            if number is None:
                self._typing = typing.with_trouble("a line's number, or how far it is, as in 50%")
                return
            self._match = number
            self._show_match(number)
        self._typing = None

    def _show_only(self, wanted: AllOf | None) -> None:
        """Show the lines that have what is wanted, from their end; all where nothing is."""
        if self._job is None:
            self.notify(NO_LINES, timeout=3)
            return
        self._only, self._match, self._marked_from = wanted, None, None
        self._begin()

    def on_key(self, event: events.Key) -> None:
        """Keys belong to what is typed, while something is."""
        if self._typing is None:
            return
        if event.key == "enter":
            self._obey(self._typing)
        elif event.key == "escape":
            self.action_clear_search()
        else:
            changed = self._typing.key(event)
            if changed is None:
                return
            self._typing = changed
        event.stop()
        event.prevent_default()
        self.refresh()
