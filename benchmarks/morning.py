"""From the start of the process to the first paint with the whole night, against the start on an empty workspace.

python -m benchmarks.morning

The night: eight hours of readings of two GPUs each second, 16,200 steps of two experts, the events. On the screen are
then the ends of both curves, the eight hours of both GPUs, and the events that nobody has seen. Both are measured in
turn, so that a machine that gets slower slows both; only the ratio counts.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.start import paint
from tests.night import UNSEEN, make_night
from wantui.demo.workspace import create_demo_workspace
from wantui.paths import Workspace
from wantui.supervisor import client

ROUNDS = 9


def main() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="wb-") as temporary:
        os.environ["WANTUI_RUNTIME_DIR"] = f"{temporary}/runtime"
        folders = {name: Path(temporary) / name for name in ("empty", "night")}
        for folder in folders.values():
            create_demo_workspace(folder)
        make_night(Workspace(folders["night"]), time.time())
        wanted = {
            "empty": ("volcano", "16 items", "No jobs yet", "host "),
            "night": ("volcano", "16 items", "1.high", "high 0.067", "low 0.067", "8 h", f"▲ {UNSEEN} events"),
        }
        taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in folders}
        for turn in range(ROUNDS + 1):
            for name, folder in folders.items():
                argv = [sys.executable, "-m", "wantui", "--workspace", str(folder)]
                found = paint(argv, folder, wanted[name])
                client.shut_down(Workspace(folder))  # the next one starts on a still machine
                if turn:
                    taken[name].append(found)
    pairs = list(zip(taken["night"], taken["empty"], strict=True))
    full = {name: statistics.median(each[1] for each in taken[name]) for name in folders}
    memory = {name: statistics.median(each[2] for each in taken[name]) for name in folders}
    ratio = statistics.median(night[1] / empty[1] for night, empty in pairs)
    both = f"{full['night'] * 1000:6.0f} ms, an empty workspace {full['empty'] * 1000:.0f} ms"
    print(f"  the whole night painted  {both}: ratio {ratio:.2f}")
    print(f"  resident then            {memory['night']:6.0f} MiB, empty {memory['empty']:.0f} MiB")


if __name__ == "__main__":
    main()
