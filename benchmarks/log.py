"""Logs that are too large: ``python -m benchmarks.log [MEGABYTES]``.

A rehearsal trains, and to its log is added what a trainer gone wild would write. Measured is the time from the start
of the process until the last line of the log is on the screen, in turn with another workspace whose log is small. The
recorder has read the log before, as it has in the morning after a night. "Lag" is by how many lines, and by how many
seconds at the writer's pace, the screen is behind a writer of 100,000 lines a second.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pexpect
import pyte

from benchmarks.line import wantui
from wantui.demo.workspace import create_demo_workspace
from wantui.history.reader import HistoryReader
from wantui.jobs.model import JobState
from wantui.jobs.store import RunStore, job_files
from wantui.paths import Workspace
from wantui.supervisor import client

SHAPE = (40, 120)
ROUNDS = 5
MEGABYTE = 1 << 20
A_SECOND = 100_000
WRITER_S = 10.0
PATIENCE_S = 600.0
DRAWN_TIMES = 125
"""How often a bar is drawn in each step: 200 MB are 20,000 steps."""
LINE = b"INFO:musubi_tuner.wan_train_network:some thing that happens to be said very often indeed, number %d\n"
BAR = b"\rsteps:  34%%|###4      | %d/99999999 [25:43<50:17,  1.90s/it, avr_loss=0.081]"


def opened(folder: Path, wanted: str) -> tuple[float, float]:
    """Seconds until a text is on the screen, and resident MiB then."""
    screen = pyte.Screen(SHAPE[1], SHAPE[0])
    stream = pyte.ByteStream(screen)
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    argv = wantui(folder)
    begun = time.perf_counter()
    program = pexpect.spawn(argv[0], argv[1:], dimensions=SHAPE, cwd=str(folder), env=environment)
    while not any(wanted in line for line in screen.display):
        if time.perf_counter() - begun > PATIENCE_S:
            raise SystemExit("\n".join([*screen.display, f"never drawn: {wanted}"]))
        with suppress(pexpect.TIMEOUT):
            stream.feed(program.read_nonblocking(1 << 16, timeout=0.02))
    taken = time.perf_counter() - begun
    resident = int(Path(f"/proc/{program.pid}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024
    program.close(force=True)
    return taken, resident


def recorded(workspace: Workspace, log: Path) -> None:
    """Wait until the recorder has read a log."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        place = HistoryReader(workspace).places((log,)).get(log)
        if place is not None and place.offset + MEGABYTE > log.stat().st_size:
            return
        time.sleep(0.5)
    raise SystemExit("the recorder does not come to the end of the log")


def add(log: Path, one: bytes, size: int, end: bytes) -> None:
    """Write to a log as the trainer does, at its end."""
    with log.open("ab") as file:
        written = number = 0
        while written < size:
            piece = b"".join(one % (each // DRAWN_TIMES) for each in range(number, number + 10_000))
            number += 10_000
            written += file.write(piece)
        file.write(end)


def lag(folder: Path, log: Path) -> list[int]:
    """By how many lines the screen is behind a writer, again and again."""
    screen = pyte.Screen(SHAPE[1], SHAPE[0])
    stream = pyte.ByteStream(screen)
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    argv = wantui(folder)
    program = pexpect.spawn(argv[0], argv[1:], dimensions=SHAPE, cwd=str(folder), env=environment)
    written = [0]
    is_over = threading.Event()

    def write() -> None:
        begun = time.perf_counter()
        with log.open("ab", buffering=0) as file:
            while not is_over.wait(0.01):
                due = int((time.perf_counter() - begun) * A_SECOND)
                file.write(b"".join(b"writer %d\n" % each for each in range(written[0], due)))
                written[0] = due

    writer = threading.Thread(target=write)
    behind: list[int] = []
    begun = time.perf_counter()
    while time.perf_counter() - begun < 3 + WRITER_S:
        if not writer.ident and time.perf_counter() - begun > 3:
            writer.start()
        with suppress(pexpect.TIMEOUT):
            stream.feed(program.read_nonblocking(1 << 16, timeout=0.02))
        seen = [int(number) for line in screen.display for number in re.findall(r"writer (\d+)", line)]
        if seen and time.perf_counter() - begun > 5:
            behind.append(written[0] - max(seen))
    is_over.set()
    writer.join()
    program.close(force=True)
    return behind


def training(folder: Path) -> Path:
    """Begin a slow training; its log."""
    create_demo_workspace(folder, epochs=100_000)
    settings = folder / "wantui.toml"
    settings.write_text(settings.read_text().replace('STEP_S = "0.1"', 'STEP_S = "5"'))
    subprocess.run(wantui(folder, "train", "--experts", "high"), check=True, stdout=subprocess.DEVNULL)
    workspace = Workspace(folder)
    while (job := RunStore(workspace).find("1.high")[1]) is None or job.state is not JobState.RUNNING:
        time.sleep(0.2)
    log = job_files(workspace, job).log
    while b"epoch 1/" not in log.read_bytes():
        time.sleep(0.2)
    return log


def compare(what: str, large: Path, usual: Path, wanted: str) -> None:
    """Open both in turn, so that a machine that gets slower slows both."""
    rounds = [(opened(large, wanted), opened(usual, "epoch 1/")) for _ in range(ROUNDS)]
    one, other = (statistics.median(each[at][0] for each in rounds) for at in (0, 1))
    ratio = statistics.median(mine[0] / theirs[0] for mine, theirs in rounds)
    memory = statistics.median(mine[1] for mine, _ in rounds)
    print(f"  {what:24} {one:6.2f} s, usual {other:.2f} s: ratio {ratio:.2f}, resident {memory:.0f} MiB", flush=True)


def main() -> None:
    size = (int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 1024) * MEGABYTE
    with tempfile.TemporaryDirectory() as temporary:
        large, usual = Path(temporary) / "large", Path(temporary) / "usual"
        os.environ["WANTUI_RUNTIME_DIR"] = str(Path(temporary) / "runtime")
        try:
            log = training(large)
            training(usual)
            for what, one, part in (
                (f"{size >> 20} MB of lines", LINE, 1),
                (f"{size // 5 >> 20} MB of bars", BAR, 5),
            ):
                add(log, one, size // part, b"\nepoch 77/99 of %d\n" % part)
                recorded(Workspace(large), log)
                compare(what, large, usual, f"epoch 77/99 of {part}")
            behind = lag(large, log)
            print(f"  {'lag of the last line':24} median {statistics.median(behind):,.0f} lines, "
                  f"{statistics.median(behind) / A_SECOND:.2f} s; most {max(behind) / A_SECOND:.2f} s")  # fmt: skip
        finally:
            for folder in (large, usual):
                subprocess.run(wantui(folder, "stop", "1"), stdout=subprocess.DEVNULL)
                client.shut_down(Workspace(folder))


if __name__ == "__main__":
    main()
