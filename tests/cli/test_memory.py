"""How experts spend memory: what is settled at the start, and what becomes of an estimate that was wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.supervisor.conftest import until
from wantui.cli.parser import build

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

pytestmark = pytest.mark.encoded


def test_an_expert_that_runs_out_of_memory_starts_again_with_less(shell: Shell) -> None:
    watched = shell.run("train", "--wait", WANTUI_REHEARSAL_FAIL="high@2:oom<20").stdout
    assert watched.count("!  1.high  fp8 ran out of GPU memory; this attempt: fp8 weights, 10 of 40 blocks") == 1
    jobs = {job["kind"]: job for job in shell.jobs()}
    assert {job["state"] for job in jobs.values()} == {"skipped", "succeeded"}
    argv = jobs["high"]["argv"]
    assert argv[argv.index("--blocks_to_swap") + 1] == "20"
    assert "--blocks_to_swap" not in jobs["low"]["argv"]
    kept = json.loads((shell.folder / ".wantui/runs/1/high.3.memory.json").read_text())
    assert kept["failed"] == ["fp8", "swap10"]
    assert "fp8 and swap10 ran out of the GPU's memory" in shell.run("runs", "show", "1").stdout
    said = "fp8 and swap10 ran out of GPU memory; this attempt: fp8 weights, 20 of 40 blocks"
    assert said in shell.run("logs", "1.high", "--attempt", "3").stdout.splitlines()[0]
    assert shell.run("logs", "1.high").stdout.count("── attempt ") == 2
    assert said in json.loads((shell.folder / ".wantui/runs/1/high.3.progress.json").read_text())["warnings"][0]


def test_a_second_try_trains_on_what_the_other_expert_trained_on(shell: Shell) -> None:
    """However the captions look by then: the experts of one LoRA belong together."""
    shell.replace("wantui.toml", "simulated = 2", "simulated = 1")
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "0.2", WANTUI_REHEARSAL_FAIL = "low@1:oom<10"')
    shell.run("train")
    until(lambda: any(job["id"] == "1.high" and job["state"] == "running" for job in shell.jobs()), "1.high")
    next((shell.folder / "dataset/images").glob("*.txt")).write_text("")  # an error, were it asked now
    shell.run("wait", "1")
    jobs = {job["kind"]: job for job in shell.jobs()}
    assert jobs["low"]["state"] == "succeeded"
    sets = {argv[argv.index("--dataset_config") + 1] for argv in (jobs["high"]["argv"], jobs["low"]["argv"])}
    assert len(sets) == 1


def test_where_nothing_is_lean_enough_it_fails_and_says_so(shell: Shell) -> None:
    done = shell.run("train", "--wait", "--experts", "low", WANTUI_REHEARSAL_FAIL="low@1:oom")
    assert done.returncode == 1
    low = next(job for job in shell.jobs() if job["kind"] == "low")
    assert low["state"] == "failed"
    assert "ran out of memory" in low["reason"]
    assert low["log"].endswith("low.5.log")


def test_what_a_person_asked_for_is_not_changed(shell: Shell) -> None:
    shell.run("train", "--wait", "--experts", "low", "--preset", "swap10", WANTUI_REHEARSAL_FAIL="low@1:oom<20")
    low = next(job for job in shell.jobs() if job["kind"] == "low")
    assert (low["state"], low["log"].endswith("/low.log")) == ("failed", True)
    assert "swap20" in low["reason"]


def test_what_has_been_saved_is_not_written_over(shell: Shell) -> None:
    shell.replace("wantui.toml", "[run]", "[run]\nkeep_states = 0")
    shell.run(
        "train", "--wait", "--experts", "low", "--epochs", "3", "--save-every", "1",
        WANTUI_REHEARSAL_FAIL="low@5:oom<20",
    )  # fmt: skip
    low = next(job for job in shell.jobs() if job["kind"] == "low")
    assert (low["state"], low["log"].endswith("/low.log")) == ("failed", True)
    assert len(low["outputs"]) == 1


def test_out_of_memory_after_a_checkpoint_goes_on_from_its_state_with_less(shell: Shell) -> None:
    shell.run(
        "train", "--wait", "--experts", "low", "--epochs", "3", "--save-every", "1",
        WANTUI_REHEARSAL_FAIL="low@5:oom<20",
    )  # fmt: skip
    low = next(job for job in shell.jobs() if job["kind"] == "low")
    assert (low["state"], low["attempts"]) == ("succeeded", 3)  # swap10 runs out of memory as well
    assert low["resumed_from"]["epoch"] == 2
    assert (low["epoch"], low["step"], low["steps"]) == (3, 9, 9)
    assert [each["cause"] for each in low["past_attempts"]] == ["GPU memory", "GPU memory"]
    assert low["argv"][low["argv"].index("--blocks_to_swap") + 1] == "20"
    assert len(low["outputs"]) == 3


def test_the_way_to_spend_memory_has_the_name_that_the_form_gives_it() -> None:
    for flag in ("--memory", "--preset"):
        assert build().parse_args(["train", flag, "swap20"]).memory == "swap20"
