"""A run that came with a folder may have a pipe or a device under the name of a log: nobody waits for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

pytestmark = pytest.mark.encoded


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_a_log_that_is_no_file_is_named_or_passed_over(shell: Shell, kind: str) -> None:
    done = shell.run("train", "--experts", "high", "--epochs", "1", "--wait")
    assert done.returncode == 0, done.stderr
    folder = shell.folder / ".wantui/runs/1"
    (folder / "high.progress.json").unlink()  # what the log came to; else it is not read
    for name in ("high.log", "high.progress.json", "high.memory.json"):
        (folder / name).unlink(missing_ok=True)
        if kind == "pipe":
            os.mkfifo(folder / name)
        elif kind == "device":
            (folder / name).symlink_to("/dev/zero")
        else:
            (folder / name).mkdir()
    said = shell.run("logs", "1.high")
    assert said.returncode == 1
    assert f"{folder}/high.log: is a " in said.stderr
    for verb, told in (
        ("jobs --all", "1.high"),
        ("status", "supervisor"),
        ("runs show 1", "high"),
        ("runs list", "1"),
    ):
        looked = shell.run(*verb.split())
        assert "Traceback" not in looked.stderr
        assert told in looked.stdout
