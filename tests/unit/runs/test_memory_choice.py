"""What an attempt knows of those before it, and what becomes of it where that cannot be kept."""

from __future__ import annotations

from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from tests.trainer.settings import run_settings
from wantui import atomic
from wantui.gpus import host
from wantui.gpus.model import Gpu
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.store import job_files, run_folder
from wantui.paths import Workspace
from wantui.runs.hook_context import HookContext
from wantui.runs.memory_choice import MemoryChoice, choice_of, next_leaner, next_try, settle
from wantui.runs.probing import main as probing
from wantui.runs.probing.main import Prober
from wantui.trainer.model import Expert

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.runs.probing.order import OpenProbe

RTX_4090 = Gpu(0, "GPU-0", "NVIDIA GeForce RTX 4090", memory_total_mib=24564, compute_capability=(8, 9))
H200 = Gpu(0, "GPU-0", "NVIDIA H200", memory_total_mib=143771, compute_capability=(9, 0))


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HookContext:
    """The third attempt at an expert, on a machine with memory enough."""
    monkeypatch.setattr(host, "memory_mib", lambda: 128 * 1024)
    workspace = Workspace(tmp_path)
    run_folder(workspace, 1).mkdir(parents=True)
    spec = JobSpec(JobKind.HIGH, ("true",), tmp_path)
    job = Job("1.high", 1, spec, JobState.STARTING, 0.0, attempt=3)
    settings = run_settings(dataset=tmp_path / "none.toml", memory="auto")
    return HookContext(workspace, Run(1, RunKind.TRAIN, 0.0, {}, (job,)), job, settings, force=False, gpu=RTX_4090)


def keep(case: HookContext, attempt: int, choice: MemoryChoice) -> None:
    atomic.write_json(job_files(case.workspace, replace(case.job, attempt=attempt)).memory, asdict(choice))


def test_an_attempt_that_was_never_settled_hides_none_before_it(case: HookContext) -> None:
    keep(case, 1, MemoryChoice("swap10", "", "", ("swap20",), ("swap10",)))
    assert settle(case, case.settings, Expert.HIGH).memory != "auto"
    found = choice_of(case.workspace, case.job)
    assert found is not None
    assert (found.name, found.failed) == ("swap20", ("swap10",))


def test_another_try_that_could_not_know_of_this_one_is_none(
    case: HookContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(case, 3, MemoryChoice("swap10", "", "", ("swap20",)))

    def is_full(_path: Path, _document: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "write_json", is_full)
    assert next_try(case, overwrites=False) is None


def test_asked_twice_it_is_told_once(case: HookContext) -> None:
    keep(case, 3, MemoryChoice("swap10", "", "", ("swap20",)))
    assert next_try(case, overwrites=False) == next_try(case, overwrites=False)
    found = choice_of(case.workspace, case.job)
    assert found is not None
    assert found.failed == ("swap10",)
    assert next_try(case, overwrites=True) is None
    assert next_try(replace(case, stopped=True), overwrites=False) is None


def test_a_probe_takes_less_where_the_level_of_the_training_was_too_much(
    case: HookContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "settings_of_job", lambda *_: case.settings)
    trained = replace(case.job, attempt=1)
    asks = Job("2.probe", 2, JobSpec(JobKind.PROBE, ("true",), case.workspace.root), JobState.RUNNING, 0.0)
    run_folder(case.workspace, 2).mkdir()

    def level(attempt: int, gpu: Gpu) -> str:
        job = replace(asks, attempt=attempt)
        prober = Prober(case.workspace, cast("OpenProbe", SimpleNamespace(run=None)), case.workspace.root, gpu, job)
        return prober._settings(trained, Expert.HIGH).memory

    keep(case, 1, MemoryChoice("swap10", "", ""))
    assert level(1, RTX_4090) == "swap10"
    assert next_leaner(job_files(case.workspace, asks).memory) == "out of GPU memory with swap10; again with swap20"
    assert level(2, RTX_4090) == "swap20"
    keep(case, 1, MemoryChoice("full", "", ""))
    asks = replace(asks, id="3.probe", run=3)
    run_folder(case.workspace, 3).mkdir()
    assert level(1, H200) == "full"
    again = next_leaner(job_files(case.workspace, asks).memory)
    assert again is None, "losses of other weights could not be compared"
