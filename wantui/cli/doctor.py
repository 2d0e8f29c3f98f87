"""``doctor``: what is missing, and how to mend it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.cli import show
from wantui.cli.errors import DONE, FAILED
from wantui.doctor.examine import examine
from wantui.doctor.model import Mark

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from wantui.doctor.model import Finding
    from wantui.paths import Workspace

MARKS = {Mark.GOOD: "✓", Mark.CAUTION: "!", Mark.BAD: "✗"}


def doctor(workspace: Workspace, options: argparse.Namespace) -> int:
    """Look at everything, or prove that training works."""
    config = configuration.load(workspace)
    if options.smoke:
        from wantui.cli.smoke import smoke  # noqa: PLC0415  the doctor alone does not need it

        return smoke(workspace, config, as_json=options.json)
    findings = examine(workspace, config)
    if options.json:
        show.document({"findings": [asdict(finding) for finding in findings]})
    else:
        _show(findings)
    return FAILED if any(finding.mark is Mark.BAD for finding in findings) else DONE


def _show(findings: Iterable[Finding]) -> None:
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        print(f"{MARKS[finding.mark]} {finding.check:<{width}}  {finding.seen}")
        if finding.cure is not None:
            print(f"  {'':<{width}}  → {finding.cure}")
