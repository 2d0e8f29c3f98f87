"""In a real terminal: what a person sees, and what goes on when the terminal is gone."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING

import pexpect
import pyte
import pytest

from tests.supervisor.conftest import PATIENCE_S, end_everything, is_gone, runtime, until
from wantui.jobs.store import RunStore
from wantui.paths import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["runtime"]


class Terminal:
    """A terminal of 200x50 or 80x24 with ``wantui`` in it."""

    def __init__(self, *words: str, cwd: Path, columns: int = 200, rows: int = 50) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        clean = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment = {**clean, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        argv = ["-m", "wantui", *words]
        self.program = pexpect.spawn(sys.executable, argv, dimensions=(rows, columns), cwd=str(cwd), env=environment)

    def read(self) -> str:
        """Take what has come, and return the screen's text."""
        with contextlib.suppress(pexpect.TIMEOUT, pexpect.EOF):
            self._stream.feed(self.program.read_nonblocking(1 << 16, timeout=0.05))
        return "\n".join(self._screen.display)

    def until(self, text: str) -> str:
        """Wait until `text` is on the screen."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if text in (shown := self.read()):
                return shown
        raise AssertionError(f"{text!r} never came:\n" + "\n".join(line.rstrip() for line in shown.splitlines()))

    def press(self, keys: str) -> None:
        self.program.send(keys)

    def hang_up(self) -> None:
        """SIGHUP, as when the SSH connection is lost, and more where that is not enough."""
        with contextlib.suppress(pexpect.ExceptionPexpect):  # it gives a busy machine 0.1 s to end a process
            self.program.close(force=True)
        until(lambda: is_gone(self.program.pid), "the program's end")


@pytest.fixture
def folder(runtime: Path, tmp_path: Path) -> Iterator[Path]:
    """Where the demo works; its supervisor ends with the test."""
    path = tmp_path / "demo"
    path.mkdir()
    yield path
    end_everything(Workspace(path))


def test_a_run_goes_on_when_its_terminal_is_closed(folder: Path) -> None:
    terminal = Terminal("demo", "--dir", str(folder), "--epochs", "2", cwd=folder)
    terminal.until("▶ 1.")  # whichever job it is by the time the screen is there
    terminal.hang_up()
    store = RunStore(Workspace(folder))
    ended = until(lambda: run if (run := store.get(1)).has_ended else None, "the end of the run")
    assert [(str(job.state), job.exit_code) for job in ended.jobs] == [("succeeded", 0)] * 4


def test_from_an_empty_folder_to_the_words_that_help(folder: Path) -> None:
    terminal = Terminal(cwd=folder, columns=80, rows=24)
    shown = terminal.until("no images or clips in this workspace yet")
    assert "Set up this machine" in shown
    terminal.press("q")
    until(lambda: not terminal.program.isalive() or terminal.read() == "", "the program's end")
    assert terminal.program.wait() == 0


def test_t_and_enter_start_a_run(folder: Path) -> None:
    first = Terminal("demo", "--headless", "--dir", str(folder), "--epochs", "1", cwd=folder)
    first.program.expect(pexpect.EOF, timeout=PATIENCE_S)
    terminal = Terminal("--workspace", str(folder), cwd=folder)
    terminal.until("16 items")
    terminal.press("t")
    terminal.until("f3 takes the suffix demo-2")
    terminal.press("\x1bOR")
    terminal.until("suffix         demo-2")
    terminal.until("all current, nothing to encode")
    terminal.press("\r")
    terminal.until("4.high")  # behind the demo's training came a probe and its pictures
    ended = until(
        lambda: run if (run := RunStore(Workspace(folder)).get(4)).has_ended else None, "the end of the run"
    )
    assert [str(job.state) for job in ended.jobs] == ["skipped", "skipped", "succeeded", "succeeded"]
    terminal.until("run 4 ✓ done")
    terminal.press("q")
    terminal.program.expect(pexpect.EOF, timeout=PATIENCE_S)


@pytest.mark.parametrize("name", ["dumb", ""])
def test_a_terminal_that_cannot_place_its_cursor_is_told_so(folder: Path, name: str) -> None:
    program = pexpect.spawn(
        sys.executable, ["-m", "wantui"], cwd=str(folder), env={**os.environ, "TERM": name}, encoding="utf-8"
    )
    program.expect("set TERM, to xterm-256color say", timeout=PATIENCE_S)
    program.expect(pexpect.EOF)
    assert program.wait() == 2
