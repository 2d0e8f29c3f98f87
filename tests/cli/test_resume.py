"""Runs that go on: after a crash by themselves, after a stop when asked, and never over what exists."""

from __future__ import annotations

import json
import os
import random
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.slurm.fixtures import use_slurm
from tests.supervisor.conftest import until
from wantui.caches.header import read_header
from wantui.jobs.process import descendants, processes_marked
from wantui.paths import Workspace
from wantui.supervisor import client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Shell

pytestmark = pytest.mark.encoded

STEPS = 3
"""Of an epoch, with the three pictures of the workspace."""
PACE = {"WANTUI_RETRY_PAUSE_S": "0"}


on_both_engines = pytest.mark.parametrize(
    "site", ["local", pytest.param("slurm", marks=pytest.mark.slurm)], indirect=True
)
"""For tests of what the engine sees of a job; the others are about files and records, which no engine touches."""


@pytest.fixture
def site(shell: Shell, request: pytest.FixtureRequest) -> Shell:
    """A workspace that trains the low-noise expert alone, not so fast that nobody can interfere."""
    if getattr(request, "param", "local") == "slurm":
        request.getfixturevalue("cluster")
        use_slurm(shell.folder)
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "0.15"')
    shell.replace("wantui.toml", "[run]", '[run]\nexperts = "low"')
    shell.replace("wantui.toml", "save_every = 1", "save_every = 1\nkeep_states = 1")
    return shell


def low(shell: Shell, run: int = 1) -> dict[str, Any]:
    return next(job for job in shell.jobs() if job["id"] == f"{run}.low")


def start(shell: Shell, *words: str, **environment: str) -> int:
    done = shell.run("train", "--json", *words, **PACE, **environment)
    assert done.returncode == 0, done.stderr
    return int(json.loads(done.stdout)["run"])


def saved(shell: Shell, run: int = 1) -> list[dict[str, Any]]:
    try:
        found = json.loads((shell.folder / f".wantui/runs/{run}/low.saved.json").read_text())["files"]
    except FileNotFoundError:
        return []
    assert isinstance(found, list)
    return found


def states(shell: Shell, run: int = 1) -> list[tuple[int, int]]:
    """Epoch and attempt of each state that has been listed."""
    return [(each["epoch"], each["attempt"]) for each in saved(shell, run) if each["kind"] == "state"]


def output(shell: Shell, suffix: str = "demo") -> list[str]:
    """What a suffix has left in the output folder, without the suffix."""
    return sorted(
        path.name.replace(suffix, "", 1) for path in (shell.folder / "output").iterdir() if suffix in path.name
    )


def kill(shell: Shell, run: int = 1, which: int = 0) -> None:
    """Kill the collector with the trainer, the trainer alone or the collector alone; the shim stays."""
    job = low(shell, run)
    started = "low.started.json" if job["attempts"] == 1 else f"low.{job['attempts']}.started.json"
    collector = json.loads((shell.folder / f".wantui/runs/{run}/{started}").read_text())["pid"]
    if which == 0:
        os.killpg(collector, signal.SIGKILL)
    else:
        os.kill(descendants(collector)[0] if which == 1 else collector, signal.SIGKILL)


def test_killed_in_epoch_4_it_goes_on_from_epoch_3(site: Shell) -> None:
    site.replace("wantui.toml", "keep_states = 1", "keep_states = 9\nretries = 0")
    site.run("train", "--suffix", "whole", "--epochs", "6", "--wait", WANTUI_REHEARSAL_STEP_S="0")
    site.run("supervisor", "stop")  # the next one has another environment
    run = start(site, "--suffix", "broken", "--epochs", "6", WANTUI_REHEARSAL_FAIL="low@11:hang")
    until(lambda: (low(site, run)["step"] or 0) > 3 * STEPS, "a step of epoch 4")
    until(lambda: (3, 1) in states(site, run), "the state of epoch 3")
    kill(site, run)
    until(lambda: low(site, run)["state"] == "failed", "the end")
    reached = max(epoch for epoch, _ in states(site, run))
    before = {path: _seen(path) for path in (site.folder / "output").rglob("*broken*")}
    assert f"{run}.low goes on after epoch {reached} of 6" in site.run("resume", str(run), "--wait").stdout
    job = low(site, run)
    assert (job["state"], job["epoch"], job["epochs"], job["step"], job["steps"]) == ("succeeded", 6, 6, 18, 18)
    assert (job["attempts"], job["resumed_from"]["epoch"]) == (2, reached)
    assert output(site, "broken") == output(site, "whole")
    assert {path: _seen(path) for path in before} == before
    for path in (site.folder / "output").glob("*_broken*.safetensors"):
        twin = path.with_name(path.name.replace("broken", "whole"))
        ours, theirs = read_header(path).metadata, read_header(twin).metadata
        assert (ours["ss_epoch"], ours["ss_steps"]) == (theirs["ss_epoch"], theirs["ss_steps"])
    assert not (site.folder / "output/.attempts").exists()


@on_both_engines
def test_killed_five_times_at_random_steps_it_leaves_what_an_undisturbed_run_leaves(site: Shell) -> None:
    site.replace("wantui.toml", "keep_states = 1", "keep_states = 1\nretries = 5")
    site.run("train", "--suffix", "whole", "--epochs", "16", "--wait", WANTUI_REHEARSAL_STEP_S="0", **PACE)
    run = start(site, "--suffix", "broken", "--epochs", "16")
    chosen = random.Random(7)
    for attempt in range(1, 6):
        until(lambda: any(by == attempt for _, by in states(site, run)), "a state of this attempt")  # noqa: B023
        more = (low(site, run)["step"] or 0) + chosen.randrange(STEPS)
        until(lambda: (low(site, run)["step"] or 0) >= more, "a random step")  # noqa: B023
        kill(site, run, attempt % 3)
        until(lambda: low(site, run)["attempts"] > attempt, "another attempt")  # noqa: B023
    site.run("wait", str(run))
    job = low(site, run)
    assert (job["state"], job["attempts"], job["step"]) == ("succeeded", 6, 48), job["reason"]
    assert len(job["past_attempts"]) == 5
    assert all("killed" in past["reason"] for past in job["past_attempts"])
    assert output(site, "broken") == output(site, "whole")


def test_a_crash_that_comes_again_with_nothing_saved_in_between_ends_it(site: Shell) -> None:
    run = start(site, "--epochs", "4", WANTUI_REHEARSAL_FAIL="low@2:kill")
    site.run("wait", str(run))
    job = low(site, run)
    assert (job["state"], job["attempts"]) == ("failed", 2)
    assert "twice, and nothing was saved in between" in job["reason"]


def test_it_is_not_tried_again_more_often_than_was_said(site: Shell) -> None:
    site.replace("wantui.toml", "keep_states = 1", "keep_states = 1\nretries = 1")
    run = start(site, "--epochs", "9", WANTUI_REHEARSAL_FAIL="low@5:kill")
    site.run("wait", str(run))
    job = low(site, run)
    assert (job["state"], job["attempts"], job["resumed_from"]["epoch"]) == ("failed", 2, 1)
    assert "tried again 1 time by itself" in job["reason"]
    assert "attempts at low\n  1: killed" in site.run("runs", "show", str(run)).stdout
    assert site.run("resume", str(run)).returncode == 0  # a person may, and then it may again by itself


def test_a_failure_that_is_no_crash_is_not_tried_again(site: Shell) -> None:
    run = start(site, "--epochs", "4", WANTUI_REHEARSAL_FAIL="low@5:exit=3")
    site.run("wait", str(run))
    assert (low(site, run)["state"], low(site, run)["attempts"]) == ("failed", 1)


@on_both_engines
def test_after_a_restart_of_the_machine_it_goes_on_by_itself(site: Shell) -> None:
    run = start(site, "--epochs", "5", WANTUI_REHEARSAL_FAIL="low@8:hang")
    until(lambda: (2, 1) in states(site, run), "a state")
    _kill_everything(site, run)
    site.run("wait", str(run), **PACE)  # as the first verb after the restart
    job = low(site, run)
    assert (job["state"], job["attempts"], job["step"], job["epoch"]) == ("succeeded", 2, 15, 5)
    assert job["past_attempts"][0]["cause"].startswith("crash: ")


@on_both_engines
def test_stopped_after_this_epoch_and_resumed(site: Shell) -> None:
    run = start(site, "--epochs", "16")
    until(lambda: low(site, run)["step"], "the first step")
    said = site.run("stop", str(run), "--after-epoch").stdout
    epoch = int(said.split("epoch ")[1].split()[0])
    assert low(site, run)["end_after"] == epoch
    site.run("wait", str(run))
    job = low(site, run)
    assert (job["state"], job["exit_code"]) == ("stopped", 0)
    ((reached, _),) = states(site, run)
    assert f"epoch {reached} of 16 is saved" in job["reason"]
    assert epoch <= reached < 16  # what is saved within a second may be one epoch more, at this pace
    last = reached + 1
    site.run("resume", f"{run}.low", "--epochs", str(last), "--wait")
    job = low(site, run)
    assert (job["state"], job["end_after"], job["epoch"], job["step"]) == ("succeeded", None, last, 3 * last)


def test_a_stop_that_waits_can_be_taken_back(site: Shell) -> None:
    run = start(site, "--epochs", "9", WANTUI_REHEARSAL_FAIL="low@2:hang")
    until(lambda: low(site, run)["step"], "the first step")
    assert "epoch 8" in site.run("stop", f"{run}.low", "--at-epoch", "8").stdout
    assert "trains to the end" in site.run("stop", str(run), "--take-back").stdout
    assert low(site, run)["end_after"] is None
    assert site.run("stop", str(run), "--take-back").returncode == 1
    site.run("stop", str(run))
    assert site.run("stop", str(run), "--after-epoch").returncode == 1


def test_an_epoch_that_saves_nothing_is_no_end(site: Shell) -> None:
    run = start(site, "--epochs", "70", "--save-every", "30")
    done = site.run("stop", str(run), "--at-epoch", "31")
    assert done.returncode == 2
    assert "the nearest that is saved is 30" in done.stderr
    assert low(site, run)["end_after"] is None
    site.run("stop", str(run))


def test_a_stop_of_a_run_does_not_fail_for_the_expert_that_ends_by_itself(site: Shell) -> None:
    site.replace("wantui.toml", 'experts = "low"', 'experts = "both"')
    run = start(site, "--epochs", "9", WANTUI_REHEARSAL_FAIL="high@26:hang")
    until(lambda: len(_checkpoints(site)) == 8, "all checkpoints of the first expert but its last", 60)
    site.run("stop", f"{run}.low")
    site.run("resume", f"{run}.low", "--epochs", "999")
    assert "the next one that 1.low saves is" in site.run("stop", f"{run}.low", "--at-epoch", "1").stderr
    said = site.run("stop", str(run), "--after-epoch")
    assert said.stdout.startswith(f"{run}.low stops when epoch"), said.stderr
    site.run("stop", str(run))


@on_both_engines
def test_stopped_now_it_says_from_where_it_goes_on(site: Shell) -> None:
    run = start(site, "--epochs", "30")
    until(lambda: states(site, run), "a state")
    assert site.run("stop", str(run)).returncode == 0
    job = low(site, run)
    assert job["state"] == "stopped"
    assert f"`wantui resume {run}.low` resumes from it" in job["reason"]
    ((epoch, _),) = states(site, run)
    assert json.loads(site.run("resume", str(run), "--dry-run", "--json").stdout)["jobs"][0]["from"]["epoch"] == epoch


def test_stopped_before_anything_is_saved_it_begins_anew(site: Shell) -> None:
    run = start(site, "--epochs", "3", "--save-every", "3", WANTUI_REHEARSAL_FAIL="low@2:hang")
    until(lambda: low(site, run)["step"], "the first step")
    site.run("stop", str(run))
    site.run("supervisor", "stop")  # the next one has another environment
    assert low(site, run)["state"] == "cancelled"
    assert "begins at epoch 1 of 3" in site.run("resume", str(run), "--wait").stdout
    assert (low(site, run)["state"], low(site, run)["step"]) == ("succeeded", 9)


def test_more_epochs_for_a_run_that_is_done(site: Shell) -> None:
    run = start(site, "--epochs", "2", WANTUI_REHEARSAL_STEP_S="0")
    site.run("wait", str(run))
    last = _seen(site.folder / "output/WAN2.2-LowNoise_demo.safetensors")
    refused = site.run("resume", str(run))
    assert refused.returncode == 1
    assert "--epochs 22` adds 20" in refused.stderr
    assert site.run("resume", str(run), "--epochs", "1").returncode == 2
    said = site.run("resume", str(run), "--epochs", "5", "--set", "max_data_loader_n_workers=0", "--wait").stdout
    assert "epochs: 2 → 5" in said
    assert "max_data_loader_n_workers: not set → 0" in said
    assert "learning rate" in said
    assert _seen(site.folder / "output/WAN2.2-LowNoise_demo-000002.safetensors") == last
    assert output(site) == [
        "WAN2.2-LowNoise_-000001.safetensors", "WAN2.2-LowNoise_-000002.safetensors",
        "WAN2.2-LowNoise_-000003.safetensors", "WAN2.2-LowNoise_-000004.safetensors",
        "WAN2.2-LowNoise_-state", "WAN2.2-LowNoise_.safetensors",
    ]  # fmt: skip
    assert low(site, run)["step"] == 15


def test_what_a_state_cannot_follow_is_refused(site: Shell) -> None:
    start(site, "--epochs", "1", WANTUI_REHEARSAL_STEP_S="0")
    site.run("wait", "1")
    for setting, why in {
        "learning_rate=1e-3": "takes learning rate and schedule from the state",
        "lr_scheduler=constant": "takes learning rate and schedule from the state",
        "network_dim=4": "holds the weights of the network as it was",
        "optimizer_type=adafactor": "holds what that optimizer has gathered",
    }.items():
        done = site.run("resume", "1", "--epochs", "4", "--set", setting)
        assert done.returncode == 2
        assert why in done.stderr
        assert "network_weights=CHECKPOINT" in done.stderr


def test_a_damaged_state_is_passed_over_and_later_files_are_set_aside(site: Shell) -> None:
    site.replace("wantui.toml", "keep_states = 1", "keep_states = 2\nretries = 0")
    run = start(site, "--epochs", "6")
    until(lambda: len(states(site, run)) == 2, "two states")
    kill(site, run)
    until(lambda: low(site, run)["state"] == "failed", "the end")
    older, newer = sorted(epoch for epoch, _ in states(site, run))
    damaged = site.folder / f"output/WAN2.2-LowNoise_demo-{newer:06d}-state/optimizer.bin"
    damaged.write_bytes(damaged.read_bytes()[:-40])
    assert f"goes on after epoch {older} of 6" in site.run("resume", str(run), "--wait").stdout
    assert low(site, run)["state"] == "succeeded"
    aside = {path.name for path in (site.folder / "output/replaced").rglob("*.safetensors")}
    assert f"WAN2.2-LowNoise_demo-{newer:06d}.safetensors" in aside
    assert (site.folder / f"output/WAN2.2-LowNoise_demo-{newer:06d}.safetensors").exists()


def test_captions_edited_since_do_not_leak_in_unless_that_is_asked_for(site: Shell) -> None:
    run = start(site, "--epochs", "9")
    until(lambda: states(site, run), "a state")
    site.run("stop", str(run))
    first = _dataset(low(site, run))
    next((site.folder / "dataset/images").glob("*.txt")).write_text("another caption")
    said = site.run("resume", str(run)).stdout
    assert "trains on the captions that the run began with (since then: 1 caption changed)" in said
    until(lambda: low(site, run)["step"], "a step")
    assert _dataset(low(site, run)) == first
    site.run("stop", str(run))
    said = site.run("resume", str(run), "--present-captions", "--wait").stdout
    assert "trains on the captions as they are now" in said
    assert low(site, run)["state"] == "succeeded"
    assert _dataset(low(site, run)) != first


def test_a_run_does_not_go_on_from_the_state_of_another_that_took_its_names(site: Shell) -> None:
    for words in ((), ("--replace",)):
        run = start(site, "--epochs", "1", *words, WANTUI_REHEARSAL_STEP_S="0")
        site.run("wait", str(run))
    assert "goes on after epoch 1 of 3" in site.run("resume", "2", "--epochs", "3", "--dry-run").stdout
    done = site.run("resume", "1", "--epochs", "3", "--dry-run")
    assert done.returncode == 1
    assert "1.low has no complete state to resume from" in done.stderr


def test_without_states_a_crash_after_a_checkpoint_is_told_and_nothing_is_overwritten(site: Shell) -> None:
    site.replace("wantui.toml", "keep_states = 1", "keep_states = 0")
    run = start(site, "--epochs", "4", WANTUI_REHEARSAL_FAIL="low@5:kill")
    site.run("wait", str(run))
    job = low(site, run)
    assert (job["state"], job["attempts"]) == ("failed", 1)
    assert "no complete state is left to resume from" in job["reason"]
    assert output(site) == ["WAN2.2-LowNoise_-000001.safetensors"]
    done = site.run("resume", str(run))
    assert done.returncode == 1
    assert "--replace` starts over" in done.stderr


def test_a_file_that_somebody_has_put_there_is_never_overwritten(site: Shell) -> None:
    run = start(site, "--epochs", "5")
    until(lambda: states(site, run), "a state")
    foreign = site.folder / "output/WAN2.2-LowNoise_demo.safetensors"
    foreign.write_text("mine")
    site.run("wait", str(run))
    assert foreign.read_text() == "mine"
    assert low(site, run)["state"] == "failed"
    assert (site.folder / "output/WAN2.2-LowNoise_demo-1.low.1.safetensors").exists()
    assert "exists, so this one is" in site.run("logs", f"{run}.low").stdout


def test_an_end_without_room_for_the_last_file_is_trained_again(site: Shell) -> None:
    """The trainer saves its last state before the last LoRA file, and may be gone in between."""
    site.replace("wantui.toml", "keep_states = 1", "keep_states = 2")
    run = start(site, "--epochs", "2", WANTUI_REHEARSAL_STEP_S="0")
    site.run("wait", str(run))
    last = site.folder / "output/WAN2.2-LowNoise_demo.safetensors"
    last.unlink()
    _edit(site, run, lambda record: record["jobs"][-1].update(state="failed"))
    said = site.run("resume", str(run), "--wait").stdout
    assert "goes on after epoch 1 of 2" in said
    assert low(site, run)["state"] == "succeeded"
    assert read_header(last).metadata["ss_epoch"] == "2"


def test_what_lies_elsewhere_is_neither_moved_nor_removed_whatever_the_records_say(
    site: Shell, tmp_path: Path
) -> None:
    run = start(site, "--epochs", "9", WANTUI_REHEARSAL_FAIL="low@5:hang")
    until(lambda: states(site, run), "a state")
    site.run("stop", str(run))
    site.run("supervisor", "stop")
    mine = tmp_path / "mine"
    (mine / "inner").mkdir(parents=True)
    (mine / "WAN2.2-LowNoise_demo-000001.safetensors").write_text("mine")
    records = site.folder / f".wantui/runs/{run}"
    task = json.loads((records / "low.attempt.json").read_text())
    (records / "low.attempt.json").write_text(json.dumps({**task, "folder": str(mine)}))
    listed = json.loads((records / "low.saved.json").read_text())
    for epoch, path in ((7, mine / "inner"), (8, site.folder / "output/../../mine")):
        listed["files"].append({"path": str(path), "kind": "lora", "epoch": epoch, "step": None, "attempt": 1})
    (records / "low.saved.json").write_text(json.dumps(listed))
    site.run("resume", str(run), "--wait")
    assert low(site, run)["state"] == "succeeded"
    assert sorted(path.name for path in mine.iterdir()) == ["WAN2.2-LowNoise_demo-000001.safetensors", "inner"]


def test_a_run_does_not_begin_anew_where_its_files_are_not_found(site: Shell) -> None:
    run = start(site, "--epochs", "9", WANTUI_REHEARSAL_FAIL="low@8:hang")
    until(lambda: len(states(site, run)) == 1 and states(site, run)[0][0] == 2, "the second state")
    site.run("stop", str(run))
    done = site.run("resume", str(run), "--epochs", "2")
    assert done.returncode == 2
    assert "1.low has trained 2 already" in done.stderr
    listed = site.folder / f".wantui/runs/{run}/low.saved.json"
    kept = listed.read_text()
    listed.write_text("{")  # or the record of a wantui that kept no list
    done = site.run("resume", str(run))
    assert done.returncode == 1
    assert "has no complete state to resume from" in done.stderr
    listed.write_text(kept)
    (site.folder / "output").rename(site.folder / "elsewhere")
    done = site.run("resume", str(run))
    assert done.returncode == 1
    assert "is not there any more; move it back" in done.stderr


def test_any_number_of_epochs_is_reckoned_with(site: Shell) -> None:
    run = start(site, "--epochs", "1", WANTUI_REHEARSAL_STEP_S="0")
    site.run("wait", str(run))
    assert site.run("resume", str(run), "--epochs", "1000000000", "--json").returncode == 0
    until(lambda: low(site, run)["step"], "a step")
    site.run("stop", str(run))


def test_a_training_that_counts_steps_does_not_do_them_twice(site: Shell) -> None:
    flags = "\n[training]\nmax_train_epochs = false\nmax_train_steps = 24\n"
    site.write("wantui.toml", (site.folder / "wantui.toml").read_text() + flags)
    run = start(site, "--epochs", "9", WANTUI_REHEARSAL_FAIL="low@8:kill")
    site.run("wait", str(run))
    assert (low(site, run)["state"], low(site, run)["attempts"]) == ("failed", 1)
    done = site.run("resume", str(run))
    assert done.returncode == 1
    assert "counts steps" in done.stderr


def test_an_output_folder_by_a_detour_is_the_one_that_is_meant(site: Shell) -> None:
    site.replace("wantui.toml", "[run]", '[run]\noutput_directory = "../demo/output"')
    site.run("train", "--epochs", "2", "--wait", WANTUI_REHEARSAL_STEP_S="0")
    assert low(site)["state"] == "succeeded", low(site)["reason"]
    site.run("resume", "1", "--epochs", "3", "--wait")
    assert (low(site)["state"], low(site)["epoch"]) == ("succeeded", 3)


def test_a_run_that_was_held_is_not_held_when_it_goes_on(site: Shell) -> None:
    run = start(site, "--epochs", "9")
    until(lambda: states(site, run), "a state")
    site.run("queue", "hold", str(run))
    site.run("stop", str(run))
    site.run("resume", str(run))
    until(lambda: low(site, run)["state"] == "running", "the next attempt")
    site.run("stop", str(run))


def test_checkpoints_of_steps_after_the_state_are_set_aside_too(site: Shell) -> None:
    site.write("wantui.toml", (site.folder / "wantui.toml").read_text() + "\n[training]\nsave_every_n_steps = 1\n")
    run = start(site, "--epochs", "4", WANTUI_REHEARSAL_FAIL="low@5:hang")
    at_five = f"{run}.low.2-step"
    until(lambda: any(each["step"] == 4 and each["kind"] == "lora" for each in saved(site, run)), "step 4")
    site.run("stop", str(run))
    site.run("supervisor", "stop")
    site.run("resume", str(run), "--wait")
    assert low(site, run)["state"] == "succeeded"
    assert not [name for name in output(site) if at_five in name]
    assert [path.name for path in (site.folder / "output/replaced").rglob("*-step*4.safetensors")]


def _checkpoints(shell: Shell) -> list[Path]:
    return list((shell.folder / "output").glob("*High*-0*.safetensors"))


def _edit(shell: Shell, run: int, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the record of a run that has ended while nobody looks after it."""
    shell.run("supervisor", "stop")
    path = shell.folder / f".wantui/runs/{run}/run.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


def _dataset(job: dict[str, Any]) -> str:
    argv: list[str] = job["argv"]
    return argv[argv.index("--dataset_config") + 1]


def _seen(path: Path) -> tuple[int, int]:
    return path.stat().st_ino, path.stat().st_mtime_ns


def _kill_everything(shell: Shell, run: int) -> None:
    """What a power cut does to processes: supervisor, shim, collector and trainer at once."""
    pids = [client.status(Workspace(shell.folder)).pid or 0]
    pids += processes_marked(f"WANTUI_JOB={Workspace(shell.folder).runtime.name}:{run}.low:1")
    shim = json.loads((shell.folder / f".wantui/runs/{run}/low.started.json").read_text())["attendant"]["pid"]
    assert all(pids)
    for pid in (*pids, shim):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def test_a_night_of_queued_runs_is_what_was_asked_for_though_every_process_was_killed(site: Shell) -> None:
    site.run("queue", "pause")
    suffixes = ("a", "b", "c", "d", "e")
    plain = (site.folder / "wantui.toml").read_text()
    for suffix in suffixes:
        if suffix == "c":  # its settings are those of the moment when it was queued
            site.replace("wantui.toml", 'STEP_S = "0.15"', 'STEP_S = "0.15", WANTUI_REHEARSAL_FAIL = "low@2:exit=3"')
        start(site, "--suffix", suffix, "--epochs", {"b": "60", "e": "4"}.get(suffix, "2"))
        site.write("wantui.toml", plain)
    site.run("queue", "move", "5", "1")
    site.run("queue", "move", "1", "4")
    site.run("stop", "2", "--at-epoch", "1")
    assert low(site, 2)["end_after"] == 1
    site.run("queue", "go")
    until(lambda: states(site, 5), "a state of the first one")
    _kill_everything(site, 5)
    for run in range(1, 6):
        site.run("wait", str(run), **PACE)
    jobs = {run: low(site, run) for run in range(1, 6)}
    assert jobs[2].pop("epoch") < 60  # it may go a little further until it is ended
    ended = {run: (job["state"], job.get("epoch")) for run, job in jobs.items()}
    assert ended == {
        5: ("succeeded", 4),
        2: ("stopped", None),
        3: ("failed", 1),
        1: ("succeeded", 2),
        4: ("succeeded", 2),
    }
    assert jobs[5]["attempts"] == 2
    others = sorted((2, 3, 1, 4), key=lambda run: jobs[run]["started"])
    assert others == [2, 3, 1, 4]  # 5 goes on as soon as it is known how it ended
    ((kept, by),) = states(site, 2)
    assert by == 1
    assert 1 <= kept < 60  # as above
