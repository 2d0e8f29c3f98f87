"""Pictures and losses start no trainer that a run of somebody else names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.finished_run import finished_run
from wantui.jobs import trust
from wantui.jobs.store import RunStore
from wantui.runs.errors import PlanError
from wantui.runs.probing.order import OpenProbe, ProbeOrder
from wantui.runs.sampling.order import OpenSampling, SampleOrder
from wantui.trainer.prompts import Prompt

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace

ORDER = SampleOrder(1, (Prompt("a cat"),))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("WANTUI_STATE_DIR", str(tmp_path / "state"))
    return finished_run(tmp_path / "w")


def test_a_run_of_somebody_else_with_a_trainer_of_its_own_is_refused(workspace: Workspace) -> None:
    refused = r"you have not started run 1 on this machine, and it names another trainer \(/t/musubi-tuner/venv"
    with pytest.raises(PlanError, match=refused):
        OpenSampling.of(workspace, ORDER)
    with pytest.raises(PlanError, match=refused):
        OpenProbe.of(workspace, ProbeOrder(1))


def test_ones_own_run_and_one_with_the_trainer_of_the_settings_are_not(workspace: Workspace) -> None:
    run = RunStore(workspace).get(1)
    trust.approve(run)
    assert OpenSampling.of(workspace, ORDER).run == run


def test_a_run_that_was_brought_along_uses_the_trainer_that_the_settings_name(workspace: Workspace) -> None:
    python = "/t/musubi-tuner/venv/bin/python"
    workspace.config_file.write_text(f'[trainer]\nroot = "/t/musubi-tuner"\npython = "{python}"\n')
    assert str(OpenSampling.of(workspace, ORDER).settings.trainer_python) == python
