"""Everything about one job: its result first, then how it ran, where, and with which command line."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Grid, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from wantui.formatting import at_clock, clock, duration, home
from wantui.jobs.model import EXPERT_KINDS, JobState
from wantui.jobs.shown import command_lines, shown_argv, shown_environment
from wantui.terminal.foreign_text import clean
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.runs.job_copying import copy_job
from wantui.ui.runs.job_rows import job_mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.style import Style
    from textual.app import ComposeResult

    from wantui.services.annotations import JobView
    from wantui.ui.drawing.styles import TextStyles


class JobDetails(Dialog[str | None]):
    """One job; comes back with what is to be done next: ``log``, ``retry``, the id of a command, ..., or None."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        ("escape,enter,q", "dismiss", "Close"),
        ("l", "dismiss('log')", "Log"),
        ("r", "dismiss('retry')", "Retry"),
        ("x", "dismiss('stop')", "Stop"),
        ("C,plus", "dismiss('resume')", "Resume"),
        ("v,L", "dismiss('curves')", "Curves"),
        ("i", "dismiss('jobs.story')", "Run details"),
        ("d", "dismiss('jobs.compare')", "Compare the run with another one"),
        ("n", "dismiss('jobs.copy')", "New run like this one"),
        ("y", "copy('command')", "Copy the command line"),
        ("Y", "copy('paths')", "Copy the paths of its files"),
        ("j", "scroll_details(1)", "Go down a line"),
        ("k", "scroll_details(-1)", "Go up a line"),
        ("ctrl+d", "scroll_details(0)", "Go down half a page"),
        ("ctrl+u", "scroll_details(0, -1)", "Go up half a page"),
    ]

    def __init__(self, view: JobView, memory: str | None) -> None:
        super().__init__()
        self._view = view
        self._memory = memory

    def compose(self) -> ComposeResult:
        """A text that scrolls."""
        with VerticalScroll(id="details", classes="dialog") as box:
            box.border_title = Content(f"Job {self._view.job.id}")
            box.border_subtitle = key_hints("i run details  ? help  esc close")
            styles = text_styles_of(self)
            yield Static(self._result(styles), id="result", markup=False)
            with Grid(id="facts"):
                for label, value, ink in self._facts():
                    yield Static(Text(label, styles.dim), markup=False)
                    yield Static(Text(value, ink), markup=False)
            yield Static(self._command(), markup=False)

    def action_copy(self, what: str) -> None:
        """Copy the command line as a shell takes it, or the paths of what it has saved."""
        copy_job(self, self._view, what)

    def action_scroll_details(self, lines: int, way: int = 1) -> None:
        """Scroll by so many lines; 0: by half a page."""
        box = self.query_one("#details", VerticalScroll)
        box.scroll_relative(y=lines or way * max(1, box.size.height // 2), animate=False)

    def _result(self, styles: TextStyles) -> Text:
        """State, time and loss; why, where it has not gone well; its files; and what to do next."""
        job, told = self._view.job, self._view.progress
        mark, ink = job_mark(job.state, styles)
        spent = (job.ended - job.started) if job.ended and job.started else None
        said = [
            f" {at_clock(job.ended)}".rstrip() if job.ended else "",
            f"took {duration(spent)}" if spent is not None else "",
            f"epoch {told.epoch} of {told.epochs}" if told.epoch is not None and told.epochs else "",
            f"loss {told.loss:.4f}" if told.loss is not None else "",
            f"{duration(told.eta_s)} left" if job.state is JobState.RUNNING and told.eta_s is not None else "",
        ]
        text = Text().append(f"{mark} {job.state.value}", ink + styles.strong)
        text.append(f"  {', '.join(each for each in said if each).strip()}\n", styles.plain)
        reason = job.reason or told.cause or ""
        if reason:
            text.append(f"{clean(reason)}\n", styles.plain if job.state.is_good else styles.caution)
        for warning in told.warnings:
            text.append(f"{GLYPHS.problem} {clean(warning)}\n", styles.caution)
        for path in told.saved:
            text.append(f"  {clean(path.name)}\n", styles.good)
        text.append("\n")
        for key, words in self._next():
            text.append(key, styles.accent)
            text.append(f" {words}   ", styles.plain)
        text.append("\n")
        return text

    def _next(self) -> Iterator[tuple[str, str]]:
        """What a person can do next: key and words."""
        job = self._view.job
        yield "l", "log"
        if job.kind in EXPERT_KINDS and job.started is not None:
            yield "v", "curves"
        if not job.state.has_ended:
            if job.is_held or job.is_held_by_hand:
                yield "r", "release"
            yield "x", "stop"
        elif job.kind in EXPERT_KINDS:
            yield from (("C", "resume"), ("r", "start over"), ("n", "new run like this"))
        else:
            yield "r", "retry"
        yield "y", "copy command"
        if self._view.progress.saved:
            yield "Y", "copy paths"

    def _facts(self) -> Iterator[tuple[str, str, Style]]:
        """Labels and values, paths last; where nothing is known of something, nothing is said."""
        styles, job, progress = text_styles_of(self), self._view.job, self._view.progress
        known = (
            ("gpu", "" if job.gpu is None else str(job.gpu), styles.plain),
            ("node", job.node or "", styles.plain),
            ("Slurm", job.ticket or "", styles.plain),
            ("memory", self._memory or "", styles.plain),
            ("started", clock(job.started), styles.plain),
            ("attempt", self._attempt(), styles.plain),
            *(("" if at else "before", said, styles.caution) for at, said in enumerate(self._past())),
            ("exit code", "" if job.exit_code is None else str(job.exit_code), styles.plain),
            ("pid", str(job.pid) if job.pid and job.state.is_active else "", styles.plain),
            *(("" if at else "files", home(path), styles.plain) for at, path in enumerate(progress.saved)),
            ("log", home(self._view.log), styles.plain),
            ("folder", home(job.spec.cwd), styles.plain),
        )
        return ((label, clean(value), ink) for label, value, ink in known if value)

    def _attempt(self) -> str:
        """Which attempt it is, and where it began; empty where it is the first and only one."""
        job, start = self._view.job, self._view.start
        if job.attempt == 1:
            return ""
        return f"{job.attempt}" + (
            f", which went on after epoch {start.epoch}" if start.epoch else ", from the beginning"
        )

    def _past(self) -> list[str]:
        """How the attempts before this one ended."""
        return [
            f"attempt {each.number} ended {clock(each.ended)}: "
            + (each.reason or ("it was done" if each.exit_code == 0 else "nobody knows why"))
            for each in self._view.job.past
        ]

    def _command(self) -> Text:
        styles, job = text_styles_of(self), self._view.job
        text = Text().append("\ncommand line\n", styles.strong)
        for line in command_lines(shown_argv(job.argv or job.spec.argv)):
            text.append(f"  {clean(line)}\n", styles.dim)
        if job.env:
            text.append("\nenvironment\n", styles.strong)
            for name, value in sorted(shown_environment(job.env).items()):
                text.append(f"  {clean(name)}={clean(shlex.quote(value))}\n", styles.plain)
        return text
