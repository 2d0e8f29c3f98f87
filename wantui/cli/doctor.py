"""``doctor``: what is missing, and how to fix it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.cli import show
from wantui.cli.errors import DONE, FAILED
from wantui.doctor.examine import examine
from wantui.doctor.model import Mark
from wantui.doctor.terminal import has_true_colour
from wantui.jobs import trust
from wantui.terminal.capability_query import CapabilityQuery
from wantui.terminal.graphics import choose
from wantui.terminal.tmux import ask_tmux

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

    from wantui.config import Config
    from wantui.doctor.model import Finding
    from wantui.paths import Workspace
    from wantui.terminal.graphics import TerminalGraphics

TERMINAL_PATIENCE_S = 1.0
"""For the terminal's answer: the way to it and back over a bad line."""

MARKS = {Mark.GOOD: show.GOOD, Mark.CAUTION: show.CAUTION, Mark.BAD: show.BAD}


def doctor(workspace: Workspace, options: argparse.Namespace) -> int:
    """Look at everything, or prove that training works."""
    config = configuration.load(workspace)
    if options.smoke or options.ask_trainer:
        trust.mark_used(config)
    if options.smoke:
        from wantui.cli.smoke import smoke  # noqa: PLC0415  the doctor alone does not need it

        return smoke(workspace, config, as_json=options.json)
    with _terminal_asked(config) as sight:
        findings = examine(workspace, config, sight=sight)
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
