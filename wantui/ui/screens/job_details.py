"""Everything about one job: why, how, where and what came out."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from wantui.jobs.shown import shown_environment
from wantui.ui.figures import clock, duration, home
from wantui.ui.inks import clean
from wantui.ui.screens.dialog import Dialog
from wantui.ui.stylesheets import dialogs_sheet
from wantui.ui.widgets.job_rows import job_mark
from wantui.ui.widgets.theme_inks import inks_of

if TYPE_CHECKING:
    from rich.text import Text
    from textual.app import ComposeResult

    from wantui.pipeline.board import JobView

LABEL = 10


def command_lines(argv: tuple[str, ...]) -> list[str]:
    """A command line as a shell takes it, a flag a line."""
    lines: list[str] = []
    for word in argv:
        quoted = shlex.quote(word)
        if lines and not word.startswith("--"):
            lines[-1] += " " + quoted
        else:
            lines.append(quoted)
    return [each + (" \\" if at < len(lines) - 1 else "") for at, each in enumerate(lines)]


class JobDetails(Dialog[None]):
    """One job."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [("escape,enter,q", "dismiss", "Close")]  # noqa: RUF012  Textual's way

    def __init__(self, view: JobView, memory: str | None) -> None:
        super().__init__()
        self._view = view
        self._memory = memory

    def compose(self) -> ComposeResult:
        """A text that scrolls."""
        with VerticalScroll(id="details", classes="dialog") as box:
            box.border_title = Content(f"Job {self._view.job.id}")
            box.border_subtitle = "esc closes"
            yield Static(self._text(), markup=False)

    def _text(self) -> Text:
        from rich.text import Text  # noqa: PLC0415  only here

        inks, job, progress = inks_of(self), self._view.job, self._view.progress
        mark, ink = job_mark(job.state, inks)
        text = Text()

        def fact(label: str, value: str, style: object = inks.plain) -> None:
            if value:
                text.append(f"{label:<{LABEL}}", inks.dim)
                text.append(f"{clean(value)}\n", style)  # type: ignore[arg-type]

        fact("state", f"{mark} {job.state.value}", ink)
        fact("reason", job.reason or progress.cause or "")
        fact("gpu", "" if job.gpu is None else str(job.gpu))
        fact("memory", self._memory or "")
        spent = (job.ended - job.started) if job.ended and job.started else None
        fact("started", clock(job.started) + (f"  took {duration(spent)}" if spent is not None else ""))
        fact("exit code", "" if job.exit_code is None else str(job.exit_code))
        fact("pid", str(job.pid) if job.pid and job.state.is_active else "")
        fact("log", home(self._view.log))
        fact("folder", home(job.spec.cwd))
        for warning in progress.warnings:
            fact("warning", warning, inks.caution)
        for at, path in enumerate(progress.saved):
            fact("outputs" if at == 0 else "", home(path), inks.good)
        text.append("\ncommand line\n", inks.strong)
        for line in command_lines(job.argv or job.spec.argv):
            text.append(f"  {clean(line)}\n")
        if job.env:
            text.append("\nenvironment\n", inks.strong)
            for name, value in sorted(shown_environment(job.env).items()):
                text.append(f"  {clean(name)}={clean(shlex.quote(value))}\n")
        return text
