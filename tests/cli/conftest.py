"""The command line as scripts use it: processes, exit codes, what stands on stdout and stderr."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.in_process import call
from tests.demo import demo_workspace, encode
from tests.supervisor.conftest import end_everything, runtime
from wantui.paths import Workspace
from wantui.runs.board import Board

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["runtime"]

QUICK = {"WANTUI_REHEARSAL_STEP_S": "0.01"}


@dataclass
class Shell:
    """Runs ``wantui`` in a workspace."""

    folder: Path
    in_processes: bool = False
    """Whether each verb has a process of its own, for what libraries read once from the environment."""

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """What a verb prints, and its exit code; with an `environment` of its own it has a process of its own."""
        if not (self.in_processes or environment):
            return call(words, self.folder)
        return subprocess.run(
            [sys.executable, "-m", "wantui", *words],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=100,
        )

    def json(self, *words: str) -> Any:
        done = self.run(*words, "--json")
        assert not done.stderr, done.stderr
        return json.loads(done.stdout)

    def jobs(self) -> list[dict[str, Any]]:
        """What ``wantui jobs --all --json`` prints, without a process: for tests that look again and again."""
        return [view.document() for view in Board(Workspace(self.folder)).refresh()]

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))


@pytest.fixture
def in_folder(runtime: Path) -> Iterator[Callable[[Path], Shell]]:
    """Makes shells; their supervisors end with the test."""
    folders: list[Path] = []

    def make(folder: Path) -> Shell:
        folder.mkdir(parents=True, exist_ok=True)
        folders.append(folder)
        return Shell(folder)

    yield make
    for folder in folders:
        end_everything(Workspace(folder))


@pytest.fixture
def shell(in_folder: Callable[[Path], Shell], tmp_path: Path, request: pytest.FixtureRequest) -> Shell:
    """A demo workspace whose rehearsal is quick and short; where a test is marked `encoded` its caches are there."""
    made = in_folder(tmp_path / "demo")
    demo_workspace(made.folder, epochs=2)
    made.replace("wantui.toml", 'STEP_S = "0.1"', 'STEP_S = "0"')
    made.write("wantui.toml", (made.folder / "wantui.toml").read_text() + "\n[watch]\nenabled = false\n")
    for picture in sorted((made.folder / "dataset/images").iterdir())[6:]:  # three pictures with captions
        picture.unlink()
    if request.node.get_closest_marker("encoded"):
        encode(made.folder)
    return made
