"""The settings of runs that have been, for use again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.jobs.model import JobError, RunKind
from wantui.jobs.store import RunStore
from wantui.runs.request import KeptSettings

if TYPE_CHECKING:
    from wantui.config.named import NamedPreset
    from wantui.paths import Workspace


def preset_of_run(workspace: Workspace, number: int, name: str) -> NamedPreset:
    """The settings of a run, under a name; nothing is written.

    Raises:
        JobError: there is no such run, or it has no settings of a training.
    """
    run = RunStore(workspace).get(number)
    if run.kind not in (RunKind.TRAIN, RunKind.CACHE):
        raise JobError(f"run {number} is a {run.kind} run, which has no settings of a training")
    try:
        return KeptSettings.from_document(run.settings).as_preset(name)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise JobError(f"run {number} is of another version of wantui; its settings cannot be read") from error
