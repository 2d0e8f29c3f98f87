"""The settings of runs that have been, for use again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wantui.jobs.model import JobError, RunKind
from wantui.jobs.store import RunStore
from wantui.runs.kept_settings import KeptSettings
from wantui.runs.request import as_preset

if TYPE_CHECKING:
    from wantui.config import Config
    from wantui.config.named import NamedPreset
    from wantui.paths import Workspace
    from wantui.trainer.model import RunSettings


def preset_of_run(workspace: Workspace, number: int, name: str) -> NamedPreset:
    """The settings of a run, under a name; nothing is written.

    Raises:
        JobError: there is no such run, or it has no settings of a training.
    """
    return as_preset(_kept(workspace, number).settings, name)


def settings_of_run(workspace: Workspace, number: int) -> RunSettings:
    """The settings of a run, as they were when it was queued.

    Raises:
        JobError: there is no such run, or it has no settings of a training.
    """
    return _kept(workspace, number).settings


def under_run(workspace: Workspace, number: int, config: Config) -> Config:
    """A configuration with the settings of a run on top, so that a plan of it is a plan of that run again.

    Trainer and weights stay those of the configuration: they are of the machine.

    Raises:
        JobError: there is no such run, or it has no settings of a training.
    """
    kept = _kept(workspace, number)
    settings, preset = kept.settings, as_preset(kept.settings, f"run {number}")
    found = replace(preset, sources=dict.fromkeys(preset.values(), f"run {number}")).under(config)
    own = {key: getattr(settings, key) for key in ("dataset", "suffix", "author", "output_directory")}
    sources = found.sources | {f"run.{key}": f"run {number}" for key in own}
    return replace(found, run=replace(found.run, **own), sources=sources)


def _kept(workspace: Workspace, number: int) -> KeptSettings:
    run = RunStore(workspace).get(number)
    if run.kind not in (RunKind.TRAIN, RunKind.CACHE):
        raise JobError(f"run {number} is a {run.kind} run, which has no settings of a training")
    try:
        kept = KeptSettings.from_document(run.settings)
        as_preset(kept.settings, "kept")
    except (KeyError, TypeError, ValueError) as error:
        raise JobError(f"run {number} is of another version of wantui; its settings cannot be read") from error
    return kept
