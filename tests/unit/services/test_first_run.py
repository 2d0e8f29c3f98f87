"""When a workspace is a new one, and what there is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wantui import config
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.services.first_run import FirstRun, is_first_run

if TYPE_CHECKING:
    from pathlib import Path

REHEARSAL = '[trainer]\nkind = "rehearsal"\n[gpus]\nprovider = "simulated"\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "wantui.toml").write_text(REHEARSAL)
    return Workspace(tmp_path)


def keep(workspace: Workspace, kind: RunKind) -> None:
    """A run that was stopped."""
    store = RunStore(workspace)
    number = store.create_folder()
    spec = JobSpec(JobKind.TEXT, ("true",), workspace.root)
    job = Job(f"{number}.text", number, spec, JobState.STOPPED, 0.0)
    store.write(Run(number, kind, 0.0, {}, (job,)))


def is_new(workspace: Workspace) -> bool:
    return is_first_run(workspace, config.load(workspace))


def test_without_a_dataset_it_is_new_until_something_was_trained(workspace: Workspace) -> None:
    assert is_new(workspace)
    keep(workspace, RunKind.CACHE)
    assert is_new(workspace)
    keep(workspace, RunKind.TRAIN)
    assert not is_new(workspace)


def test_with_all_that_a_training_needs_it_is_none(workspace: Workspace) -> None:
    (workspace.root / "dataset").mkdir()
    (workspace.root / "dataset/dataset.toml").touch()
    assert not is_new(workspace)
    workspace.config_file.write_text("")  # the real trainer, which is not there
    assert is_new(workspace)


def test_weights_that_are_missing_make_it_one_and_are_named(workspace: Workspace) -> None:
    root = workspace.root
    python = root / "venv/bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    (root / "dataset").mkdir()
    (root / "dataset/dataset.toml").touch()
    keys = ("t5", "vae", "t2v_high", "t2v_low")
    files = "".join(f'{key} = "{key}.safetensors"\n' for key in keys)
    workspace.config_file.write_text(f'[trainer]\npython = "{python}"\n[models]\n{files}')
    for key in keys[:3]:
        (root / f"{key}.safetensors").touch()
    assert is_new(workspace)
    assert FirstRun(workspace).look().weights_lacking == ("t2v_low.safetensors",)
    (root / "t2v_low.safetensors").touch()
    assert not is_new(workspace)


def test_a_look_says_what_there_is(workspace: Workspace) -> None:
    box = FirstRun(workspace).look()
    assert (box.trainer, box.needs_weights, box.is_set_up) == ("the rehearsal trainer", False, True)
    assert (box.has_dataset, box.folder) == (False, None)
    (workspace.root / "pics").mkdir()
    (workspace.root / "pics/a.png").touch()
    found = FirstRun(workspace).look().folder
    assert found is not None
    assert found.images == ("a.png",)


def test_a_path_that_cannot_even_be_looked_at_is_not_there(workspace: Workspace) -> None:
    workspace.config_file.write_text(f'{REHEARSAL}[run]\ndataset = "{"d" * 300}"\n[models]\nt5 = "{"w" * 300}"\n')
    assert is_new(workspace)
    assert not FirstRun(workspace).look().has_dataset
