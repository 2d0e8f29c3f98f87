"""What the screen asks for around imports: where media can go, what an import would do, and to have it done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wantui.dataset.model import Subset
    from wantui.journal.import_plan import ImportPlan
    from wantui.paths import Workspace


class Importing:
    """Imports into the dataset of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def targets(self) -> tuple[Subset, ...]:
        """The sections that media can be imported into: those with a folder."""
        from wantui.dataset import blueprint  # noqa: PLC0415  when it is asked for

        with explained():
            config = blueprint.load(configuration.load(self._workspace).run.dataset)
        return tuple(subset for subset in config.subsets if subset.media_directory is not None)

    def plan(self, source: Path, target: Subset) -> ImportPlan:
        """What importing a file or the files of a folder would do; nothing is done."""
        from wantui.journal.import_plan import plan_import  # noqa: PLC0415  when it is asked for

        with explained():
            return plan_import([source], target)

    def carry_out(self, plan: ImportPlan, copied: Callable[[int], None]) -> None:
        """Copy what is planned; `copied` is told the bytes so far."""
        from wantui.journal.importing import carry_out  # noqa: PLC0415  when it is asked for
        from wantui.journal.journal import Journal  # noqa: PLC0415  the same

        with explained():
            self._workspace.create_state()
            carry_out(Journal(self._workspace), plan, copied)
