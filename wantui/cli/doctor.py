"""``doctor``: what is missing, and how to fix it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED
from wantui.doctor.model import Mark
from wantui.services.settings import Settings
from wantui.services.setup import Setup
from wantui.terminal.capability_query import CapabilityQuery
from wantui.terminal.graphics import choose, has_true_colour
from wantui.terminal.tmux import ask_tmux

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

    from wantui.config.schema import Config
    from wantui.doctor.model import Finding
    from wantui.paths import Workspace
    from wantui.terminal.graphics import TerminalGraphics

TERMINAL_PATIENCE_S = 1.0
"""For the terminal's answer: the way to it and back over a bad line."""

MARKS = {Mark.GOOD: show.GOOD, Mark.CAUTION: show.CAUTION, Mark.BAD: show.BAD}


def doctor(workspace: Workspace, options: argparse.Namespace) -> int:
    """Look at everything, or prove that training works."""
    service = Setup(workspace)
    config = Settings(workspace).config()
    if options.smoke or options.ask_trainer:
        service.allow()
    if options.smoke:
        from wantui.cli.smoke import smoke  # noqa: PLC0415  the doctor alone does not need it

        return smoke(service, as_json=options.json)
    with _terminal_asked(config) as sight:
        findings = service.findings(sight)
    if options.json:
        show.document({"findings": [asdict(finding) for finding in findings]})
    else:
        _show(findings)
    return FAILED if any(finding.mark is Mark.BAD for finding in findings) else DONE


@contextmanager
def _terminal_asked(config: Config) -> Iterator[Callable[[], TerminalGraphics] | None]:
    """Ask the terminal what it can show, and let it be as it was in the end; the answer is read when it is wanted."""
    if sys.__stderr__ is None or not (sys.__stderr__.isatty() and sys.stdin.isatty()):
        yield None
        return
    environment = dict(os.environ)
    question = CapabilityQuery(environment)

    def sight() -> TerminalGraphics:
        answers = question.answers(TERMINAL_PATIENCE_S)
        has_colours = has_true_colour(environment)
        return choose(config.screen.preview, answers, ask_tmux(environment), has_true_colour=has_colours)

    try:
        yield sight
    finally:
        question.close()


def _show(findings: Iterable[Finding]) -> None:
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        print(f"{MARKS[finding.mark]} {finding.check:<{width}}  {finding.seen}")
        if finding.cure is not None:
            print(f"  {'':<{width}}  → {finding.cure}")
