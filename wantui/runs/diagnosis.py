"""Everything that is wrong with a dataset, at the two depths that lint has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.dataset.errors import SettingsError
from wantui.dataset.lint import lint
from wantui.dataset.model import Severity
from wantui.runs.scanning import scan_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wantui.dataset.lint.thorough import Thorough
    from wantui.dataset.model import Dataset, Problem
    from wantui.paths import Workspace
    from wantui.trainer.model import RunSettings


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A dataset and what is wrong with it."""

    dataset: Dataset | None
    """None where the trainer would refuse its settings: that is the one problem then."""
    problems: tuple[Problem, ...]


def diagnose(workspace: Workspace, settings: RunSettings) -> Diagnosis:
    """Look at the dataset quickly, and at what thorough looks have found; its caches are not looked at.

    Raises:
        DatasetError: there is no ``dataset.toml``, or it cannot be read.
    """
    try:
        dataset = scan_for(workspace, settings)
    except SettingsError as error:
        return Diagnosis(None, (error.problem,))
    return Diagnosis(dataset, problems_of(workspace, dataset, settings))


def problems_of(workspace: Workspace, dataset: Dataset, settings: RunSettings) -> tuple[Problem, ...]:
    """What is wrong with a scanned dataset: what quick checks find, and what thorough ones found and still holds."""
    from wantui.captions import lint as wording  # noqa: PLC0415  its dictionary is large, and hooks do without

    return (
        *lint(dataset, output_directory=settings.output_directory),
        *wording.check(dataset.items),
        *_kept(workspace, dataset),
    )


def errors_of(workspace: Workspace, dataset: Dataset, settings: RunSettings) -> tuple[Problem, ...]:
    """The problems of a scanned dataset that training refuses; words, which are never one, are not looked at."""
    found = (
        *lint(dataset, output_directory=settings.output_directory),
        *_kept(workspace, dataset),
    )
    return tuple(problem for problem in found if problem.severity is Severity.ERROR)


def examine(
    workspace: Workspace, dataset: Dataset, *, threads: int = 1, is_cancelled: Callable[[], bool] = lambda: False
) -> Thorough:
    """Look at every image of a dataset thoroughly; what is found is kept, and told by `problems_of` from then on.

    Raises:
        WorkspaceError: the workspace is not writable.
        OSError: what is found cannot be kept.
    """
    from wantui.dataset.lint import thorough  # noqa: PLC0415  few looks are thorough

    workspace.create_state()
    return thorough.examine(dataset, _folder(workspace), threads=threads, is_cancelled=is_cancelled)


def _kept(workspace: Workspace, dataset: Dataset) -> tuple[Problem, ...]:
    """What thorough looks have found, where there was any."""
    folder = _folder(workspace)
    if not folder.is_dir():
        return ()
    from wantui.dataset.lint import thorough  # noqa: PLC0415  the same

    return thorough.kept(dataset, folder)


def _folder(workspace: Workspace) -> Path:
    return workspace.state / "lint"
