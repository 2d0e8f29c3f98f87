"""Slurm as a machine, with what nodes write and Slurm lists put there by the test."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.supervisor.conftest import until
from wantui import atomic
from wantui.config.schema import SlurmConfig
from wantui.jobs.model import InterruptedBy, Job, JobKind, JobSpec, JobState
from wantui.jobs.store import ExitRecord, job_files, run_folder
from wantui.paths import Workspace
from wantui.slurm.gpu_record import line_of
from wantui.slurm.jobs import SlurmJob
from wantui.supervisor.slurm import on_node
from wantui.supervisor.slurm.ends import why_ended
from wantui.supervisor.slurm.files import SlurmFiles, note_ticket, sbatch_command, write_submission
from wantui.supervisor.slurm.machine import SETTLE_S, SlurmMachine

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.supervisor.machine import Seen


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    made = Workspace(tmp_path / "it's a $(place)")
    made.root.mkdir()
    made.create_state()
    run_folder(made, 1).mkdir()
    return made


@pytest.fixture
def job(workspace: Workspace) -> Job:
    spec = JobSpec(JobKind.HIGH, ("train", "$(rm -rf /)"), workspace.root)
    return Job("1.high", 1, spec, JobState.STARTING, 0.0, argv=spec.argv)


@pytest.fixture
def own(workspace: Workspace, job: Job) -> SlurmFiles:
    """The job's files, handed to Slurm as number 17."""
    files = write_submission(workspace, job)
    submission = files.read_submission()
    assert submission is not None
    note_ticket(files, submission, "17")
    return files


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of Slurm's programs that print what a test says; ``sacct`` has no accounts."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    put(folder, "sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1")
    return folder


def put(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def see(machine: SlurmMachine, job: Job) -> Seen:
    """Look at a job until the accounts have answered."""
    watched = machine._watched
    machine.see(job)
    until(
        lambda: machine.see(job) and all(each.is_accounted or each.sacct is None for each in watched.values()),
        "sacct",
    )
    return machine.see(job)


@pytest.fixture
def machine(workspace: Workspace, programs: Path) -> SlurmMachine:
    return SlurmMachine(workspace, SlurmConfig)


def list_as(machine: SlurmMachine, own: SlurmFiles, state: str | None, reason: str = "None") -> None:
    """What Slurm lists of the job from now on; None: it does not know it."""
    submission = own.read_submission()
    assert submission is not None
    comment = f"wantui 0 1.high 1 {submission.token}"
    machine._look.jobs = () if state is None else (SlurmJob("17", state, reason, "n1", None, comment),)
    machine._look.asked_at = time.monotonic() + 1000


def claim(own: SlurmFiles) -> None:
    own.claim.write_text(json.dumps({"ticket": "17", "node": "n1"}))


def end(workspace: Workspace, job: Job, code: int, received: int | None = None) -> None:
    record = {"exit_code": code, "ended": time.time(), "error": None, "signal": received}
    atomic.write_json(job_files(workspace, job).exit, record)


def test_nothing_of_a_job_goes_through_a_shell(workspace: Workspace, job: Job, own: SlurmFiles) -> None:
    submission = own.read_submission()
    assert submission is not None
    call = sbatch_command(own, submission, job, SlurmConfig())
    assert not any("rm -rf" in word for word in call)
    assert str(own.order) == call[-1]
    script = next(word for word in call if word.endswith("batch.sh"))
    with open(script, encoding="utf-8") as file:  # noqa: PTH123
        assert [line for line in file if not line.startswith("#")] == ['exec "$1" -I -S "$2" "$3"\n']


def test_before_slurm_was_asked_nothing_is_certain(machine: SlurmMachine, job: Job, own: SlurmFiles) -> None:
    seen = machine.see(job)
    assert (seen.is_alive, seen.is_certain) == (False, False)


def test_a_job_waits_then_runs(machine: SlurmMachine, job: Job, own: SlurmFiles) -> None:
    list_as(machine, own, "PENDING", "Resources")
    assert machine.see(job).waits == "Slurm 17: Resources, no node is free"
    list_as(machine, own, "RUNNING")
    seen = machine.see(job)
    assert (seen.is_alive, seen.waits) == (True, None)
    claim(own)
    started = machine.identify(job)
    assert started is not None
    assert (started.node, started.ticket) == ("n1", "17")


def test_a_job_that_ended_well_needs_no_word_of_slurm(
    machine: SlurmMachine, workspace: Workspace, job: Job, own: SlurmFiles
) -> None:
    end(workspace, job, 0)
    seen = machine.see(job)
    assert seen.ended == ExitRecord(0, seen.ended.ended if seen.ended else 0.0)
    assert not seen.is_alive


def test_why_a_job_ended_badly_is_told_once_slurm_says_so(
    machine: SlurmMachine, workspace: Workspace, job: Job, own: SlurmFiles
) -> None:
    claim(own)
    end(workspace, job, -15, signal.SIGTERM)
    list_as(machine, own, "COMPLETING")
    assert machine.see(job).is_alive
    list_as(machine, own, "CANCELLED")
    seen = machine.see(job)
    assert seen.interruption is not None
    assert seen.interruption.by is InterruptedBy.CANCELLED


def test_a_job_that_slurm_has_forgotten_before_it_ran_may_be_submitted_again(
    machine: SlurmMachine, job: Job, own: SlurmFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_as(machine, own, None)
    assert not machine.see(job).is_certain
    monkeypatch.setattr("wantui.supervisor.slurm.machine.SETTLE_S", 0.0)
    seen = machine.see(job)
    assert (seen.is_alive, seen.is_certain, seen.interruption) == (False, True, None)


def test_a_job_that_slurm_has_forgotten_while_it_ran_may_not(
    machine: SlurmMachine, job: Job, own: SlurmFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(own)
    list_as(machine, own, None)
    monkeypatch.setattr("wantui.supervisor.slurm.machine.SETTLE_S", 0.0)
    seen = see(machine, job)
    assert seen.interruption is not None
    assert seen.interruption.by is InterruptedBy.NODE


def test_what_slurm_lists_no_more_its_accounts_may_tell(
    machine: SlurmMachine, workspace: Workspace, job: Job, own: SlurmFiles, programs: Path
) -> None:
    put(programs, "sacct", "echo '17|CANCELLED by 1000|n1|wantui-1.high'")
    claim(own)
    end(workspace, job, -15, signal.SIGTERM)
    list_as(machine, own, None)
    seen = see(machine, job)
    assert seen.interruption is not None
    assert seen.interruption.says.startswith("cancelled in Slurm (`scancel`)")


def test_what_the_accounts_call_running_is_gone_all_the_same(
    machine: SlurmMachine, job: Job, own: SlurmFiles, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(programs, "sacct", "echo '17|RUNNING|n1|wantui-1.high'")
    monkeypatch.setattr("wantui.supervisor.slurm.machine.SETTLE_S", 0.0)
    claim(own)
    list_as(machine, own, None)
    assert not see(machine, job).is_alive


def test_a_job_that_holds_its_lock_lives_whatever_slurm_says(
    machine: SlurmMachine, job: Job, own: SlurmFiles
) -> None:
    from wantui import locks

    claim(own)
    for state in ("COMPLETED", "PENDING", None):
        list_as(machine, own, state)
        with locks.held(own.lock):
            assert see(machine, job).is_alive
    assert SETTLE_S > 0
    assert not machine.see(job).is_certain


def test_a_job_whose_readings_grow_lives_where_locks_are_not_seen(
    machine: SlurmMachine, workspace: Workspace, job: Job, own: SlurmFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(own)
    list_as(machine, own, None)
    readings = job_files(workspace, job).gpus
    readings.write_bytes(line_of(1.0, ()))
    assert not see(machine, job).is_certain
    readings.write_bytes(line_of(1.0, ()) + line_of(2.0, ()))
    monkeypatch.setattr("wantui.supervisor.slurm.machine.SETTLE_S", 0.0)
    assert see(machine, job).is_alive
    monkeypatch.setattr("wantui.supervisor.slurm.heartbeat.SILENT_S", 0.0)
    seen = see(machine, job)
    assert (seen.is_alive, seen.is_certain) == (False, True)


def test_a_node_that_failed_is_the_reason(
    machine: SlurmMachine, job: Job, own: SlurmFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(own)
    list_as(machine, own, "NODE_FAIL")
    monkeypatch.setattr("wantui.supervisor.slurm.machine.SETTLE_S", 0.0)
    seen = machine.see(job)
    assert seen.interruption is not None
    assert (seen.interruption.by, seen.ended) == (InterruptedBy.NODE, None)


@pytest.mark.parametrize(
    ("received", "state", "by"),
    [
        (signal.SIGUSR1, "COMPLETED", InterruptedBy.TIME_LIMIT),
        (signal.SIGTERM, "TIMEOUT", InterruptedBy.TIME_LIMIT),
        (signal.SIGTERM, "PREEMPTED", InterruptedBy.PREEMPTED),
        (signal.SIGTERM, "PENDING", InterruptedBy.PREEMPTED),
        (signal.SIGTERM, None, InterruptedBy.CANCELLED),
        (None, "OUT_OF_MEMORY", InterruptedBy.MEMORY),
        (None, "COMPLETED", None),
        (None, None, None),
    ],
)
def test_the_signal_and_the_state_together_say_why(
    received: int | None, state: str | None, by: InterruptedBy | None
) -> None:
    listed = None if state is None else SlurmJob("17", state)
    interruption = why_ended(ExitRecord(-15, 0.0, signal=received), listed)
    assert (interruption and interruption.by) == by


def test_only_the_first_start_of_the_latest_submission_becomes_the_shim(
    workspace: Workspace, job: Job, own: SlurmFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    monkeypatch.setattr(on_node, "_become_shim", lambda _folder, order: begun.append(order.token))
    order = own.order
    stale = order.with_name("stale.json")
    stale.write_bytes(order.read_bytes())
    latest = write_submission(workspace, job).read_submission()
    assert latest is not None
    assert on_node.main(str(stale)) == 0
    assert begun == []
    on_node.main(str(order))
    on_node.main(str(order))
    assert begun == [latest.token]


def test_what_has_ended_starts_no_more(
    machine: SlurmMachine, job: Job, own: SlurmFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_node, "_become_shim", lambda *_: pytest.fail("it was started"))
    machine.forget(job)
    assert on_node.main(str(own.order)) == 0


def test_a_folder_that_a_node_does_not_have_fails_the_job_with_its_name(
    workspace: Workspace, job: Job, own: SlurmFiles
) -> None:
    document = json.loads(own.order.read_text())
    own.order.write_text(json.dumps(document | {"cwd": "/nowhere/at/all"}))
    assert on_node.main(str(own.order)) == 0
    record = json.loads(job_files(workspace, job).exit.read_text())
    assert record["exit_code"] == 127
    assert record["error"] == "cannot be started on the node: /nowhere/at/all: No such file or directory"
