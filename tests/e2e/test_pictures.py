"""What reaches terminals that can show pictures, from a program in a real pseudo-terminal that answers as they do."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import re
import struct
import sys
import termios
import time
from io import BytesIO
from typing import TYPE_CHECKING

import pexpect
import pytest
from PIL import Image

from tests.supervisor.conftest import PATIENCE_S, end_everything, runtime
from tests.ui.fake import paint_sunset
from tests.ui.sixels import read_sixels
from wantui.paths import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["runtime"]

CELL = (10, 20)
TOML = """\
[general]
resolution = [96, 64]
caption_extension = ".txt"
enable_bucket = true
[[datasets]]
image_directory = "images"
cache_directory = "cache"
"""


class Answering:
    """A terminal that answers questions, and whose bytes are looked at."""

    def __init__(self, folder: Path, name: str, answers: dict[bytes, bytes], late_s: float = 0.0) -> None:
        clean = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "TMUX", "STY")}
        environment = {**clean, "TERM": name, "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        argv = ["-m", "wantui", "--workspace", str(folder)]
        self.program = pexpect.spawn(sys.executable, argv, dimensions=(40, 160), env=environment)
        size = struct.pack("HHHH", 40, 160, 160 * CELL[0], 40 * CELL[1])
        fcntl.ioctl(self.program.fileno(), termios.TIOCSWINSZ, size)
        self._answers = dict(answers)
        self._late_s = late_s
        self._asked = 0.0
        self.seen = b""

    def read(self) -> None:
        """Take what has come, and answer what was asked."""
        with contextlib.suppress(pexpect.TIMEOUT):
            self.seen += self.program.read_nonblocking(1 << 16, timeout=0.05)
        for question, answer in list(self._answers.items()):
            if question in self.seen:
                self._asked = self._asked or time.monotonic()
                if time.monotonic() - self._asked >= self._late_s:
                    self.program.send(answer)
                    del self._answers[question]

    def until(self, pattern: bytes) -> re.Match[bytes]:
        """Wait until something has come."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if (found := re.search(pattern, self.seen, re.DOTALL)) and not self._answers:
                return found
            self.read()
        raise AssertionError(f"{pattern!r} never came; the end was {self.seen[-300:]!r}")

    def leave(self) -> None:
        """Go, and read the rest."""
        self.program.send("q")
        deadline = time.monotonic() + PATIENCE_S
        with contextlib.suppress(pexpect.EOF):  # not the program's end: its last words may be unread by then
            while time.monotonic() < deadline:
                self.read()
        assert self.program.wait() == 0


@pytest.fixture
def folder(runtime: Path, tmp_path: Path) -> Iterator[Path]:
    """A workspace with one picture, where nothing has to be set up first."""
    (tmp_path / "wantui.toml").write_text('[trainer]\nkind = "rehearsal"\n')
    images = tmp_path / "dataset" / "images"
    images.mkdir(parents=True)
    paint_sunset(images / "sun.png")
    (images / "sun.txt").write_text("a sunset")
    (tmp_path / "dataset" / "dataset.toml").write_text(TOML)
    yield tmp_path
    end_everything(Workspace(tmp_path))


def test_kitty_gets_the_picture_once_and_is_told_to_forget_it(folder: Path) -> None:
    terminal = Answering(folder, "xterm-kitty", {b"a=q": b"\x1b_Gi=31;OK\x1b\\", b"\x1b[c": b"\x1b[?62;c"})
    number = terminal.until(rb"\x1b_Ga=T,U=1,i=(\d+),")[1]
    terminal.until("\U0010eeee\u0305\u0305".encode())
    payload = b"".join(re.findall(rb"\x1b_G(?:a=T[^;]*|q=2,m=\d);([^\x1b]*)\x1b", terminal.seen))
    image = Image.open(BytesIO(base64.b64decode(payload)))
    assert image.width / image.height == pytest.approx(1.5, abs=0.02)
    terminal.leave()
    assert b"a=d,d=I,i=" + number in terminal.seen


def test_sixels_stand_in_the_pane(folder: Path) -> None:
    terminal = Answering(folder, "foot", {b"\x1b[c": b"\x1b[?62;4;22c"})
    found = terminal.until(rb"\x1b7\x1b\[(\d+);(\d+)H(\x1bP0;1;0q.*?\x1b\\)\x1b8")
    image = read_sixels(found[3].decode("ascii"))
    line, column = int(found[1]), int(found[2])
    assert 1 < line < 40
    assert column > 160 * 0.28
    assert column + image.width / CELL[0] <= 160
    assert image.getpixel((image.width // 2, 1)) != (0, 0, 0)
    terminal.leave()


def test_a_terminal_that_cannot_gets_characters(folder: Path) -> None:
    terminal = Answering(folder, "xterm-256color", {b"\x1b[c": b"\x1b[?64;1;2c"})
    terminal.until("▀".encode())
    terminal.leave()
    assert b"\x1bP0;1;0q" not in terminal.seen
    assert b"\x1b_G" not in terminal.seen


def test_a_terminal_that_draws_sextants_gets_them(folder: Path) -> None:
    answers = {b"\x1b[>0q": b"\x1bP>|VTE(7600)\x1b\\", b"\x1b[c": b"\x1b[?62;22c"}
    terminal = Answering(folder, "xterm-256color", answers)
    terminal.until(rb"\xf0\x9f\xac[\x80-\xbb]")
    terminal.leave()


def test_a_setting_beats_what_the_terminal_tells(folder: Path) -> None:
    (folder / "wantui.toml").write_text('[trainer]\nkind = "rehearsal"\n[screen]\npreview = "halfcell"\n')
    terminal = Answering(folder, "foot", {b"\x1b[c": b"\x1b[?62;4;22c"})
    terminal.until("▀".encode())
    terminal.leave()
    assert b"\x1bP0;1;0q" not in terminal.seen


def test_a_late_answer_starts_nothing(folder: Path) -> None:
    terminal = Answering(folder, "xterm-256color", {b"\x1b[c": b"\x1b[?62;22c"}, late_s=2.0)
    terminal.until(b"1 item")  # and the answer has been sent
    deadline = time.monotonic() + 1.0  # as long as the parser may take to give it up, and more
    while time.monotonic() < deadline:
        terminal.read()
    assert b"In the dataset pane" not in terminal.seen  # the question mark in it asks for help
    assert not (folder / ".wantui" / "runs" / "1").exists()  # its last letter starts a run
    terminal.leave()
