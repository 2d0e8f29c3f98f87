"""Nothing that exists is overwritten unless a person said so, and then it is moved."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.supervisor.conftest import runtime
from tests.trainer.settings import run_settings
from wantui.jobs import liveness
from wantui.jobs.hook import Decision
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.store import RunStore, job_files, run_folder
from wantui.paths import Workspace
from wantui.runs.errors import PlanError
from wantui.runs.hook_context import HookContext
from wantui.runs.hooks import trained
from wantui.runs.kept_settings import KeptSettings
from wantui.runs.output_names import NamesInUseError, make_way, names_in_use, retry_meets
from wantui.trainer.model import Expert
from wantui.trainer.rehearsal import tensors

if TYPE_CHECKING:
    from wantui.trainer.model import RunSettings

__all__ = ["runtime"]

HIGH = "WAN2.2-HighNoise_bar"


@pytest.fixture
def settings(tmp_path: Path) -> RunSettings:
    """Of a rehearsal with an output folder of its own."""
    output = tmp_path / "output"
    output.mkdir()
    return run_settings(
        trainer_kind="rehearsal", suffix="bar", output_directory=output, dataset=tmp_path / "none.toml"
    )


def job(workspace: Workspace, kind: str, number: int = 1, state: JobState = JobState.STARTING) -> Job:
    started = None if state is JobState.QUEUED else 5.0
    spec = JobSpec(JobKind(kind), ("true",), workspace.root)
    return Job(f"{number}.{kind}", number, spec, state, 0.0, started=started)


def keep(workspace: Workspace, settings: RunSettings, number: int, *states: JobState) -> Run:
    """A run on the disk, with jobs of these states for the experts of its settings."""
    kinds = [str(expert) for expert in settings.experts]
    jobs = tuple(job(workspace, kind, number, state) for kind, state in zip(kinds, states, strict=True))
    run = Run(number, RunKind.TRAIN, 0.0, KeptSettings(settings).to_document(), jobs)
    run_folder(workspace, number).mkdir(parents=True)
    RunStore(workspace).write(run)
    return run


def a_case(workspace: Workspace, settings: RunSettings, *, replaces: bool = False) -> HookContext:
    """The high expert of run 1, about to start."""
    run_folder(workspace, 1).mkdir(parents=True, exist_ok=True)
    own = replace(job(workspace, "high"), replaces=replaces)
    return HookContext(workspace, Run(1, RunKind.TRAIN, 0.0, {}, (own,)), own, settings, force=False, gpu=None)


def touch(settings: RunSettings, *names: str) -> None:
    for name in names:
        path = settings.output_directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"precious {name}")


def test_a_free_name_is_in_nobodys_way(settings: RunSettings, tmp_path: Path) -> None:
    touch(settings, "WAN2.2-HighNoise_other.safetensors")
    assert names_in_use(Workspace(tmp_path), settings) is None


def test_what_exists_is_named_with_its_run_and_a_suffix_that_is_free(settings: RunSettings, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    keep(workspace, settings, 3, JobState.SUCCEEDED, JobState.FAILED)
    touch(settings, f"{HIGH}-000001.safetensors", f"{HIGH}.safetensors", "WAN2.2-LowNoise_bar-2.safetensors")
    found = names_in_use(workspace, settings)
    assert found is not None
    assert [path.name for path in found.files] == [f"{HIGH}-000001.safetensors", f"{HIGH}.safetensors"]
    assert (found.run, found.writers, found.free_suffix) == (3, (), "bar-3")
    assert f"{HIGH}-000001.safetensors and 1 more file of these names exist already (of run 3, last" in str(found)
    assert "bar-3 is free" in found.problem(replaces=False).fix
    assert "are replaced" in found.problem(replaces=True).fix
    assert str(found.files[1]) in str(NamesInUseError(found, "do this"))


def test_the_files_of_the_other_expert_are_not_asked_about(settings: RunSettings, tmp_path: Path) -> None:
    touch(settings, f"{HIGH}.safetensors")
    assert names_in_use(Workspace(tmp_path), replace(settings, experts=(Expert.LOW,))) is None


def test_a_numbered_suffix_is_counted_on(settings: RunSettings, tmp_path: Path) -> None:
    touch(settings, "WAN2.2-HighNoise_bar-7.safetensors")
    found = names_in_use(Workspace(tmp_path), replace(settings, suffix="bar-7"))
    assert found is not None
    assert found.free_suffix == "bar-8"


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
def test_a_run_that_is_still_to_write_the_names_is_in_the_way(
    settings: RunSettings, tmp_path: Path, state: JobState
) -> None:
    workspace = Workspace(tmp_path)
    keep(workspace, settings, 1, JobState.SUCCEEDED, state)
    found = names_in_use(workspace, settings)
    assert found is not None
    assert (found.files, found.writers, found.free_suffix) == ((), ("1.low",), "bar-2")
    assert "1.low has not ended" in str(found)
    assert names_in_use(workspace, settings, but_run=1) is None
    assert names_in_use(workspace, replace(settings, output_directory=tmp_path / "elsewhere")) is None


def test_a_run_that_cannot_be_read_is_passed_over(settings: RunSettings, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    run = keep(workspace, settings, 1, JobState.QUEUED, JobState.QUEUED)
    RunStore(workspace).write(replace(run, settings={"run": "of another version"}))
    assert names_in_use(workspace, settings) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)
DOCUMENT = KeptSettings(run_settings()).to_document()


@given(st.sampled_from(sorted(DOCUMENT["run"])), JSON, st.booleans())
def test_whatever_a_record_says_other_runs_are_not_kept_from_starting(key: str, value: object, whole: bool) -> None:
    document = {**DOCUMENT, "run": {**DOCUMENT["run"], key: value} if whole else value}
    with TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        settings = run_settings(output_directory=Path(folder) / "output")
        run = keep(workspace, settings, 1, JobState.QUEUED, JobState.QUEUED)
        RunStore(workspace).write(replace(run, settings=document))
        names_in_use(workspace, settings)
        retry_meets(workspace, replace(run, settings=document), None)


def test_a_retry_meets_what_its_own_experts_have_saved(settings: RunSettings, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    run = keep(workspace, settings, 1, JobState.SUCCEEDED, JobState.FAILED)
    touch(settings, f"{HIGH}.safetensors")
    assert retry_meets(workspace, run, None) is None, "high is good, and low has saved nothing"
    found = retry_meets(workspace, run, run.jobs[0])
    assert found is not None
    assert [path.name for path in found.files] == [f"{HIGH}.safetensors"]


def test_a_folder_that_cannot_be_listed_is_named(
    settings: RunSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = os.listdir

    def refuse(path: Path) -> list[str]:
        if path == settings.output_directory:
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(PlanError, match=f"{settings.output_directory}: Permission denied; whether files"):
        names_in_use(Workspace(tmp_path), settings)


def test_a_start_that_would_overwrite_is_refused(settings: RunSettings, tmp_path: Path, runtime: Path) -> None:
    touch(settings, f"{HIGH}-000001.safetensors", f"{HIGH}-000001-state/model.safetensors")
    why = make_way(a_case(Workspace(tmp_path), settings), settings, Expert.HIGH)
    assert why is not None
    assert f"{HIGH}-000001" in why
    assert "`wantui retry 1.high --replace`" in why
    assert sorted(path.name for path in settings.output_directory.iterdir()) == [
        f"{HIGH}-000001-state", f"{HIGH}-000001.safetensors",
    ]  # fmt: skip


def test_pictures_alone_are_overwritten_by_nobody(settings: RunSettings, tmp_path: Path, runtime: Path) -> None:
    """Their names have the second; an attempt that ran out of memory after them is retried automatically."""
    touch(settings, f"sample/{HIGH}_e000000_00_20260101000000_000.png")
    assert make_way(a_case(Workspace(tmp_path), settings), settings, Expert.HIGH) is None


def test_what_is_replaced_is_moved_whole_and_never_onto_something(
    settings: RunSettings, tmp_path: Path, runtime: Path
) -> None:
    case = a_case(Workspace(tmp_path), settings, replaces=True)
    for _ in range(2):
        touch(
            settings, f"{HIGH}.safetensors", f"sample/{HIGH}_e000001_00_20260101000000_000.png", "other.safetensors"
        )
        assert make_way(case, settings, Expert.HIGH) is None
        assert [path.name for path in settings.output_directory.glob("*.safetensors")] == ["other.safetensors"]
    kept = sorted(path for path in (settings.output_directory / "replaced").rglob("*") if path.is_file())
    assert [path.read_text() for path in kept] == [f"precious {HIGH}.safetensors", kept[1].read_text()] * 2
    assert "1.high" in kept[0].parent.name
    assert str(kept[0].parent) in job_files(case.workspace, case.job).log.read_text()


def test_a_job_of_another_workspace_that_writes_the_names_keeps_them(
    settings: RunSettings, tmp_path: Path, runtime: Path
) -> None:
    here, there = (a_case(Workspace(tmp_path / name), settings, replaces=True) for name in ("here", "there"))
    held = liveness.hold(here.files.liveness_lock)
    assert make_way(here, settings, Expert.HIGH) is None
    touch(settings, f"{HIGH}-000001.safetensors")
    why = make_way(there, replace(settings, output_directory=tmp_path / "here/../output"), Expert.HIGH)
    assert why is not None
    assert f"1.high of {tmp_path / 'here'}" in why
    assert make_way(there, settings, Expert.LOW) is None, "the other expert has another name"
    os.close(held)
    assert make_way(there, settings, Expert.HIGH) is None
    assert not (settings.output_directory / f"{HIGH}-000001.safetensors").exists()


def test_a_lora_is_not_judged_by_the_clock(settings: RunSettings, tmp_path: Path) -> None:
    lora = settings.output_directory / f"{HIGH}.safetensors"
    tensors.save(lora, {"up": tensors.tensor([1.0], (1,), "F32")})
    os.utime(lora, (0, 0))
    case = a_case(Workspace(tmp_path), settings)
    assert trained.verify(case, None).decision is Decision.GO
    lora.write_text("broken off")
    assert trained.verify(case, None).decision is Decision.FAIL
    lora.unlink()
    assert "is not there or broken" in str(trained.verify(case, None).reason)
