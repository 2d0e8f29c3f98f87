"""Counts a caption's tokens with the text encoder's own tokenizer, in a process of the trainer's interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.weights.hub_cache import hub_cache

if TYPE_CHECKING:
    from collections.abc import Mapping

SCRIPT = Path(__file__).with_name("token_counter.py")
KEPT = 100_000
"""Texts whose counts are remembered: twice the largest dataset."""


class TokenizerProcess:
    """Counts, for as long as the process answers; where there is no tokenizer it knows nothing."""

    def __init__(self, python: Path, environment: Mapping[str, str]) -> None:
        """Start nothing yet.

        Args:
            python: the trainer's interpreter.
            environment: of the trainer, on top of this process's.
        """
        self._python = python
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[str] | None = None
        self._is_over = False
        self._lock = threading.Lock()
        self._known: dict[str, int] = {}

    def count(self, text: str) -> int | None:
        """How many tokens a caption has, the one at its end included; None where that cannot be known.

        The first call waits for the process to start, a second or so.
        """
        with self._lock:
            known = self._known.get(text)
            if known is None and not self._is_over:
                known = self._ask(text)
                if known is not None:
                    if len(self._known) >= KEPT:
                        self._known.clear()
                    self._known[text] = known
            return known

    def close(self) -> None:
        """End the process, also while it is starting or at work: whoever waits for an answer gets None."""
        self._is_over = True
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def _ask(self, text: str) -> int | None:
        try:
            process = self._process or self._start()
            if self._is_over or process.stdin is None or process.stdout is None:
                return None
            process.stdin.write(json.dumps(text) + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())
        except (OSError, ValueError):
            self._end()
            return None

    def _start(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            [str(self._python), str(SCRIPT), str(hub_cache(self._environment))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._environment,
            text=True, encoding="utf-8",
        )  # fmt: skip
        return self._process

    def _end(self) -> None:
        self._is_over = True
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue  # what was left in its buffer has nowhere to go
