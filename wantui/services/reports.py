"""Reports of runs: one page that can be sent, a table of the steps beside it, and a few lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wantui import atomic
from wantui.access import explained
from wantui.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wantui.history.model import TrainingPoint
    from wantui.paths import Workspace
    from wantui.runs.report.facts import RunFacts


class Reports:
    """The reports of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def text(self, number: int) -> str:
        """A report in a few lines. Raises what `write` does, but for the files."""
        from wantui.runs.report.words import lines  # noqa: PLC0415  when it is asked for

        with explained():
            return "\n".join(lines(self._gather(number)))

    @staticmethod
    def table(points: Mapping[str, Sequence[TrainingPoint]]) -> str:
        """Steps, by expert, as comma-separated values."""
        from wantui.runs.report.steps_table import steps_table  # noqa: PLC0415  when it is asked for

        return steps_table(points)

    def write(self, number: int, file: Path | None = None, *, replace: bool = False) -> Path:
        """Write the page, and beside it the steps as comma-separated values; where the page is.

        Args:
            number: of the run.
            file: the page, ending in ``.html``; None: with the record of the run, where the one before is replaced.
            replace: whether files that exist may be replaced.

        Raises:
            JobError: there is no such run.
            HistoryError: the history cannot be read.
            ConfigError: ``wantui.toml`` is not valid.
            ConflictError: a file exists.
            OSError: a file cannot be written.
        """
        from wantui.jobs.store import run_folder  # noqa: PLC0415  when it is asked for
        from wantui.runs.report.page import page  # noqa: PLC0415  the same

        with explained():
            facts = self._gather(number)
            target = file or run_folder(self._workspace, number) / "report.html"
            table = target.with_suffix(".csv")
            there = [path for path in (target, table) if file is not None and not replace and path.exists()]
            if there:
                raise ConflictError(f"{there[0]} exists; name another file, or use --replace")
            atomic.write_text(table, self.table(facts.points))
            atomic.write_text(target, page(facts))
        return Path(target)

    def _gather(self, number: int) -> RunFacts:
        from wantui import config as configuration  # noqa: PLC0415  when it is asked for
        from wantui.runs.report.facts import gather  # noqa: PLC0415  the same

        return gather(self._workspace, number, configuration.load(self._workspace).machine.price_per_hour)
