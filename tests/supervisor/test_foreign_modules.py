"""A module that lies in the dataset's folder is imported by nobody, whatever it is called."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.cli.conftest import Shell, in_folder
from tests.demo import demo_workspace
from tests.supervisor.conftest import runtime, until
from wantui.paths import Workspace
from wantui.supervisor import client
from wantui.trainer.musubi.commands import LAUNCH

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

__all__ = ["in_folder", "runtime"]

NAMES = ("argparse", "json", "logging", "random", "tempfile", "accelerate", "torch", "wantui")


def lay_traps(folder: Path, mark: Path) -> None:
    for name in NAMES:
        (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'a').write({name!r}); raise SystemExit('a trap')\n")


def test_a_run_and_what_goes_on_after_it_import_nothing_of_the_dataset(
    in_folder: Callable[[Path], Shell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, mark = in_folder(tmp_path / "space"), tmp_path / "imported"
    demo_workspace(shell.folder, epochs=1)
    lay_traps(shell.folder / "dataset", mark)
    monkeypatch.setenv("PYTHONPATH", ":")  # an empty entry means the current folder
    run = shell.run("train", "--experts", "high", "--wait")
    assert run.returncode == 0, run.stdout + run.stderr
    assert not mark.exists()


def test_the_supervisor_that_a_job_starts_at_its_end_imports_nothing_of_the_dataset(
    in_folder: Callable[[Path], Shell], tmp_path: Path
) -> None:
    shell, mark = in_folder(tmp_path / "space"), tmp_path / "imported"
    demo_workspace(shell.folder, epochs=2)
    workspace = Workspace(shell.folder)
    lay_traps(shell.folder / "dataset", mark)
    assert shell.run("train", "--experts", "high").returncode == 0
    assert shell.run("train", "--experts", "high", "--suffix", "second").returncode == 0
    until(lambda: shell.json("jobs")[2]["pid"], "the expert runs")
    first = client.status(workspace).pid
    subprocess.run(["kill", "-9", str(first)], check=True)
    until(lambda: client.status(workspace).pid not in (None, first), "the supervisor that its attendant starts")
    assert not mark.exists()


def test_the_launcher_of_the_trainer_imports_nothing_of_the_current_folder(tmp_path: Path) -> None:
    mark, library = tmp_path / "imported", tmp_path / "library"
    (library / "accelerate/commands").mkdir(parents=True)
    (library / "accelerate/__init__.py").touch()
    (library / "accelerate/commands/__init__.py").touch()
    (library / "accelerate/commands/launch.py").write_text(
        "def main():\n    import argparse, sys\n    print(sys.argv[1:])\n"
    )
    (tmp_path / "dataset").mkdir()
    lay_traps(tmp_path / "dataset", mark)
    done = subprocess.run(
        [sys.executable, "-c", LAUNCH, "--flag"],
        cwd=tmp_path / "dataset", env={"PYTHONPATH": str(library)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "['--flag']\n"
    assert not mark.exists()
