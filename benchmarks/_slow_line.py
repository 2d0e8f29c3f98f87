"""A terminal at the other end of a slow line: so many bytes a second, and every byte takes its time each way."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

import pexpect
import pyte

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

A_SECOND = 15_000
"""Bytes that the line takes: 120 kbit/s."""
ONE_WAY_S = 0.15
TICK_S = 0.01
PATIENCE_S = 60.0


class AnsweringScreen(pyte.Screen):
    """A screen whose answers to what it is asked go the way of keys."""

    def __init__(self, size: tuple[int, int], answer: Callable[[str], object]) -> None:
        super().__init__(*size)
        self._answer = answer

    def write_process_input(self, data: str) -> None:
        """What the terminal answers."""
        self._answer(data)


class SlowLine:
    """A program whose output passes no faster than the line takes it; what has not passed waits in the pty.

    Nothing is read ahead of the line. Moments are those of `time.perf_counter`, and a byte's is when it arrives at
    the terminal by the line's own clock, however busy this process is. The terminal answers what it is asked.
    """

    def __init__(self, argv: list[str], cwd: Path, size: tuple[int, int], a_second: int = A_SECOND) -> None:
        """Start the program.

        Args:
            argv: its command line.
            cwd: its folder.
            size: columns and lines.
            a_second: bytes that pass in a second.
        """
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        columns, lines = size
        self.screen = AnsweringScreen(size, self.press)
        self._stream = pyte.ByteStream(self.screen)
        self._program = pexpect.spawn(argv[0], argv[1:], dimensions=(lines, columns), cwd=str(cwd), env=environment)
        self._a_second = a_second
        self._under_way: deque[tuple[float, bytes]] = deque()
        """Arrival, bytes."""
        self._is_over = threading.Event()
        self.passed = 0
        """Bytes that the line has taken."""
        self._reader = threading.Thread(target=self._pass_on, daemon=True)
        self._reader.start()

    def _pass_on(self) -> None:
        """Take from the pty what the line takes in that time."""
        room, looked = 0.0, time.perf_counter()
        while not self._is_over.wait(TICK_S):
            now = time.perf_counter()
            room = min(room + (now - looked) * self._a_second, 2 * TICK_S * self._a_second)
            looked = now
            if room < 1:
                continue
            with suppress(pexpect.TIMEOUT, pexpect.EOF):
                data = self._program.read_nonblocking(int(room), timeout=0)
                room -= len(data)
                self.passed += len(data)
                self._under_way.append((time.perf_counter() + ONE_WAY_S, data))

    def until(self, holds: Callable[[list[str]], bool]) -> float:
        """The moment at which the screen's lines became what is waited for.

        Raises:
            SystemExit: it does not come.
        """
        deadline = time.perf_counter() + PATIENCE_S
        moment = time.perf_counter()
        while not holds(self.screen.display):
            while not self._under_way or self._under_way[0][0] > time.perf_counter():
                if time.perf_counter() > deadline:
                    raise SystemExit("\n".join([*self.screen.display, "what is waited for does not come"]))
                time.sleep(TICK_S / 4)
            moment, data = self._under_way.popleft()
            self._stream.feed(data)
        return moment

    def watch(self, seconds: float) -> int:
        """Let time pass, and return how many bytes have passed meanwhile."""
        before, end = self.passed, time.perf_counter() + seconds
        while time.perf_counter() < end:
            while self._under_way and self._under_way[0][0] <= time.perf_counter():
                self._stream.feed(self._under_way.popleft()[1])
            time.sleep(TICK_S)
        return self.passed - before

    def press(self, key: str) -> float:
        """Press a key, which arrives when it has come over the line; the moment of the press."""
        pressed = time.perf_counter()
        threading.Timer(ONE_WAY_S, self._obey, (key,)).start()
        return pressed

    def _obey(self, key: str) -> None:
        if not self._is_over.is_set():
            os.write(self._program.child_fd, key.encode())

    def close(self) -> None:
        """End the program."""
        self._is_over.set()
        self._reader.join()
        self._program.close(force=True)
