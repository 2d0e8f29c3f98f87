"""What a run keeps of what it was, and the edits that come while it trains."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.supervisor.conftest import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell


def caption(shell: Shell) -> Path:
    return min((shell.folder / "dataset/images").glob("*.txt"))


def state(shell: Shell, name: str) -> str:
    found: str = next(job["state"] for job in shell.jobs() if job["id"] == name)
    return found


def trained_captions(shell: Shell, run: int) -> set[str]:
    return {row["caption"] for row in shell.json("runs", "show", str(run))["items"]}


def test_a_run_keeps_what_it_trained_on_and_two_runs_can_be_compared(shell: Shell) -> None:
    assert shell.run("train", "--wait").returncode == 0
    caption(shell).write_text("ohwx, another caption\n")
    assert shell.json("runs", "show", "1")["changed_since"]["recaptioned"] == [caption(shell).stem]
    assert "1 caption changed" in shell.run("runs", "show", "1").stdout
    assert shell.run("train", "--wait", "--epochs", "1", "--replace").returncode == 0
    difference = shell.json("runs", "diff", "1", "2")
    assert difference["settings"] == {"epochs": [2, 1]}
    assert difference["items"]["recaptioned"] == [caption(shell).stem]
    compared = shell.json("compare", "1", "2")
    assert compared["settings"] == {"epochs": ["2", "1"]}
    assert compared["captions"][caption(shell).stem][1] == "ohwx, another caption"
    assert {each["expert"] for each in compared["epochs"]} == {"high", "low"}
    assert "epochs  2 → 1" in shell.run("runs", "diff", "1", "2").stdout
    assert shell.json("runs", "list")[1]["jobs"]["high"] == "succeeded"
    shown = shell.json("runs", "show", "2")
    assert "rehearsal" in shown["trainer"]
    assert all(row["media_hash"] and row["latents"] for row in shown["items"])
    assert "ohwx, another caption" in trained_captions(shell, 2)


def test_a_run_is_shown_in_words(shell: Shell) -> None:
    assert shell.run("cache", "--wait").returncode == 0
    said = shell.run("runs", "show", "1").stdout
    assert "['" not in said
    assert "{'" not in said
    assert sum(" t5=" in line or " vae=" in line for line in said.splitlines()) == 2


def test_runs_without_their_numbers_are_bad_usage(shell: Shell) -> None:
    for words, example in ((("show",), "runs show 7"), (("diff", "1"), "runs diff 6 7")):
        done = shell.run("runs", *words)
        assert done.returncode == 2
        assert example in done.stderr
        assert "runs list" in done.stderr


def test_both_experts_see_the_captions_that_the_run_began_with(shell: Shell) -> None:
    """One GPU, so the second expert starts after the edit; the edit is encoded between the two."""
    shell.replace("wantui.toml", "simulated = 2", "simulated = 1")
    shell.replace("wantui.toml", 'STEP_S = "0"', 'STEP_S = "0.3"')
    started = json.loads(shell.run("train", "--json").stdout)["run"]
    before = caption(shell).read_text().strip()
    until(lambda: state(shell, f"{started}.high") == "running", "the first expert")
    caption(shell).write_text("ohwx, edited while it trains\n")
    assert shell.run("wait", str(started)).returncode == 0
    trained = trained_captions(shell, started)
    assert before in trained
    assert "ohwx, edited while it trains" not in trained
    snapshots = {tuple(job["argv"]) for job in shell.jobs() if job["kind"] in ("high", "low")}
    assert all(any(word.endswith("caches-1/dataset.json") for word in argv) for argv in snapshots)


def test_an_edit_before_the_expert_gets_its_gpu_is_encoded_first(shell: Shell) -> None:
    state_file = shell.folder / ".wantui/simulated-gpus.json"
    assert shell.run("cache", "--wait").returncode == 0
    busy = {str(index): {"memory_used_mib": 9000} for index in range(2)}
    state_file.write_text(json.dumps(busy))
    started = json.loads(shell.run("train", "--json").stdout)["run"]
    until(lambda: state(shell, f"{started}.text") == "skipped", "the caches")
    caption(shell).write_text("ohwx, edited while it waits\n")
    state_file.write_text("{}")
    done = shell.run("wait", str(started))
    assert done.returncode == 0, done.stdout
    assert state(shell, f"{started}.text") == "succeeded"
    assert "ohwx, edited while it waits" in trained_captions(shell, started)


def test_a_truncated_cache_file_is_made_again_before_training(shell: Shell) -> None:
    assert shell.run("cache", "--wait").returncode == 0
    latents = min((shell.folder / "dataset/cache").glob("*_wan.safetensors"))
    latents.write_bytes(latents.read_bytes()[:-100])
    assert shell.json("check")["caches"]["latents"]["corrupt"] == 1
    assert shell.run("train", "--wait").returncode == 0
    jobs = {job["id"]: job["state"] for job in shell.jobs()}
    assert (jobs["2.latents"], jobs["2.text"], jobs["2.high"]) == ("succeeded", "skipped", "succeeded")


def test_a_failed_cache_job_puts_back_what_it_had_moved_away(shell: Shell) -> None:
    assert shell.run("cache", "--wait").returncode == 0
    cache = shell.folder / "dataset/cache"
    before = {path.name: path.stat().st_ino for path in cache.iterdir() if path.is_file()}
    captions = sorted((shell.folder / "dataset/images").glob("*.txt"))
    last = captions[-1].read_text()
    for each in captions:
        each.write_text("ohwx, an edit that is taken back\n")
    shell.replace("wantui.toml", "env = {", 'env = { WANTUI_REHEARSAL_FAIL = "text@1",')
    assert shell.run("cache", "--wait").returncode == 1  # after the first of three
    after = {path.name: path.stat().st_ino for path in cache.iterdir() if path.is_file()}
    assert after.keys() == before.keys()
    kept = f"{captions[-1].stem}_wan_te.safetensors"
    assert after[kept] == before[kept]
    captions[-1].write_text(last)
    assert shell.json("check")["caches"]["text"] == {
        "current": 2,
        "stale": 1,
        "missing": 0,
        "corrupt": 0,
        "orphan": 0,
    }


def test_orphans_are_gone_before_training_and_never_trained_on(shell: Shell) -> None:
    assert shell.run("cache", "--wait").returncode == 0
    gone = caption(shell)
    for path in (shell.folder / "dataset/images").glob(f"{gone.stem}.*"):
        path.unlink()
    assert shell.json("check")["caches"]["text"]["orphan"] == 1
    assert shell.run("train", "--wait").returncode == 0
    assert not list((shell.folder / "dataset/cache").glob(f"{gone.stem}*"))
    assert gone.stem not in {row["name"] for row in shell.json("runs", "show", "2")["items"]}
    high = next(job for job in shell.jobs() if job["id"] == "2.high")
    assert high["steps"] == 2 * 2


def test_force_encodes_everything_again_and_leaves_a_running_training_alone(shell: Shell) -> None:
    assert shell.run("cache", "--wait").returncode == 0
    cache = shell.folder / "dataset/cache"
    before = {path.name: path.stat().st_ino for path in cache.iterdir() if path.is_file()}
    assert shell.run("cache", "--force", "--wait").returncode == 0
    after = {path.name: path.stat().st_ino for path in cache.iterdir() if path.is_file()}
    assert after.keys() == before.keys()
    assert all(after[name] != before[name] for name in before)
