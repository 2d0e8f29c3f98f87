"""A workspace of wantui 0.1, with a run in its history and one that was killed: it opens, lists and tries again."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import wantui
from tests.supervisor.conftest import until
from wantui.paths import Workspace
from wantui.services.workspace import Services
from wantui.ui.app import WantuiApp
from wantui.ui.runs.job_table import JobTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Shell

FIXTURE = Path(__file__).parents[1] / "fixtures" / "workspaces" / "0.1"


@pytest.fixture
def old(in_folder: Callable[[Path], Shell], tmp_path: Path) -> Shell:
    """As it lay there before; its folder, its interpreter and its source are where this test's are."""
    folder = tmp_path / "old"
    shutil.copytree(FIXTURE, folder)
    (folder / "state").rename(folder / ".wantui")
    names = {
        "@WORKSPACE@": str(folder),
        "@PYTHON@": sys.executable,
        "@SOURCE@": str(Path(wantui.__file__).parents[1]),
    }
    for path in folder.rglob("*"):
        if path.suffix in {".json", ".log", ".toml"}:
            text = path.read_text()
            for placeholder, name in names.items():
                text = text.replace(placeholder, name)
            path.write_text(text)
    shell = in_folder(folder)
    shell.replace("wantui.toml", 'STEP_S = "5"', 'STEP_S = "0"')
    shell.write("wantui.toml", (folder / "wantui.toml").read_text() + "\n[watch]\nenabled = false\n")
    return shell


def test_its_history_is_listed(old: Shell) -> None:
    jobs = old.json("jobs", "--all")
    assert [(each["id"], each["state"]) for each in jobs[:4]] == [
        ("1.latents", "succeeded"), ("1.text", "succeeded"), ("1.high", "succeeded"), ("1.low", "succeeded"),
    ]  # fmt: skip
    assert [each["id"] for each in jobs[4:]] == ["2.latents", "2.text", "2.high", "2.low"]
    assert "epoch is incremented" in old.run("logs", "1.high").stdout
    settings = old.json("runs", "show", "1")["settings"]
    assert (settings["suffix"], settings["memory"], settings["preset"]) == ("demo", "auto", "auto")


def test_what_was_killed_is_tried_again(old: Shell) -> None:
    old.run("supervisor", "start")
    until(
        lambda: [each["state"] for each in old.json("jobs", "--all")[6:]] == ["lost", "lost"], "what became of them"
    )
    done = old.run("retry", "2")
    assert done.returncode == 0, done.stderr
    assert old.run("wait", "2").returncode == 0
    record = json.loads((old.folder / ".wantui/runs/2/run.json").read_text())
    assert [each["state"] for each in record["jobs"][2:]] == ["succeeded", "succeeded"]
    assert [each["attempt"] for each in record["jobs"][2:]] == [2, 2]
    assert len(list((old.folder / "output").glob("*_second*.safetensors"))) == 4


async def test_it_opens_on_the_screen(old: Shell) -> None:
    async with WantuiApp(Services(Workspace(old.folder))).run_test(size=(120, 40)) as pilot:
        table = pilot.app.screen.query_one(JobTable)
        while len(table.jobs) < 8:
            await pilot.pause(0.01)
        assert {view.job.run for view in table.jobs} == {1, 2}
