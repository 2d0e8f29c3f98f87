"""A setup is begun once, however many ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wantui import config as configuration
from wantui.jobs.model import Job, JobKind, JobState, Run, RunKind
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.setup import plan
from wantui.setup.commands import SetupError
from wantui.setup.discovery import Adoption
from wantui.setup.plan import PlannedStep, SetupPlan, begin
from wantui.setup.steps import SetupStep
from wantui.supervisor import client
from wantui.weights import locks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.jobs.model import JobSpec


def planned(workspace: Workspace) -> SetupPlan:
    """One step that is left."""
    step = SetupStep(JobKind.TRAINER, "the trainer", is_done=lambda _: False, commands=lambda _: ())
    return SetupPlan("t2v", Adoption((), {}, configuration.load(workspace)), (PlannedStep(step, is_done=False),), ())


def test_a_second_one_gets_the_one_that_is_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(tmp_path)

    def submit(_: Workspace, kind: RunKind, settings: dict[str, Any], specs: Sequence[JobSpec]) -> Run:
        assert locks.holder(workspace.runtime / "setup.lock") is not None  # nobody else can look and begin meanwhile
        store = RunStore(workspace)
        number = store.create_folder()
        run = Run(
            number,
            kind,
            0.0,
            settings,
            tuple(Job(f"{number}.{spec.kind}", number, spec, JobState.QUEUED, 0.0) for spec in specs),
        )
        store.write(run)
        return run

    monkeypatch.setattr(client, "submit", submit)
    first, second = begin(workspace, planned(workspace)), begin(workspace, planned(workspace))
    assert first is not None
    assert second is not None
    assert first.number == second.number
    assert len(RunStore(workspace).runs()) == 1


def test_whoever_waits_in_vain_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(tmp_path)
    monkeypatch.setattr(plan, "_PATIENCE_S", 0.0)
    with locks.hold(workspace.runtime / "setup.lock"), pytest.raises(SetupError, match="a setup is being begun"):
        begin(workspace, planned(workspace))
