"""``wantui queue`` and the options of ``train`` that queue a run: what scripts see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.supervisor.conftest import until
from wantui.paths import Workspace
from wantui.services.workspace import Services

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

pytestmark = pytest.mark.encoded


def train(shell: Shell, suffix: str, *more: str) -> str:
    """Queue a short training of the high-noise expert; what is said."""
    done = shell.run("train", "--suffix", suffix, "--experts", "high", "--epochs", "1", *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(shell: Shell) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shell.json("queue", "list")["runs"]
    return found


def test_a_queue_is_paused_sorted_held_and_let_go(shell: Shell) -> None:
    assert shell.run("queue", "list").stdout == "nothing is waiting or running; `wantui train` queues a run\n"
    assert shell.json("queue", "list") == {"paused": False, "runs": []}
    assert "nothing runs" in shell.run("queue", "pause").stdout
    for suffix in ("one", "two", "three"):
        train(shell, suffix)
    assert [(each["position"], each["run"], each["suffix"], each["state"]) for each in rows(shell)] == [
        (1, 1, "one", "paused"), (2, 2, "two", "paused"), (3, 3, "three", "paused"),
    ]  # fmt: skip
    assert shell.run("queue", "move", "3", "1").stdout == "run 3 is at position 1 now\n"
    held = shell.json("queue", "hold", "1")
    assert held["paused"]
    assert [(each["run"], each["state"]) for each in held["runs"]] == [(3, "paused"), (1, "held"), (2, "paused")]
    assert set(held["runs"][0]) == {"position", "run", "suffix", "state", "reason", "after", "start", "end"}
    listed = shell.run("queue", "list").stdout
    assert listed.startswith("paused: nothing starts until `wantui queue go`\n")
    assert "held by hand: `wantui queue release 1` releases it" in listed
    assert shell.run("queue", "go").stdout == "the queue is resumed\n"
    for number in ("3", "2"):
        assert shell.run("wait", number).returncode == 0
    assert [(each["run"], each["state"]) for each in rows(shell)] == [(1, "held")]
    assert shell.run("queue", "release", "1").stdout.startswith("released: 1.latents, 1.text, 1.high")
    assert shell.run("wait", "1").returncode == 0
    started = {job["id"]: job["started"] for job in shell.jobs() if job["kind"] == "high"}
    assert started["3.high"] < started["1.high"]
    assert started["2.high"] < started["1.high"]


def test_what_cannot_be_done_is_said(shell: Shell) -> None:
    for words, code, said in (
        (("queue", "hold", "4"), 1, "no run 4"),
        (("queue", "move", "4", "1"), 1, "no run 4"),
        (("queue", "move", "4", "0"), 2, "whole number from 1"),
        (("queue", "release", "4"), 1, "no run 4"),
        (("queue",), 2, "ACTION"),
        (("train", "--after", "4"), 1, "no run 4"),
        (("train", "--like", "4"), 1, "no run 4"),
    ):
        done = shell.run(*words)
        assert (done.returncode, said in done.stderr) == (code, True), (words, done.stderr)
    assert not shell.jobs()


def test_a_run_after_another_tells_what_it_waits_for(shell: Shell) -> None:
    assert "it is held: `wantui queue release 1`" in train(shell, "one", "--hold")
    assert "it waits for run 1 to end\n" in train(shell, "two", "--after", "1")
    (first, second) = rows(shell)
    assert (first["state"], first["after"]) == ("held", [])
    assert (second["state"], second["after"], second["reason"]) == ("waiting", [1], "waits for run 1 to end")
    assert shell.run("stop", "1").returncode == 0
    assert shell.run("wait", "2").returncode == 0
    assert "waits for run" not in train(shell, "three", "--after", "1", "--wait")


def test_a_run_like_another_has_its_settings_and_what_is_asked_for_on_top(shell: Shell) -> None:
    train(shell, "one", "--set", "network_dim=8", "--set", "learning_rate=1e-4", "--author", "Ada", "--wait")
    shell.replace("wantui.toml", "[watch]", "[training]\nnetwork_dim = 64\n[watch]")
    refused = shell.run("train", "--like", "1")
    assert refused.returncode == 2, "the names are in use, as with any run"
    assert "--suffix one-2" in refused.stderr
    done = shell.run("train", "--like", "1", "--suffix", "two", "--set", "learning_rate=2e-4", "--wait")
    assert done.returncode == 0, done.stderr
    was, now = (shell.json("runs", "show", number)["settings"] for number in ("1", "2"))
    assert (now["training"]["network_dim"], now["training"]["learning_rate"]) == (8, 2e-4)
    assert (now["experts"], now["epochs"], now["author"], now["suffix"]) == (was["experts"], 1, "Ada", "two")
    assert [each for each in was if was[each] != now[each]] == ["suffix", "training"]


def test_settings_are_those_of_the_moment_in_which_a_run_was_queued(shell: Shell) -> None:
    train(shell, "one", "--set", "network_dim=8", "--hold")
    shell.replace("wantui.toml", "[watch]", "[training]\nnetwork_dim = 64\n[watch]")
    shell.run("queue", "release", "1")
    assert shell.run("wait", "1").returncode == 0
    (high,) = (job for job in shell.jobs() if job["kind"] == "high")
    assert high["argv"][high["argv"].index("--network_dim") + 1] == "8"


def test_a_pause_is_seen_by_a_supervisor_that_starts_later(shell: Shell) -> None:
    shell.run("queue", "pause")
    shell.run("supervisor", "stop")
    train(shell, "one")
    until(lambda: rows(shell)[0]["reason"] is not None, "a reason")
    assert rows(shell)[0]["state"] == "paused"


def test_the_screen_fills_its_form_from_a_run(shell: Shell) -> None:
    train(shell, "one", "--author", "Ada", "--save-every", "7", "--hold")
    services = Services(Workspace(shell.folder))
    found = services.runs.form_values(like=1)
    assert [found[key].text for key in ("suffix", "author", "experts", "epochs")] == ["one", "Ada", "high", "1"]
    assert (found["save_every"].text, found["save_every"].source) == ("7", "run 1")
    assert services.runs.form_values()["save_every"].text != "7"
    services.close()


def test_start_and_end_are_estimated_as_soon_as_a_run_tells_how_fast_it_is(shell: Shell) -> None:
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "0.2"')
    train(shell, "one", "--epochs", "500")
    train(shell, "two", "--after", "1")
    train(shell, "three", "--hold")

    def known() -> list[dict[str, Any]] | None:
        found = rows(shell)
        return found if found[1]["end"] is not None else None

    first, second, held = until(known, "an estimate")
    assert (first["state"], second["state"]) == ("running", "waiting")
    assert first["start"] < first["end"] == second["start"] < second["end"]
    assert (held["start"], held["end"]) == (None, None)
    listed = shell.run("queue", "list").stdout
    assert "start unknown" in listed
    assert "ends " in listed
    paused = shell.json("queue", "pause")["runs"]
    assert paused[0]["end"] is not None, "its last job runs, and a pause does not keep it from its end"
    assert paused[1]["start"] is None
    for number in ("1", "2", "3"):
        shell.run("stop", number)
