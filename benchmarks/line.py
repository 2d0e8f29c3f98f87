"""What the screen sends over the line, and what it takes of a core: ``python -m benchmarks.line [SECONDS]``.

A terminal of 120x40 is read all the time by this process, which only counts. First nothing runs; then both experts of
a rehearsal train, ten steps a second each. `btop` and `htop` are measured in the same run where they are installed.
Seconds of a core are the program's own, and those of the trainers are not among them. "Key answered" is the time from
a key until the first byte that answers it.

"Slow line": 15 kB a second and 150 ms each way. Keys are pressed at random moments while two jobs train, and timed is
from the key until what it changes has arrived. Beyond the 300 ms and the time that the key's own bytes take (as many
as arrive once the jobs have been stopped) is what other bytes and the program have cost it.
"""

from __future__ import annotations

import os
import random
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

from benchmarks._slow_line import A_SECOND, ONE_WAY_S, SlowLine
from wantui.demo.workspace import create_demo_workspace
from wantui.paths import Workspace
from wantui.supervisor import client

SHAPE = (40, 120)
WARM_UP_S = 8.0
LOOK_S = 20.0
RIVALS = ("btop", "htop")
SLOW_SIZES = ((80, 24), (120, 40), (200, 50))
SLOW_KEYS = ("j", "j", "?", "\x1b") * 4
"""Down to another picture twice, open the help and close it."""
SETTLE_S = 8.0
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


def at_cursor(lines: list[str]) -> str:
    """The item that the list's cursor is on."""
    return next((line[: len(line) // 3] for line in lines if line.startswith("│▌")), "")


def arrived(line: SlowLine, key: str) -> tuple[float, int]:
    """Press a key: seconds until what it changes is on the terminal, and bytes that have passed until then."""
    before, passed = at_cursor([*line.screen.display]), line.passed
    pressed = line.press(key)
    if key == "j":
        moment = line.until(lambda lines: at_cursor(lines) not in ("", before))
    else:
        moment = line.until(lambda lines: any("esc close" in each for each in lines) is (key == "?"))
    return moment - pressed, line.passed - passed


def own_bytes(folder: Path, size: tuple[int, int]) -> dict[str, int]:
    """Bytes until what a key changes has arrived, for each key, while no job runs that sends others."""
    line = SlowLine(wantui(folder), folder, size)
    try:
        line.watch(SETTLE_S)
        found: dict[str, list[int]] = {}
        for key in SLOW_KEYS[:8]:
            found.setdefault(key, []).append(arrived(line, key)[1])
            line.watch(2.5)
        return {key: min(each) for key, each in found.items()}
    finally:
        line.close()


def slow_line(folder: Path, size: tuple[int, int]) -> dict[str, list[float]]:
    """Milliseconds that keys take over a slow line, each pressed 0.3 to 3 s after the answer to the one before."""
    line = SlowLine(wantui(folder), folder, size)
    try:
        line.watch(SETTLE_S)
        waited: dict[str, list[float]] = {}
        for key in SLOW_KEYS:
            line.watch(random.uniform(0.3, 3))
            waited.setdefault(key, []).append(1000 * arrived(line, key)[0])
        return waited
    finally:
        line.close()


def show_slow(size: tuple[int, int], waited: dict[str, list[float]], own: dict[str, int]) -> None:
    for key, took in waited.items():
        fair = 2000 * ONE_WAY_S + 1000 * own[key] / A_SECOND
        print(f"  slow line {size[0]}x{size[1]} {'esc' if key == chr(27) else key:3} {own[key]:6,} bytes: "
              f"median {statistics.median(took):5.0f} ms, most {max(took):5.0f}; beyond its own "
              f"{statistics.median(took) - fair:5.0f}, most {max(took) - fair:5.0f}", flush=True)  # fmt: skip


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
            line.close()
            waited = {size: slow_line(folder, size) for size in SLOW_SIZES}
            subprocess.run(wantui(folder, "stop", "1"), check=True, stdout=subprocess.DEVNULL)
            subprocess.run(wantui(folder, "wait", "1"), stdout=subprocess.DEVNULL)
            for size, took in waited.items():
                show_slow(size, took, own_bytes(folder, size))
            rivals(folder, seconds)
        finally:
            line.close()
            subprocess.run(wantui(folder, "stop", "1"), stdout=subprocess.DEVNULL)
            client.shut_down(Workspace(folder))


if __name__ == "__main__":
    main()
