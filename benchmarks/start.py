"""From the start of the process to the first full paint, against an empty Textual app in the same run.

The two run in turn, so that a machine that gets slower slows both; only the ratio counts. "Full" for wantui: the
dataset's rows, the jobs and the host's figures are on the screen. "Frame": the first byte of its skeleton.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pexpect
import pyte

from wantui.demo.workspace import create_demo_workspace
from wantui.paths import Workspace
from wantui.supervisor import client

ROUNDS = 9
EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("READY-MARK")
Empty().run()
"""


def paint(argv: list[str], cwd: Path, wanted: tuple[str, ...]) -> tuple[float, float, float]:
    """Seconds to the first byte and to all the wanted texts, and resident MiB then."""
    screen = pyte.Screen(200, 50)
    stream = pyte.ByteStream(screen)
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    begun = time.perf_counter()
    program = pexpect.spawn(argv[0], argv[1:], dimensions=(50, 200), cwd=str(cwd), env=environment)
    first = 0.0
    while True:
        with suppress(pexpect.TIMEOUT):
            data = program.read_nonblocking(1 << 16, timeout=0.02)
            first = first or time.perf_counter() - begun
            stream.feed(data)
        shown = "\n".join(screen.display)
        if all(text in shown for text in wanted):
            break
    taken = time.perf_counter() - begun
    status = Path(f"/proc/{program.pid}/status").read_text()
    resident = int(status.split("VmRSS:")[1].split()[0]) / 1024
    program.close(force=True)
    return first, taken, resident


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["WANTUI_RUNTIME_DIR"] = str(folder / "runtime")
        create_demo_workspace(folder)
        empty_app = folder / "empty.py"
        empty_app.write_text(EMPTY)
        own, empty = [], []
        for round_ in range(ROUNDS + 1):
            one = paint([sys.executable, str(empty_app)], folder, ("READY-MARK",))
            other = paint(
                [sys.executable, "-m", "wantui", "--workspace", str(folder)], folder, ("volcano", "16 items")
            )
            client.shut_down(Workspace(folder))  # the next one starts on a still machine
            if round_:
                empty.append(one)
                own.append(other)
    ratio = statistics.median(mine[1] / theirs[1] for mine, theirs in zip(own, empty, strict=True))
    memory = statistics.median(mine[2] / theirs[2] for mine, theirs in zip(own, empty, strict=True))
    frame, full, resident = (statistics.median(column) for column in zip(*own, strict=True))
    _, bare, bare_resident = (statistics.median(column) for column in zip(*empty, strict=True))
    print(f"  first byte           {frame * 1000:6.0f} ms")
    print(f"  first full paint     {full * 1000:6.0f} ms, empty Textual app {bare * 1000:.0f} ms: ratio {ratio:.2f}")
    print(f"  resident then        {resident:6.0f} MiB, empty {bare_resident:.0f} MiB: ratio {memory:.2f}")


if __name__ == "__main__":
    main()
