"""The real trainer makes pictures by pairs of checkpoints: each once, also after a kill, and the same again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.cli.conftest import Shell, in_folder
from tests.supervisor.conftest import runtime
from tests.trainer.real import marks, run_wantui, toy_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["in_folder", "runtime"]

pytestmark = marks(900)

PROMPTS = """\
ohwx style, a red cat --w 64 --h 64 --d 1 --s 4
ohwx style, a blue dog --w 96 --h 64 --d 2 --s 4
ohwx style, a walk --w 64 --h 64 --d 3 --s 4 --f 5
"""
PATIENCE_S = 300.0


@pytest.fixture
def shell(in_folder: Callable[[Path], Shell], tmp_path: Path) -> Shell:
    made = in_folder(tmp_path / "real")
    toy_workspace(
        made, 'epochs = 2\nsave_every = 1\nkeep_states = 0\nretries = 0\nmemory = "full"\nsuffix = "pair"\n'
    )
    made.write("prompts.txt", PROMPTS)
    return made


def frames(listed: list[dict[str, Any]]) -> dict[str, int]:
    return {path: os.stat(path).st_mtime_ns for each in listed for path in each["files"]}  # noqa: PTH116


def until_left(shell: Shell, left: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while json.loads(run_wantui(shell, "sample", "1", "--dry-run", "--json"))["left"] > left:
        assert time.monotonic() < deadline, (shell.folder / ".wantui/runs/2/sample.log").read_text()
        time.sleep(0.5)


def test_pairs_make_pictures_each_once_and_the_same_again(shell: Shell) -> None:
    run_wantui(shell, "train", "--wait")
    run_wantui(shell, "sample", "1", "--no-wait")
    until_left(shell, 3)  # the first pair is done
    (job,) = (each for each in shell.json("jobs") if each["id"] == "2.sample")
    os.killpg(job["pid"], signal.SIGKILL)
    subprocess.run([sys.executable, "-m", "wantui", "wait", "2"], cwd=shell.folder, check=False, timeout=100)
    first = json.loads(run_wantui(shell, "sample", "1", "--show", "--json"))
    assert [(each["high"], each["low"], len(each["files"])) for each in first] == [(1, 1, 1), (1, 1, 1), (1, 1, 5)]
    kept = frames(first)

    every = json.loads(run_wantui(shell, "sample", "1", "--json"))
    assert [(each["high"], each["low"]) for each in every] == [(1, 1)] * 3 + [(2, 2)] * 3
    assert kept.items() <= frames(every).items(), "none is made again"
    sizes = [Image.open(each["files"][0]).size for each in every]
    assert sizes == [(64, 64), (96, 64), (64, 64)] * 2, "each is of its own prompt"

    mixed = json.loads(run_wantui(shell, "sample", "1", "--high", "1", "--low", "2", "--json"))
    assert len(mixed) == 9
    contents = {(each["high"], each["low"]): content(each) for each in mixed if each["prompt"].endswith("dog")}
    assert len(set(contents.values())) == 3, "both LoRAs count"

    (again,) = (each for each in mixed if (each["high"], each["low"], each["seed"]) == (1, 2, 2))
    before, folder = content(again), os.path.dirname(again["files"][0])  # noqa: PTH120
    os.rename(folder, shell.folder / "away")  # noqa: PTH104
    made = json.loads(run_wantui(shell, "sample", "1", "--high", "1", "--low", "2", "--json"))
    assert [content(each) for each in made if each["files"] == again["files"]] == [before]

    name = "ema-1-2-beta0.5"
    run_wantui(shell, "ema", "1", "--beta", "0.5")
    averaged = json.loads(run_wantui(shell, "sample", "1", "--low", name, "--json"))
    ours = [each for each in averaged if (each["high"], each["low"]) == (name, name)]
    assert [len(each["files"]) for each in ours] == [1, 1, 5]
    (dog,) = (each for each in ours if each["prompt"].endswith("dog"))
    assert content(dog) not in contents.values(), "neither epoch's pictures"


def content(picture: dict[str, Any]) -> bytes:
    with Image.open(picture["files"][0]) as image:
        return image.tobytes()
