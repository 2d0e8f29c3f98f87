"""Problems: what is wrong, what one key can do about it, and doing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.jobs.model import RunKind
from wantui.runs.request import RunRequest, settings_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wantui.dataset.model import Dataset, Problem
    from wantui.fixes import Fix, Fixed
    from wantui.paths import Workspace


@dataclass(frozen=True, slots=True)
class FixableProblem:
    """Something that is wrong, and its fix."""

    problem: Problem
    fix: Fix | None
    """None: it needs a person."""

    @property
    def helps(self) -> str:
        """What fixes it: the fix, or what a person has to do."""
        return self.fix.says if self.fix else self.problem.fix


class Fixes:
    """The problems of a workspace's dataset."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._dataset: Dataset | None = None

    def look(self, dataset: Path | None = None) -> tuple[Problem, ...]:
        """What quick checks find, and what thorough ones have found and still holds.

        Args:
            dataset: the ``dataset.toml``; None: that of ``[run]``.
        """
        from wantui.runs.diagnosis import diagnose  # noqa: PLC0415  when it is asked for

        with explained():
            request = RunRequest(RunKind.TRAIN, dataset=dataset)
            found = diagnose(self._workspace, settings_for(configuration.load(self._workspace), request))
        self._dataset = found.dataset
        return found.problems

    def fixes(self, problems: Sequence[Problem]) -> dict[Problem, Fix]:
        """The fixes of those of what `look` has found that have one."""
        from wantui.fixes import fixes_for  # noqa: PLC0415  when it is asked for

        with explained():
            return fixes_for(problems, self._dataset)

    def troubles(self) -> tuple[FixableProblem, ...]:
        """What `look` finds, each with its fix."""
        problems = self.look()
        fixes = self.fixes(problems)
        return tuple(FixableProblem(problem, fixes.get(problem)) for problem in problems)

    def examine(self, is_cancelled: Callable[[], bool]) -> int:
        """Look at every image of what `look` looked at; answers with how many problems only that can find.

        It takes minutes the first time; what is found is kept, and among what `troubles` gives from then on.
        """
        from wantui.runs.diagnosis import examine  # noqa: PLC0415  when it is asked for

        if self._dataset is None:
            return 0
        with explained():
            return len(examine(self._workspace, self._dataset, is_cancelled=is_cancelled).problems)

    def fix(self, fixes: Sequence[Fix]) -> Fixed:
        """Carry out fixes through the journal."""
        from wantui.fixes import Fixed, carry_out  # noqa: PLC0415  when it is asked for
        from wantui.journal.journal import Journal  # noqa: PLC0415  when it is asked for

        if not fixes:
            return Fixed((), (), ())
        with explained():
            self._workspace.create_state()
            return carry_out(Journal(self._workspace), self._dataset, fixes)
