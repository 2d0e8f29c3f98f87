"""A fresh box, set up from local mirrors: a git repository and a folder of wheels, with no network at all."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from uv import find_uv_bin

from tests.cli.fresh_box import DISTRIBUTIONS, TORCH, Mirrors, hub, kill_everything, make_wheel, mirrors
from tests.supervisor.conftest import until
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.weights.catalogue import weights_for
from wantui.weights.hash_cache import HashCache
from wantui.weights.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Shell
    from tests.models_server import FakeHub

__all__ = ["hub", "mirrors"]

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

STEPS = ("trainer", "environment", "tokenizer", "weights")


@pytest.fixture
def shell(in_folder: Callable[[Path], Shell], mirrors: Mirrors) -> Shell:
    """An empty box: nothing but mirrors."""
    made = in_folder(mirrors.folder / "box")
    made.write("wantui.toml", mirrors.toml)
    return made


def steps(shell: Shell) -> dict[str, bool]:
    return {step["step"]: step["done"] for step in shell.json("setup")["steps"]}


def test_a_bare_box_is_set_up_and_a_second_time_nothing_is_done(shell: Shell, hub: FakeHub) -> None:
    assert steps(shell) == dict.fromkeys(STEPS, False)
    done = shell.run("setup", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert steps(shell) == dict.fromkeys(STEPS, True)
    wanted = weights_for("t2v")
    assert hub.served == sum(len(hub.contents[weight.path]) for weight in wanted)
    again = shell.run("setup", "--yes")
    assert again.returncode == 0
    assert "ready" in again.stdout
    assert len(RunStore(Workspace(shell.folder)).runs()) == 1


def test_the_exact_commands_are_shown_and_without_a_yes_nothing_is_done(shell: Shell) -> None:
    done = shell.run("setup")
    assert done.returncode == 2
    assert "fetch --progress --depth 1" in done.stdout
    assert "pip install --python" in done.stdout
    assert not (shell.folder / "musubi-tuner").exists()


def test_a_mirror_that_is_not_there_is_told_and_can_be_corrected(shell: Shell) -> None:
    shell.replace("wantui.toml", "/mirror", "/nowhere")
    done = shell.run("setup", "--yes")
    assert done.returncode == 1
    assert "cannot fetch musubi-tuner v0.3.4" in done.stdout
    shell.replace("wantui.toml", "/nowhere", "/mirror")
    assert shell.run("setup", "--yes").returncode == 0


def test_what_is_there_is_used_as_it_is(shell: Shell) -> None:
    mirror = shell.folder.parent / "mirror"
    subprocess.run(["git", "clone", "-q", str(mirror), str(shell.folder / "musubi-tuner")], check=True)
    (shell.folder / "musubi-tuner" / "mine.txt").write_text("my own file")
    assert steps(shell)["trainer"] is True
    assert shell.run("setup", "--yes").returncode == 0
    assert (shell.folder / "musubi-tuner" / "mine.txt").read_text() == "my own file"


def test_a_folder_that_is_something_else_is_not_touched(shell: Shell) -> None:
    shell.write("musubi-tuner/thesis.txt", "years of work")
    done = shell.run("setup", "--yes")
    assert done.returncode == 1
    assert "is no musubi-tuner, and not empty" in done.stderr
    assert (shell.folder / "musubi-tuner/thesis.txt").read_text() == "years of work"


def test_the_checkout_of_somebody_else_is_not_touched(shell: Shell) -> None:
    thesis = shell.write("musubi-tuner/thesis.txt", "years of work")
    subprocess.run(["git", "-C", str(thesis.parent), "init", "-q"], check=True)
    assert shell.run("setup", "--yes").returncode == 1
    assert thesis.read_text() == "years of work"


def test_a_trainer_elsewhere_is_used_with_its_environment_and_only_what_lacks_is_added(shell: Shell) -> None:
    root = shell.folder.parent / "root" / "workspace" / "musubi-tuner"
    subprocess.run(["git", "clone", "-q", str(shell.folder.parent / "mirror"), str(root)], check=True)
    main = shell.folder.parent / "root" / "venv" / "main"
    there = [name for name in DISTRIBUTIONS if name not in ("einops", "tensorboard", "torch")]
    pip = [find_uv_bin(), "pip", "install", "-q", "--python", str(main / "bin" / "python")]
    subprocess.run([find_uv_bin(), "venv", "-q", "--python", sys.executable, str(main)], check=True)
    torch = make_wheel(shell.folder, "torch", "torch", TORCH, version="2.8.0+cu128")
    subprocess.run([*pip, *there, str(torch)], check=True)
    before = (shell.folder / "wantui.toml").read_text()

    planned = shell.json("setup")
    assert planned["adopts"] == {"root": str(root), "python": str(main / "bin" / "python")}
    assert planned["found"][1].endswith("uses it, and adds einops, tensorboard")
    assert (shell.folder / "wantui.toml").read_text() == before
    assert shell.run("setup").returncode == 2
    assert (shell.folder / "wantui.toml").read_text() == before, "nobody has agreed"

    done = shell.run("setup", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"at {root}; uses it" in done.stdout
    assert (shell.folder / "wantui.toml").read_text().startswith(before.rstrip())
    assert not (root / "venv").exists()
    installed = {path.name for path in (main / "lib").rglob("*.dist-info")}
    assert {"torch-2.8.0+cu128.dist-info", "einops-99.0.dist-info"} <= installed
    assert "torch-99.0.dist-info" not in installed
    again = shell.run("setup", "--yes")
    assert again.returncode == 0
    assert "ready" in again.stdout


def test_a_disk_that_is_too_small_is_told_with_numbers_before_anything_begins(shell: Shell, hub: FakeHub) -> None:
    """The Hub is silent, and has told of a petabyte before."""
    shell.replace("wantui.toml", hub.endpoint, "http://127.0.0.1:9")
    for weight in weights_for("t2v"):
        HashCache(Workspace(shell.folder)).remember_remote(weight, Remote(10**15, "0" * 64, None))
    shown = shell.run("setup", "--dry-run")
    assert "✗ disk" in shown.stdout
    done = shell.run("setup", "--yes")
    assert done.returncode == 1
    assert "weights 4000000.0 GB" in done.stderr
    assert "--no-disk-check" in done.stderr
    assert not (shell.folder / "musubi-tuner").exists()
    assert not shell.json("setup")["disks"][0]["is_enough"]


def test_whoever_comes_later_sees_the_setup_that_is_under_way(shell: Shell, hub: FakeHub) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold(_served: int) -> None:
        begun.set()
        go_on.wait(60)

    hub.on_served = hold
    words = [sys.executable, "-m", "wantui", "setup", "--yes"]
    first = subprocess.Popen(words, cwd=shell.folder, stdout=subprocess.DEVNULL)
    until(begun.is_set, "the first bytes of the weights")
    assert shell.json("setup")["under_way"] == 1
    second = subprocess.Popen(words, cwd=shell.folder, stdout=subprocess.PIPE, text=True)
    assert second.stdout is not None
    assert second.stdout.readline().startswith("run 1 sets up")
    go_on.set()
    assert first.wait(60) == 0
    assert "ready: put images with captions into" in second.communicate(timeout=60)[0]
    assert second.returncode == 0
    assert len(RunStore(Workspace(shell.folder)).runs()) == 1


def test_killed_at_any_point_and_run_again_it_ends_ready(shell: Shell, hub: FakeHub) -> None:
    """Everything dies, as when the box does: the client, the supervisor, the step with all its children."""
    workspace, chance = Workspace(shell.folder), random.Random(3)
    words = [sys.executable, "-m", "wantui", "setup", "--yes"]
    for _ in range(5):
        process = subprocess.Popen(words, cwd=shell.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        goal = chance.choice(STEPS)

        def is_there(process: subprocess.Popen[bytes] = process, goal: str = goal) -> bool:
            return process.poll() is not None or _runs(workspace, goal)

        until(is_there, "the step")
        process.kill()
        process.wait()
        kill_everything(workspace)
    done = shell.run("setup", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(steps(shell).values())
    wanted = sum(len(hub.contents[weight.path]) for weight in weights_for("t2v"))
    assert hub.served <= 2 * wanted, "what was whole is not loaded again"


def _runs(workspace: Workspace, kind: str) -> bool:
    return any(
        job.state.is_active or job.state.has_ended
        for run in RunStore(workspace).runs()
        for job in run.jobs
        if str(job.kind) == kind
    )
