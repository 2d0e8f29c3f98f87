"""Opening and walking through 5, 5,000 and 50,000 items: ``python -m benchmarks.browse [ITEMS ...]``.

"First screen": the first item's name and caption stand on the screen. "All": every item is known, its caches too.
Keys are timed until the row of the item that they lead to has been sent with the cursor on it: while the dataset is
still being read, and at rest. An empty Textual app runs in turn with ours, so that a machine that gets slower slows
both; only the ratio counts.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

import pexpect
import pyte
from PIL import Image

from benchmarks.caches import TOML
from benchmarks.start import EMPTY, paint
from wantui.paths import Workspace
from wantui.supervisor import client

ROUNDS = 3
KEYS = 60
LINES, COLUMNS = 50, 200
CURSOR = "▌"
DOT = "·"
SHOWN = 20
"""Rows that are certainly in sight."""
SETTINGS = """\
[trainer]
kind = "rehearsal"
[run]
dataset = "dataset.toml"
[gpus]
provider = "simulated"
[watch]
enabled = false
"""
PATIENCE_S = 60.0
LINKS = 30_000
"""File systems allow some 65,000 links to one file."""


def make(folder: Path, items: int) -> Path:
    """A workspace with so many images, which are links to a few, and as many captions."""
    images = folder / "images"
    images.mkdir(parents=True)
    for number in range(items):
        source = folder / f"source_{number // LINKS}.png"
        if not source.exists():
            Image.new("RGB", (64, 48), "teal").save(source)
        os.link(source, images / f"{number:05}_picture.png")
        caption = f"ohwx woman, picture {number} of a long row, soft light, wide shot, mountains, tag {number % 97}"
        (images / f"{number:05}_picture.txt").write_text(caption)
    (folder / "dataset.toml").write_text(TOML)
    (folder / "wantui.toml").write_text(SETTINGS)
    return folder


class Screen:
    """The program in a terminal; the time is taken where the cursor of the list is seen to move."""

    def __init__(self, folder: Path) -> None:
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self._unseen: list[bytes] = []
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        argv = ["-m", "wantui", "--workspace", str(folder)]
        self.begun = time.perf_counter()
        self._program = pexpect.spawn(
            sys.executable, argv, dimensions=(LINES, COLUMNS), cwd=str(folder), env=environment
        )
        self._program.delaybeforesend = None  # else pexpect waits 50 ms before each key

    def _read(self) -> bytes:
        try:
            data: bytes = self._program.read_nonblocking(1 << 16, timeout=0.02)
        except pexpect.TIMEOUT:
            return b""
        self._unseen.append(data)
        return data

    def shows(self, text: str) -> bool:
        """Whether a text is on the screen."""
        self._read()
        for data in self._unseen:
            self._stream.feed(data)
        self._unseen.clear()
        return any(text in line for line in self._screen.display)

    def seconds_to(self, text: str) -> float:
        """Seconds from the start of the program until a text is on the screen."""
        while not self.shows(text):
            if time.perf_counter() - self.begun > PATIENCE_S:
                raise SystemExit("\n".join([*self._screen.display, f"never drawn: {text}"]))
        return time.perf_counter() - self.begun

    def press(self, key: str, item: int) -> float:
        """Milliseconds from a key until the row of the item has been sent with the cursor on it."""
        while self._read():
            pass
        row = re.compile(rf"{CURSOR}(?:(?!{CURSOR}).){{0,400}}?{item:05}_picture".encode(), re.DOTALL)
        sent = b""
        begun = time.perf_counter()
        self._program.send(key)
        while not row.search(sent):
            sent += self._read()
            if time.perf_counter() - begun > PATIENCE_S:
                raise SystemExit(f"never drawn: {item}")
        return 1000 * (time.perf_counter() - begun)

    def memory(self) -> tuple[float, float]:
        """Resident MiB now and at most."""
        status = Path(f"/proc/{self._program.pid}/status").read_text()
        now, most = (int(status.split(f"{name}:")[1].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
        return now, most

    def close(self) -> None:
        """End the program."""
        self._program.close(force=True)


def measure(folder: Path, items: int) -> dict[str, list[float]]:
    """One opening."""
    screen = Screen(folder)
    first = screen.seconds_to("ohwx woman, picture 0 of")
    whole = f"{items:,} items {DOT} "
    busy: list[float] = []
    while not screen.shows(whole):
        if items > SHOWN:
            busy.append(walk(screen, len(busy)))
    everything = time.perf_counter() - screen.begun
    rest = []
    if items > SHOWN:
        time.sleep(2)
        screen.press("g", 0)
        rest = [walk(screen, number) for number in range(KEYS)]
    now, most = screen.memory()
    screen.close()
    return {"first": [first], "all": [everything], "busy": busy, "rest": rest, "now": [now], "most": [most]}


def walk(screen: Screen, number: int) -> float:
    """The key of that number on a way that leads down and up again, and how long it took."""
    at = number % (2 * SHOWN)
    return screen.press("j", at + 1) if at < SHOWN else screen.press("k", 2 * SHOWN - at - 1)


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or [5, 5000, 50_000]
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["WANTUI_RUNTIME_DIR"] = str(Path(temporary) / "runtime")
        empty_app = Path(temporary) / "empty.py"
        empty_app.write_text(EMPTY)
        folders = {items: make(Path(temporary) / str(items), items) for items in sizes}
        empty: list[float] = []
        found: dict[int, list[dict[str, list[float]]]] = {items: [] for items in sizes}
        for _ in range(ROUNDS):
            empty.append(paint([sys.executable, str(empty_app)], Path(temporary), ("READY-MARK",))[1])
            for items, folder in folders.items():
                found[items].append(measure(folder, items))
                client.shut_down(Workspace(folder))
    bare = statistics.median(empty)
    print(f"  empty Textual app {bare * 1000:.0f} ms")
    for items, rounds in found.items():
        show(items, rounds, bare)


def show(items: int, rounds: list[dict[str, list[float]]], bare: float) -> None:
    """Medians over the rounds."""

    def of(name: str) -> list[float]:
        return [value for each in rounds for value in each[name]]

    first, everything = (statistics.median(of(name)) for name in ("first", "all"))
    print(f"  {items} items: first screen {first * 1000:.0f} ms ({first / bare:.2f} x empty), all {everything:.2f} s")
    print(f"    resident {statistics.median(of('now')):.0f} MiB, at most {statistics.median(of('most')):.0f} MiB")
    for name, when in (("busy", "while it is read"), ("rest", "at rest")):
        if times := sorted(of(name)):
            slow = times[int(len(times) * 0.95)]
            print(
                f"    key {when}: median {statistics.median(times):.1f} ms, 95 % within {slow:.1f} ms of {len(times)}"
            )


if __name__ == "__main__":
    main()
