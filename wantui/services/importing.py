"""Imports: where media can go, what an import would do, and to have it done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.access import explained
from wantui.services.settings import dataset_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wantui.dataset.model import DatasetConfig, Subset
    from wantui.journal.changes import Step
    from wantui.journal.import_plan import ImportPlan
    from wantui.paths import Workspace


class Importing:
    """Imports into the dataset of a workspace."""

    def __init__(self, workspace: Workspace, dataset: Path | None = None) -> None:
        """Make it; `dataset` is the ``dataset.toml``, None: that of ``[run]``."""
        self._workspace = workspace
        self._dataset = dataset

    def dataset(self) -> DatasetConfig:
        """The settings of the dataset."""
        from wantui.dataset import blueprint  # noqa: PLC0415  when it is asked for

        with explained():
            return blueprint.load(dataset_path(self._workspace, self._dataset))

    def targets(self) -> tuple[Subset, ...]:
        """The sections that media can be imported into: those with a folder."""
        return tuple(subset for subset in self.dataset().subsets if subset.media_directory is not None)

    def plan(self, source: Path, target: Subset) -> ImportPlan:
        """What importing a file or the files of a folder would do; nothing is done."""
        return self.plan_all([source], target)

    def plan_all(
        self, sources: Sequence[Path], target: Subset, *, refuses: bool = False, below: bool = False
    ) -> ImportPlan:
        """What importing files, or the files of folders, would do; nothing is done.

        Args:
            sources: files and folders.
            target: where they go.
            refuses: leave media out whose name another file has; otherwise they get a number.
            below: take what is in folders below as well.
        """
        from wantui.journal.import_plan import Twin, plan_import  # noqa: PLC0415  when it is asked for

        with explained():
            return plan_import(sources, target, twins=Twin.REFUSE if refuses else Twin.RENAME, below=below)

    def carry_out(self, plan: ImportPlan, copied: Callable[[int], None]) -> None:
        """Copy what is planned; `copied` is told the bytes so far."""
        self.copy(plan, copied)

    def copy(self, plan: ImportPlan, copied: Callable[[int], None] | None = None) -> Step:
        """Copy what is planned; `copied` is told the bytes so far."""
        from wantui.journal.importing import carry_out  # noqa: PLC0415  when it is asked for
        from wantui.journal.journal import Journal  # noqa: PLC0415  the same

        with explained():
            return carry_out(Journal(self._workspace), plan, copied)
