"""Files of earlier runs: overwritten by nobody, moved away where a person said so; and what a run needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.demo import demo_workspace
from tests.supervisor.conftest import until
from wantui.jobs.model import JobState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Shell

pytestmark = pytest.mark.encoded

TRAIN = ("train", "--experts", "high", "--epochs", "2", "--save-every", "1")
LAST, FIRST = "WAN2.2-HighNoise_demo.safetensors", "WAN2.2-HighNoise_demo-000001.safetensors"


def loras(shell: Shell, folder: str = "output") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (shell.folder / folder).glob("*.safetensors")}


def job(shell: Shell, name: str) -> dict[str, object]:
    found: dict[str, object] = next(each for each in shell.jobs() if each["id"] == name)
    return found


def test_the_same_names_again_are_refused_with_the_files_and_a_free_suffix(shell: Shell) -> None:
    assert shell.run(*TRAIN, "--wait").returncode == 0
    before = loras(shell)
    assert set(before) == {FIRST, LAST}
    again = shell.run(*TRAIN, "--wait")
    assert again.returncode == 2
    assert "of run 1" in again.stderr
    assert str(shell.folder / "output" / LAST) in again.stderr
    assert "--suffix demo-2" in again.stderr
    assert "--replace" in again.stderr
    planned = shell.run(*TRAIN, "--dry-run")
    assert planned.returncode == 2
    assert "exist already (of run 1" in planned.stdout
    assert "demo-2 is free" in planned.stdout
    assert [each["run"] for each in shell.jobs()] == [1, 1, 1]
    assert loras(shell) == before
    assert shell.run("train", "--suffix", "demo-2", "--experts", "high", "--dry-run").returncode == 0


def test_a_check_tells_of_files_that_exist_and_is_good_all_the_same(shell: Shell) -> None:
    assert shell.json("check")["plan"]["in_use"] is None
    (shell.folder / "output").mkdir(exist_ok=True)
    (shell.folder / "output" / LAST).write_text("precious")
    done = shell.run("check", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["plan"]["in_use"] == {
        "files": [str(shell.folder / "output" / LAST)], "run": None, "writers": [], "free_suffix": "demo-2",
    }  # fmt: skip


def test_what_is_replaced_is_moved_and_not_lost(shell: Shell) -> None:
    assert shell.run(*TRAIN, "--wait").returncode == 0
    before = loras(shell)
    done = shell.run(*TRAIN, "--replace", "--wait")
    assert done.returncode == 0, done.stderr
    after = loras(shell)
    assert set(after) == set(before)
    assert all(after[name] != before[name] for name in before)
    (kept,) = (shell.folder / "output/replaced").iterdir()
    assert loras(shell, f"output/replaced/{kept.name}") == before


def test_a_retry_of_what_has_saved_something_is_refused(shell: Shell) -> None:
    shell.replace("wantui.toml", "env = {", 'env = { WANTUI_REHEARSAL_FAIL = "high@4:exit=3",')
    assert shell.run(*TRAIN, "--wait").returncode == 1
    before = loras(shell)
    assert set(before) == {FIRST}
    for name in ("1", "1.high"):
        refused = shell.run("retry", name)
        assert refused.returncode == 2
        assert FIRST in refused.stderr
        assert f"`wantui retry {name} --replace`" in refused.stderr
    assert job(shell, "1.high")["state"] == JobState.FAILED
    assert shell.run("retry", "1.high", "--replace").returncode == 0
    shell.run("wait", "1")
    (kept,) = (shell.folder / "output/replaced").iterdir()
    assert loras(shell, f"output/replaced/{kept.name}") == before


def test_a_second_run_that_would_write_the_same_names_is_refused_while_the_first_waits(shell: Shell) -> None:
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "30"')
    assert shell.run(*TRAIN).returncode == 0
    for words in ((), ("--replace",)):
        refused = shell.run(*TRAIN, *words)
        assert refused.returncode == 2
        assert "1.high has not ended" in refused.stderr
        assert "demo-2 is free" in refused.stderr
    assert shell.run("stop", "1").returncode == 0


def test_files_that_come_while_a_run_waits_are_not_overwritten(shell: Shell) -> None:
    """Its caches were still to be made when somebody else's LoRA came to lie there."""
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "2"')
    assert shell.run(*TRAIN).returncode == 0
    (shell.folder / "output").mkdir(exist_ok=True)
    (shell.folder / "output" / LAST).write_text("precious")
    assert shell.run("wait", "1").returncode == 1
    failed = job(shell, "1.high")
    assert failed["state"] == JobState.FAILED
    assert "would be overwritten" in str(failed["reason"])
    assert loras(shell) == {LAST: b"precious"}


@pytest.mark.parametrize("what", ["broken", "gone"])
def test_the_second_expert_needs_nothing_of_the_dataset_any_more(shell: Shell, what: str) -> None:
    shell.replace("wantui.toml", "simulated = 2", "simulated = 1")
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "0.3"')
    assert shell.run("train", "--epochs", "2").returncode == 0
    until(lambda: job(shell, "1.high")["state"] == JobState.RUNNING, "the first expert")
    dataset = shell.folder / "dataset/dataset.toml"
    if what == "broken":
        dataset.write_text("[general\n")
        (shell.folder / "wantui.toml").write_text("[run\n")
    else:
        dataset.unlink()
        (shell.folder / "dataset/images").rename(shell.folder / "dataset/pictures")
    assert until(lambda: ended(shell), "the end of both") == ["succeeded", "succeeded"]


def test_a_run_that_waits_for_a_gpu_trains_on_what_it_has_proved(shell: Shell) -> None:
    """Its caches are current and its training set is taken when somebody leaves dataset.toml half written."""
    assert shell.run("cache", "--wait").returncode == 0
    shell.replace("wantui.toml", "simulated = 2", "simulated = 1")
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "30"')
    assert shell.run("train", "--experts", "high").returncode == 0
    until(lambda: job(shell, "2.high")["state"] == JobState.RUNNING, "the first run")
    shell.replace("wantui.toml", 'STEP_S = "30"', 'STEP_S = "0"')
    assert shell.run("train", "--experts", "low", "--suffix", "late").returncode == 0
    until(lambda: job(shell, "3.text")["state"] == JobState.SKIPPED, "its training set")
    (shell.folder / "dataset/dataset.toml").write_text("[general\n")
    assert shell.run("stop", "2").returncode == 0
    assert shell.run("wait", "3").returncode == 0
    assert "not valid TOML" in shell.run("logs", "3.low").stdout


def ended(shell: Shell) -> list[str] | None:
    """How the experts have ended, from the run's record: with a broken configuration no verb says more."""
    jobs = json.loads((shell.folder / ".wantui/runs/1/run.json").read_text())["jobs"]
    if not all(JobState(each["state"]).has_ended for each in jobs):
        return None
    return [each["state"] for each in jobs[2:]]


def test_two_workspaces_with_one_output_folder_do_not_write_the_same_names_at_once(
    shell: Shell, in_folder: Callable[[Path], Shell], tmp_path: Path
) -> None:
    other = in_folder(tmp_path / "other")
    demo_workspace(other.folder, epochs=1)
    other.write("wantui.toml", (shell.folder / "wantui.toml").read_text())
    assert shell.run("cache", "--wait").returncode == 0
    for each in (shell, other):
        each.replace("wantui.toml", "[run]\n", f'[run]\noutput_directory = "{tmp_path / "shared"}"\n')
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "30"')
    assert shell.run("train", "--experts", "high").returncode == 0
    until(lambda: job(shell, "2.high")["state"] == JobState.RUNNING, "the first expert")
    assert other.run("train", "--experts", "high", "--epochs", "1", "--wait").returncode == 1
    assert f"2.high of {shell.folder} writes" in str(job(other, "1.high")["reason"])
    assert shell.run("stop", "2").returncode == 0
