"""Everything about one job: why, how, where and what came out."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Grid, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from wantui.formatting import clock, duration, home
from wantui.jobs.model import EXPERT_KINDS
from wantui.jobs.shown import shown_argv, shown_environment
from wantui.terminal.foreign_text import clean
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.runs.job_rows import job_mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.style import Style
    from textual.app import ComposeResult

    from wantui.services.annotations import JobView


def command_lines(argv: Sequence[str]) -> list[str]:
    """A command line as a shell takes it, a flag a line."""
    lines: list[str] = []
    for word in argv:
        quoted = shlex.quote(word)
        if lines and not word.startswith("--"):
            lines[-1] += " " + quoted
        else:
            lines.append(quoted)
    return [each + (" \\" if at < len(lines) - 1 else "") for at, each in enumerate(lines)]


class JobDetails(Dialog[str | None]):
    """One job; comes back with what is to be done next: ``log``, ``curves``, ``retry``, ``stop``, or None."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        ("escape,enter,q", "dismiss", "Close"),
        ("l", "dismiss('log')", "Log"),
        ("r", "dismiss('retry')", "Retry"),
        ("x", "dismiss('stop')", "Stop"),
        ("C", "dismiss('resume')", "Resume"),
        ("v,L", "dismiss('curves')", "Curves"),
    ]

    def __init__(self, view: JobView, memory: str | None) -> None:
        super().__init__()
        self._view = view
        self._memory = memory

    def compose(self) -> ComposeResult:
        """A text that scrolls."""
        with VerticalScroll(id="details", classes="dialog") as box:
            box.border_title = Content(f"Job {self._view.job.id}")
            job = self._view.job
            then = "r releases  x stops" if job.is_held or job.is_held_by_hand else "x stops"
            if job.state.has_ended:
                then = "C goes on  r begins anew" if job.kind in EXPERT_KINDS else "r retries"
            curves = "v curves  " if job.kind in EXPERT_KINDS and job.started is not None else ""
            box.border_subtitle = key_hints(f"l log  {curves}{then}  esc closes")
            with Grid(id="facts"):
                for label, value, ink in self._facts():
                    yield Static(Text(label, text_styles_of(self).dim), markup=False)
                    yield Static(Text(value, ink), markup=False)
            yield Static(self._command(), markup=False)

    def _facts(self) -> Iterator[tuple[str, str, Style]]:
        """Labels and values; where nothing is known of something, nothing is said."""
        styles, job, progress = text_styles_of(self), self._view.job, self._view.progress
        mark, ink = job_mark(job.state, styles)
        spent = (job.ended - job.started) if job.ended and job.started else None
        known = (
            ("state", f"{mark} {job.state.value}", ink),
            ("reason", job.reason or progress.cause or "", styles.plain),
            ("gpu", "" if job.gpu is None else str(job.gpu), styles.plain),
            ("node", job.node or "", styles.plain),
            ("Slurm", job.ticket or "", styles.plain),
            ("memory", self._memory or "", styles.plain),
            (
                "started",
                clock(job.started) + (f"  took {duration(spent)}" if spent is not None else ""),
                styles.plain,
            ),
            ("attempt", self._attempt(), styles.plain),
            *(("" if at else "before", said, styles.caution) for at, said in enumerate(self._past())),
            ("exit code", "" if job.exit_code is None else str(job.exit_code), styles.plain),
            ("pid", str(job.pid) if job.pid and job.state.is_active else "", styles.plain),
            ("log", home(self._view.log), styles.plain),
            ("folder", home(job.spec.cwd), styles.plain),
            *(("warning", warning, styles.caution) for warning in progress.warnings),
            *(("" if at else "outputs", home(path), styles.good) for at, path in enumerate(progress.saved)),
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
        text = Text("\ncommand line\n", styles.strong)
        for line in command_lines(shown_argv(job.argv or job.spec.argv)):
            text.append(f"  {clean(line)}\n", styles.plain)
        if job.env:
            text.append("\nenvironment\n", styles.strong)
            for name, value in sorted(shown_environment(job.env).items()):
                text.append(f"  {clean(name)}={clean(shlex.quote(value))}\n", styles.plain)
        return text
