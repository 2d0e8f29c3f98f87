"""What the screen asks for around problems: what is wrong, what one key can do about it, and doing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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

    def troubles(self) -> tuple[FixableProblem, ...]:
        """What quick checks find, and what thorough ones have found and still holds."""
        from wantui.fixes import fixes_for  # noqa: PLC0415  the same
        from wantui.jobs.model import RunKind  # noqa: PLC0415  when it is asked for
        from wantui.runs.diagnosis import diagnose  # noqa: PLC0415  the same
        from wantui.runs.request import RunRequest, settings_for  # noqa: PLC0415  the same

        with explained():
            settings = settings_for(configuration.load(self._workspace), RunRequest(RunKind.TRAIN))
            found = diagnose(self._workspace, settings)
            self._dataset = found.dataset
            fixes = fixes_for(found.problems, self._dataset)
            return tuple(FixableProblem(problem, fixes.get(problem)) for problem in found.problems)

    def examine(self, is_cancelled: Callable[[], bool]) -> int:
        """Look at every image of what `troubles` looked at; answers with how many problems only that can find.

        It takes minutes the first time; what is found is kept, and among what `troubles` gives from then on.
        """
        from wantui.runs.diagnosis import examine  # noqa: PLC0415  when it is asked for

        if self._dataset is None:
            return 0
        with explained():
            return len(examine(self._workspace, self._dataset, is_cancelled=is_cancelled).problems)

    def fix(self, fixes: Sequence[Fix]) -> Fixed:
        """Carry out fixes through the journal."""
        from wantui.fixes import carry_out  # noqa: PLC0415  the same
        from wantui.journal.journal import Journal  # noqa: PLC0415  when it is asked for

        with explained():
            self._workspace.create_state()
            return carry_out(Journal(self._workspace), self._dataset, fixes)
