"""From a caption saved by another program to its row drawn again: ``python -m benchmarks.watch [ITEMS]``.

The screen runs in a terminal of 200x50 on a dataset whose caches are all current. "Alone": one edit at a time.
"Burst": a hundred edits a second for ten seconds; one caption in sight is among them every half second, and keys are
pressed meanwhile.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pexpect
import pyte
from PIL import Image

from benchmarks.caches import SIDE, make
from wantui.paths import Workspace
from wantui.supervisor import client

SHAPE = (50, 200)
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
EDITS = 12
BURST_S = 10.0
A_SECOND = 100
PATIENCE_S = 20.0


class Terminal:
    """The screen in a terminal, read all the time by a thread, as a terminal does."""

    def __init__(self, folder: Path) -> None:
        self._screen = pyte.Screen(SHAPE[1], SHAPE[0])
        self._stream = pyte.ByteStream(self._screen)
        self._is_over = threading.Event()
        self._drawn = threading.Condition()
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        argv = ["-m", "wantui", "--workspace", str(folder)]
        self.program = pexpect.spawn(sys.executable, argv, dimensions=SHAPE, cwd=str(folder), env=environment)
        self.program.delaybeforesend = None  # else pexpect waits 50 ms before each key
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._is_over.is_set():
            with suppress(pexpect.TIMEOUT, pexpect.EOF):
                data = self.program.read_nonblocking(1 << 16, timeout=0.05)
                with self._drawn:
                    self._stream.feed(data)
                    self._drawn.notify_all()

    def wait_for(self, text: str, begun: float) -> float:
        """Milliseconds from `begun` until the text stands on the screen."""
        with self._drawn:
            shown = self._drawn.wait_for(lambda: any(text in each for each in self._screen.display), PATIENCE_S)
        if not shown:
            raise SystemExit("\n".join([*self._screen.display, f"never drawn: {text}"]))
        return 1000 * (time.perf_counter() - begun)

    def press(self, key: str, wanted: str) -> float:
        """Milliseconds from a key to the text that it brings."""
        begun = time.perf_counter()
        self.program.send(key)
        return self.wait_for(wanted, begun)

    def close(self) -> None:
        """End the program."""
        self._is_over.set()
        self._reader.join()
        self.program.close(force=True)


def save(file: Path, text: str) -> float:
    """As an editor saves: a new file takes the place of the old one."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(text)
    new.replace(file)
    return time.perf_counter()


def draw(folder: Path) -> None:
    """Real pictures, since the screen lints them, and caches that are younger."""
    picture = BytesIO()
    Image.new("RGB", (SIDE, SIDE), "teal").save(picture, "PNG")
    for path in (folder / "images").glob("*.png"):
        path.write_bytes(picture.getvalue())
    for path in (folder / "cache").iterdir():
        os.utime(path)


def row(file: Path, caption: str) -> str:
    """The row of a stale item; names are given eight cells."""
    return f"● {file.stem:8}  {caption}"


def burst(terminal: Terminal, images: list[Path]) -> tuple[list[float], list[float]]:
    """Milliseconds until an edit in sight is drawn, and until a key is answered, while others are edited."""
    is_over = threading.Event()

    def edit_others() -> None:
        begun = time.perf_counter()
        for number in range(int(BURST_S * A_SECOND)):
            save(images[20 + number % (len(images) - 20)], f"tok, edited {number}")
            time.sleep(max(0.0, begun + (number + 1) / A_SECOND - time.perf_counter()))
        is_over.set()

    thread = threading.Thread(target=edit_others)
    thread.start()
    rows, keys = [], []
    for number in range(10_000):
        if is_over.is_set():
            break
        rows.append(
            terminal.wait_for(row(images[1], f"tok, burst {number}."), save(images[1], f"tok, burst {number}."))
        )
        keys.append(terminal.press("/", "▏") if number % 2 == 0 else terminal.press("\x1b", "filter"))
        time.sleep(0.4)
    thread.join()
    return rows, keys


def main() -> None:
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["WANTUI_RUNTIME_DIR"] = str(folder / "runtime")
        make(folder, items)
        draw(folder)
        (folder / "wantui.toml").write_text(SETTINGS)
        images = sorted((folder / "images").glob("*.txt"))
        terminal = Terminal(folder)
        try:
            terminal.wait_for(f"{items:,} items", time.perf_counter())
            time.sleep(3)
            alone = []
            for number in range(EDITS):
                text = f"tok, edit {number}."
                alone.append(terminal.wait_for(row(images[0], text), save(images[0], text)))
                time.sleep(0.5 + 0.37 * (number % 5))
            show(f"{items} items, alone", alone)
            still = [terminal.press(*each) for _ in range(EDITS // 2) for each in (("/", "▏"), ("\x1b", "filter"))]
            show("key answered at rest", still)
            rows, keys = burst(terminal, images)
            show(f"{items} items, burst", rows)
            show("key answered in the burst", keys)
        finally:
            terminal.close()
            client.shut_down(Workspace(folder))


def show(what: str, times: list[float]) -> None:
    print(f"  {what:28} median {statistics.median(times):5.0f} ms, slowest {max(times):5.0f} ms of {len(times)}")


if __name__ == "__main__":
    main()
