"""What the screen sends over the line, and what it takes of a core: ``python -m benchmarks.line [SECONDS]``.

A terminal of 120x40 is read all the time by this process, which only counts. First nothing runs; then both experts of
a rehearsal train, ten steps a second each. `btop` and `htop` are measured in the same run where they are installed.
Seconds of a core are the program's own, and those of the trainers are not among them. "Key answered" is the time from
a key until the first byte that answers it.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pexpect

from wantui.demo.workspace import create_demo_workspace
from wantui.paths import Workspace
from wantui.supervisor import client

SHAPE = (40, 120)
WARM_UP_S = 8.0
LOOK_S = 20.0
RIVALS = ("btop", "htop")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Line:
    """A program in a terminal, and the bytes that it sends."""

    def __init__(self, argv: list[str], cwd: Path) -> None:
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        self.program = pexpect.spawn(argv[0], argv[1:], dimensions=SHAPE, cwd=str(cwd), env=environment)
        self.program.delaybeforesend = None  # else pexpect waits 50 ms before each key
        self.sent = bytearray()
        self._is_over = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._is_over.is_set():
            with suppress(pexpect.TIMEOUT, pexpect.EOF):
                self.sent += self.program.read_nonblocking(1 << 16, timeout=0.05)

    def core_s(self) -> float:
        """Seconds of a core that the program has taken by now."""
        fields = Path(f"/proc/{self.program.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND

    def measured(self, seconds: float) -> tuple[float, float]:
        """Bytes a second, and percent of a core, over so many seconds."""
        bytes_before, core_before, begun = len(self.sent), self.core_s(), time.perf_counter()
        time.sleep(seconds)
        taken = time.perf_counter() - begun
        return (len(self.sent) - bytes_before) / taken, 100 * (self.core_s() - core_before) / taken

    def close(self) -> None:
        """End the program."""
        self._is_over.set()
        self._reader.join()
        self.program.close(force=True)


def wantui(folder: Path, *verb: str) -> list[str]:
    return [sys.executable, "-m", "wantui", "--workspace", str(folder), *verb]


def show(what: str, figures: tuple[float, float]) -> None:
    print(f"  {what:34} {figures[0]:8,.0f} bytes/s {figures[1]:6.2f} % of a core", flush=True)


def rivals(folder: Path, seconds: float) -> None:
    for name in RIVALS:
        found = shutil.which(name)
        if found is None:
            print(f"  {name:34} is not installed")
            continue
        line = Line([found], folder)
        try:
            time.sleep(WARM_UP_S)
            show(name, line.measured(seconds))
        finally:
            line.close()


def key_answered(line: Line) -> float:
    """Milliseconds from a key that opens the help to its first byte that is not due to the clock."""
    taken = []
    for key in ("?", "\x1b") * 5:
        before, begun = len(line.sent), time.perf_counter()
        line.program.send(key)
        while len(line.sent) - before < 400 and time.perf_counter() - begun < 2:
            time.sleep(0.002)
        taken.append(1000 * (time.perf_counter() - begun))
        time.sleep(0.4)
    return statistics.median(taken)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1][0].isdigit() else LOOK_S
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["WANTUI_RUNTIME_DIR"] = str(folder / "runtime")
        create_demo_workspace(folder, epochs=100_000)
        line = Line(wantui(folder), folder)
        try:
            time.sleep(WARM_UP_S)
            show("nothing runs", line.measured(seconds))
            subprocess.run(wantui(folder, "train"), check=True, stdout=subprocess.DEVNULL)
            time.sleep(WARM_UP_S + 10)
            show("two jobs train", line.measured(seconds))
            line.program.send("5")
            time.sleep(1)
            show("two jobs train, log focused", line.measured(seconds))
            print(f"  {'key answered meanwhile':34} {key_answered(line):8.0f} ms")
            rivals(folder, seconds)
        finally:
            line.close()
            subprocess.run(wantui(folder, "stop", "1"), stdout=subprocess.DEVNULL)
            client.shut_down(Workspace(folder))


if __name__ == "__main__":
    main()
