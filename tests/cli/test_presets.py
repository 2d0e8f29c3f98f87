"""Named presets from the command line, to a run and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

pytestmark = pytest.mark.encoded


def test_a_runs_settings_are_saved_loaded_and_compared(shell: Shell) -> None:
    done = shell.run("train", "--wait", "--epochs", "1", "--experts", "low", "--set", "network_dim=8", "--json")
    assert done.returncode == 0, done.stderr
    assert shell.run("presets", "save", "small night", "--run", "1").returncode == 0
    assert shell.json("presets", "diff", "small night", "1") == {}
    differs = shell.json("presets", "diff", "small night")
    assert differs["training.network_dim"] == [8, None]
    assert differs["run.experts"] == ["low", "both"]
    plan = shell.json("train", "--load", "small night", "--dry-run")
    assert [job["kind"] for job in plan["jobs"]] == ["latents", "text", "low"]
    argv = plan["jobs"][2]["argv"]
    assert argv[argv.index("--network_dim") + 1] == "8"
    assert "with the preset small night" in shell.run("train", "--load", "small night", "--dry-run").stdout


def test_what_is_given_wins_over_the_preset_and_that_over_wantui_toml(shell: Shell) -> None:
    shell.write("presets/night.toml", "[run]\nepochs = 7\nsave_every = 3\n[training]\nnetwork_dim = 8\n")
    plan = shell.json("train", "--load", "night", "--epochs", "2", "--set", "network_dim=4", "--dry-run")
    argv = plan["jobs"][2]["argv"]
    values = {name: argv[argv.index(f"--{name}") + 1] for name in ("max_train_epochs", "network_dim")}
    assert values == {"max_train_epochs": "2", "network_dim": "4"}
    assert argv[argv.index("--save_every_n_epochs") + 1] == "3"
    assert shell.json("check", "--load", "night", "--quick")["plan"]["steps"] % 7 == 0


def test_a_run_keeps_the_name_of_its_preset(shell: Shell) -> None:
    shell.write("presets/night.toml", "[run]\nepochs = 1\n")
    shell.run("train", "--load", "night", "--wait")
    assert shell.json("runs", "show", "1")["settings"]["loaded"] == "night"


def test_a_preset_is_given_away_and_taken_over(shell: Shell) -> None:
    shell.run("presets", "save", "night")
    assert shell.run("presets", "export", "night", "--to", "given.toml").returncode == 0
    assert shell.run("presets", "export", "night", "--to", "given.toml").returncode == 2
    assert shell.run("presets", "import", "given.toml").returncode == 0
    assert shell.run("presets", "import", "given.toml").returncode == 2
    assert shell.json("presets", "diff", "given", "night") == {}
    assert shell.run("presets", "remove", "given").returncode == 0
    assert [each["name"] for each in shell.json("presets", "list")] == ["night"]
    shell.write("foreign.toml", '[trainer]\nroot = "/somewhere"\n')
    refused = shell.run("presets", "import", "foreign.toml")
    assert refused.returncode == 2
    assert "trainer.root is of this machine alone" in refused.stderr


def test_one_that_cannot_be_used_hides_no_other(shell: Shell) -> None:
    shell.write("presets/bad.toml", "[run]\nepocs = 1\n")
    shell.run("presets", "save", "night")
    done = shell.run("presets", "list", "--json")
    assert done.returncode == 2
    assert "did you mean run.epochs?" in done.stderr
    assert [each["name"] for each in json.loads(done.stdout)] == ["night"]
    assert shell.run("train", "--load", "bad").returncode == 2


def test_check_tells_how_memory_would_be_spent(shell: Shell) -> None:
    found = shell.json("check", "--quick")["memory"]
    assert {(each["expert"], each["gpu"], each["preset"]) for each in found} == {
        ("high", 0, "fp8"), ("high", 1, "fp8"), ("low", 0, "fp8"), ("low", 1, "fp8"),
    }  # fmt: skip
    assert {"name", "says", "device_mib", "host_mib", "moved_mib", "why_not", "weights"} == set(
        found[0]["options"][0]
    )


def test_what_is_no_file_is_not_said_to_be_missing(shell: Shell) -> None:
    done = shell.run("presets", "import", "dataset")
    assert (done.returncode, done.stderr) == (2, "wantui: dataset: is no regular file; name a preset's file\n")
    assert "there is no such file" in shell.run("presets", "import", "nothing.toml").stderr
