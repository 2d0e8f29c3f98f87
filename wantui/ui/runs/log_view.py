"""Pane 5: the log of a job, of any size, from its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.worker import get_current_worker

from wantui.formatting import plural
from wantui.terminal.foreign_text import clean
from wantui.ui.commands.catalogue import Place, bindings_at
from wantui.ui.dialogs.line_edit import LineEdit
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import TextStyles, line
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.messages.requests import LeaveLog

if TYPE_CHECKING:
    from textual import events

    from wantui.jobs.model import Job
    from wantui.services.annotations import JobView
    from wantui.ui.runs.log_file import Wanted
    from wantui.ui.runs.whole_log import WholeLog

POLL_LIVE_S = 0.1
"""How often a growing log is looked at: a tenth of a second is felt as at once."""
POLL_STILL_S = 2.0


class LogView(ScrollView, can_focus=True):
    """The lines in sight are read when they are drawn; nothing else is kept."""

    BINDINGS = bindings_at(Place.LOG)

    is_following: reactive[bool] = reactive(True, repaint=False)

    def __init__(self, *, id: str = "log", title: str = "5 Log") -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes="pane")
        self._title = title
        self.border_title = Content(title)
        self._file: WholeLog | None = None
        self._job: Job | None = None
        self._edit: LineEdit | None = None
        self._words = ""
        self._match: int | None = None
        self._counting: WholeLog | None = None
        self._left = 0

    def on_mount(self) -> None:
        """Look at the file now and then."""
        self._timer = self.set_interval(POLL_LIVE_S, self.look, pause=True)

    def on_unmount(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    @property
    def job(self) -> Job | None:
        """Whose log is shown."""
        return self._job

    @property
    def _ink(self) -> Style:
        styles = text_styles_of(self)
        return styles.of_job(self._job.kind.value) if self._job else styles.plain

    def show_job(self, view: JobView | None) -> None:
        """Show the log of a job from its end; the same job again changes nothing but its state and attempts."""
        before, self._job = self._job, None if view is None else view.job
        if view is not None and before is not None and view.job.id == before.id and self._file is not None:
            has_new_attempt = self._file.update(view)
            if has_new_attempt or before.state is not view.job.state:
                self._set_pace()
                self.look(force=has_new_attempt)
            return
        if self._file is not None:
            self._file.close()
        self._file, self._match, self._words, self._edit = None, None, "", None
        if view is not None:
            from wantui.ui.runs.whole_log import WholeLog  # noqa: PLC0415  the first screen has no log

            self._file = WholeLog.of(view)
        self._left = 0
        self.border_title = Content(f"{self._title} {view.job.id}" if view else self._title)
        self.is_following = True
        self._set_pace()
        self.look(force=True)

    def _set_pace(self) -> None:
        """A log that nobody writes is looked at seldom."""
        self._timer.stop()
        is_live = self._job is not None and not self._job.state.has_ended
        self._timer = self.set_interval(POLL_LIVE_S if is_live else POLL_STILL_S, self.look, pause=self._file is None)

    def look(self, *, force: bool = False) -> None:
        """See whether a file has changed, and draw what is new."""
        file = self._file
        if file is not None and not file.look() and not force:
            return
        if file is not None and file.size and not file.is_counted and self._counting is not file:
            self._counting = file
            self.run_worker(self._count, thread=True, group="log-count", exclusive=True, exit_on_error=False)
        self._measure()

    def _measure(self) -> None:
        lines = self._file.line_count if self._file else 0
        self.virtual_size = Size(0, lines)
        if self.is_following:
            self.scroll_to(y=max(0, lines - self.size.height), animate=False, force=True)
        self._tell()
        self.refresh()

    def _count(self) -> None:
        """In a thread: number every line of a file too big to be counted at once."""
        worker, file = get_current_worker(), self._file
        try:
            if file is None:
                return
            known = file.line_count
            if file.count_lines(lambda: worker.is_cancelled) and not worker.is_cancelled:
                self.app.call_from_thread(self._counted, file, known)
        finally:
            if self._counting is file:
                self._counting = None

    def _counted(self, file: WholeLog, known: int) -> None:
        """Every line has its number now: stay where we are, counted from the end."""
        if file is self._file:
            from_end = known - self.scroll_offset.y
            lines = file.line_count
            self.virtual_size = Size(0, lines)
            if not self.is_following:
                self.scroll_to(y=max(0, lines - from_end), animate=False, force=True)
            self._measure()

    def _tell(self) -> None:
        file = self._file
        if file is None or not file.size:
            self.border_subtitle = ""
            return
        lines = plural(file.line_count, "line") if file.is_counted else "counting" + GLYPHS.ellipsis
        said = f"following {GLYPHS.dot} {lines}" if self.is_following else f"f follows {GLYPHS.dot} {lines}"
        self.border_subtitle = Content(said)

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width, styles, file = self.size.width, text_styles_of(self), self._file
        if self._edit is not None and y == self.size.height - 1:
            return self._draw_edit(width, styles)
        number = y + self.scroll_offset.y
        if file is None or not file.line_count:
            said = self._why_empty() if y == 1 else ""
            return line([("  " + said, styles.dim)], width, styles.base)
        if number >= file.line_count:
            return Strip.blank(width, styles.base)
        from wantui.ui.runs.log_lines import highlighted, log_parts, shown_text  # noqa: PLC0415  no log at first

        text = shown_text(file.line(number))[self._left :]
        base = styles.cursor_row if number == self._match else styles.base
        parts = [(text, styles.accent)] if file.is_mark(number) else log_parts(text, styles, self._ink)
        strip = line([(" ", styles.plain), *parts], width, base)
        return highlighted(strip, self._words, styles.accent + Style(reverse=True)) if self._words else strip

    def _why_empty(self) -> str:
        if self._job is None:
            return "No job, no log. t opens the run form."
        if self._job.state.has_ended or self._job.state.is_active:
            return "Nothing written yet." if self._job.state.is_active else "It has left no log."
        return clean(f"Waiting: {self._job.reason}") if self._job.reason else "Waiting for its turn."

    def _draw_edit(self, width: int, styles: TextStyles) -> Strip:
        edit = self._edit or LineEdit()
        return line(
            [(" / ", styles.accent), (edit.text[: edit.caret], styles.plain), (GLYPHS.caret, styles.accent),
             (edit.text[edit.caret :], styles.plain)], width, styles.raised,
        )  # fmt: skip

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling up ends following; reaching the end begins it again."""
        super().watch_scroll_y(old_value, new_value)
        if self._file is None or round(old_value) == round(new_value):
            return
        at_end = new_value >= self.max_scroll_y
        if at_end != self.is_following:
            self.is_following = at_end
            self._tell()

    def on_resize(self, _event: events.Resize) -> None:
        """Stay at the end where we were there."""
        if self.is_following:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

    def toggle_following(self) -> None:
        """Follow the log, or stop following it."""
        self.is_following = not self.is_following
        self._measure()

    def action_across(self, step: int) -> None:
        """Move half a screen to the right or left: long lines are cut at the edge."""
        self._left = max(0, self._left + step * max(8, self.size.width // 2))
        self.refresh()

    def action_line_down(self) -> None:
        """Go down a line."""
        self.scroll_to(y=self.scroll_offset.y + 1, animate=False, force=True)

    def action_line_up(self) -> None:
        """Go up a line."""
        self.scroll_to(y=self.scroll_offset.y - 1, animate=False, force=True)

    def action_page_down(self) -> None:
        """Go down a page."""
        self.scroll_to(y=self.scroll_offset.y + self.size.height, animate=False, force=True)

    def action_page_up(self) -> None:
        """Go up a page."""
        self.scroll_to(y=self.scroll_offset.y - self.size.height, animate=False, force=True)

    def action_first(self) -> None:
        """Go to the first line."""
        self.scroll_to(y=0, animate=False, force=True)

    def action_last(self) -> None:
        """Go to the last line and follow."""
        self.is_following = True
        self._measure()

    def action_search(self) -> None:
        """Type what to look for."""
        self._edit = LineEdit.at_end(self._words)
        self.refresh()

    def action_clear_search(self) -> None:
        """Leave the search; where there is none, leave a log that `l` has opened."""
        if self._edit is None and not self._words:
            self.post_message(LeaveLog())
        self._edit, self._words, self._match = None, "", None
        self.refresh()

    def action_next_match(self) -> None:
        """Go to the next match."""
        self._search(1)

    def action_previous_match(self) -> None:
        """Go to the previous match."""
        self._search(-1)

    def action_next_problem(self, step: int) -> None:
        """Go to the next error or warning, or to the one before."""
        from wantui.ui.runs.log_lines import PROBLEMS  # noqa: PLC0415  no log at first

        self._search(step, PROBLEMS, "No error and no warning in this log.")

    def action_next_milestone(self, step: int) -> None:
        """Go to where the next epoch or attempt begins or a checkpoint is saved, or to the one before."""
        from wantui.ui.runs.log_lines import MILESTONES  # noqa: PLC0415  no log at first

        self._search(step, MILESTONES, "No epoch and no checkpoint in this log.")

    def action_copy_line(self) -> None:
        """Copy the line that was found, or else the last one in sight, to the clipboard of the terminal."""
        if self._file is None or not self._file.line_count:
            return
        last = min(self.scroll_offset.y + self.size.height, self._file.line_count) - 1
        self.app.copy_to_clipboard(self._file.line(last if self._match is None else self._match))
        self.notify("The line is copied.", timeout=3)

    def _search(self, step: int, wanted: Wanted = "", nothing: str = "") -> None:
        """Go to the next line, in the direction of `step`, that has the words of the search, or what is wanted."""
        wanted = wanted or self._words
        if not wanted or self._file is None:
            return
        if self._match is not None:
            start = self._match + step
        else:
            start = self.scroll_offset.y + (self.size.height - 1 if step < 0 else 0)
        file, words = self._file, self._words

        def find() -> None:
            worker = get_current_worker()
            found = file.find(wanted, start, step, lambda: worker.is_cancelled)
            if not worker.is_cancelled:
                self.app.call_from_thread(self._found, file, words, found, nothing)

        self.run_worker(find, thread=True, group="log-search", exclusive=True, exit_on_error=False)

    def _found(self, file: WholeLog, words: str, number: int | None, nothing: str) -> None:
        if file is not self._file or words != self._words:
            return
        if number is None:
            self.notify(nothing or f"Not in this log: {words}", timeout=3, markup=False)
            return
        self._match = number
        self.is_following = False
        top = self.scroll_offset.y
        if not top <= number < top + self.size.height - 1:
            self.scroll_to(y=max(0, number - self.size.height // 2), animate=False, force=True)
        self._tell()
        self.refresh()

    def on_key(self, event: events.Key) -> None:
        """Keys belong to the search while it is typed."""
        if self._edit is None:
            return
        if event.key == "enter":
            self._words, self._edit = self._edit.text, None
            self._match = None
            self._search(-1)
        elif event.key == "escape":
            self.action_clear_search()
        else:
            typed = event.character if event.is_printable else None
            changed = self._edit.typed(typed) if typed else self._edit.key(event.key)
            if changed is None:
                return
            self._edit = changed
        event.stop()
        event.prevent_default()
        self.refresh()
