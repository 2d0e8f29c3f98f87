"""What this user has started on this machine, and what that allows."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui import config as configuration
from wantui.jobs import trust
from wantui.jobs.codec import run_from_document, run_to_document
from wantui.jobs.model import Job, JobError, JobKind, JobSpec, JobState, Run, RunKind
from wantui.paths import Workspace

SPEC = JobSpec(JobKind.HIGH, ("train", "--flag"), Path("/w"), {"A": "b"}, prepare=("gate",), verify=("gate", "after"))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for the records."""
    monkeypatch.setenv("WANTUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    return tmp_path / "state"


def knows_nobody(_uid: int) -> NoReturn:
    raise KeyError


def run(spec: JobSpec = SPEC, **changes: Any) -> Run:
    job = Job("1.high", 1, spec, JobState.QUEUED, 0.0)
    return replace(Run(1, RunKind.TRAIN, 0.0, {"epochs": 3}, (job,)), **changes)


def written(tmp_path: Path, text: str) -> configuration.Config:
    (tmp_path / "wantui.toml").write_text(text)
    return configuration.load(Workspace(tmp_path))


def test_a_run_is_approved_as_it_was_started() -> None:
    assert not trust.is_approved(run())
    trust.approve(run())
    ended = run().with_job(replace(run().jobs[0], state=JobState.FAILED, attempt=2, reason="no"))
    assert trust.is_approved(run_from_document(run_to_document(ended)))


@pytest.mark.parametrize(
    "changed",
    [
        run(replace(SPEC, argv=("other",))),
        run(replace(SPEC, env={"LD_PRELOAD": "evil.so"})),
        run(replace(SPEC, cwd=Path("/elsewhere"))),
        run(replace(SPEC, prepare=("evil",))),
        run(replace(SPEC, verify=None)),
        run(settings={"epochs": 4}),
        run(kind=RunKind.CAPTION),
    ],
)
def test_a_run_that_executes_something_else_is_not(changed: Run) -> None:
    trust.approve(run())
    assert not trust.is_approved(changed)


def test_a_workspace_is_used_until_what_it_executes_has_changed(tmp_path: Path) -> None:
    config = written(tmp_path, "")
    assert "started nothing" in str(trust.why_not_used(config))
    trust.mark_used(config)
    assert trust.why_not_used(config) is None
    assert trust.why_not_used(written(tmp_path, "[training]\nlearning_rate = 1e-4\n[run]\nepochs = 3\n")) is None


@pytest.mark.parametrize(
    "text",
    [
        '[trainer]\npython = "evil"',
        '[trainer]\nroot = "evil"',
        '[trainer]\nenv = {PYTHONPATH = "evil"}',
        '[trainer]\nkind = "rehearsal"',
        '[models]\nt5 = "evil.pth"',
        "[caching]\nbatch_size = 2",
        '[captions]\ncommand = ["evil", "{media}"]',
    ],
)
def test_what_a_configuration_executes_is_all_that_counts(tmp_path: Path, text: str) -> None:
    trust.mark_used(written(tmp_path, ""))
    assert "have changed" in str(trust.why_not_used(written(tmp_path, text)))


@given(st.binary(max_size=200))
def test_a_record_of_any_content_allows_nothing(content: bytes) -> None:
    config = configuration.load(Workspace(Path("/nowhere")))
    trust.mark_used(config)
    for record in Path(os.environ["WANTUI_STATE_DIR"], "workspaces").iterdir():
        record.write_bytes(content)
    assert trust.why_not_used(config) is not None


def test_a_folder_that_others_may_write_holds_no_record(state: Path) -> None:
    trust.approve(run())
    state.chmod(0o777)
    assert not trust.is_approved(run())
    with pytest.raises(JobError, match="set WANTUI_STATE_DIR"):
        trust.approve(run())


@pytest.mark.parametrize("home", [None, "", "relative", "/proc", "/nowhere/at/all"])
def test_without_a_home_of_ones_own_there_is_still_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    monkeypatch.delenv("WANTUI_STATE_DIR")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", knows_nobody)
    if home is None:
        monkeypatch.delenv("HOME", raising=False)
    else:
        monkeypatch.setenv("HOME", home)
    trust.approve(run())
    assert trust.is_approved(run())
    assert any((tmp_path / "runtime" / "state" / "runs").iterdir())


def test_with_no_folder_at_all_nothing_is_approved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANTUI_STATE_DIR")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/nowhere")
    monkeypatch.setattr("pwd.getpwuid", knows_nobody)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "link"))
    assert not trust.is_approved(run())
    with pytest.raises(JobError, match="no folder of your own"):
        trust.approve(run())


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give folders away")
def test_the_home_of_somebody_else_holds_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 54321, -1)
    monkeypatch.delenv("WANTUI_STATE_DIR")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr("pwd.getpwuid", knows_nobody)
    trust.approve(run())
    assert not any(home.iterdir())
