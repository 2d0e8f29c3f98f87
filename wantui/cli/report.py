"""``report``: what a run took and what has come of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wantui.cli.errors import BAD_USAGE, DONE, complain
from wantui.cli.numbers import positive
from wantui.services.reports import Reports

if TYPE_CHECKING:
    import argparse

    from wantui.paths import Workspace


def add_options(verb: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    verb.add_argument("run", type=positive, metavar="RUN")
    verb.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="the page; unless given, with the run's record"
    )
    verb.add_argument("--replace", action="store_true", help="replace FILE where it exists")
    verb.add_argument("--text", action="store_true", help="print a few lines instead")


def report(workspace: Workspace, options: argparse.Namespace) -> int:
    """Write the report of a run, or print it in a few lines."""
    reports = Reports(workspace)
    if options.text:
        print(reports.text(options.run))
        return DONE
    file: Path | None = options.output
    if file is not None and file.suffix.lower() not in (".html", ".htm"):
        complain(f"{file}: the report is a page; name a file that ends in .html")
        return BAD_USAGE
    page = reports.write(options.run, None if file is None else file.absolute(), replace=options.replace)
    print(f"{page}\n{page.with_suffix('.csv')}")
    return DONE
