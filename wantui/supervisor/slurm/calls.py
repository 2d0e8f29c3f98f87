"""Calls of Slurm's programs that nobody waits for: the supervisor goes on, and looks again when they have ended."""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from wantui.slurm.commands import LIMIT_S, SlurmError, environment, told

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class CallResult:
    """How a call ended."""

    text: str
    """What it printed."""
    error: SlurmError | None = None
    """Why it did not do what it is for."""


class Call:
    """One call that has been made."""

    def __init__(self, argv: Sequence[str], *, limit_s: float = LIMIT_S) -> None:
        self._program = argv[0]
        self._limit_s = limit_s
        self.begun = time.monotonic()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  closed with the outcome
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  the same
        self._failure: SlurmError | None = None
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=self._output, stderr=self._errors, env=environment(), cwd="/",
                start_new_session=True,
            )  # fmt: skip
        except FileNotFoundError:
            self._failure = SlurmError(f"{argv[0]} is not there: no Slurm on this machine")
        except OSError as error:
            self._failure = SlurmError(f"{argv[0]}: {error.strerror}")

    def outcome(self) -> CallResult | None:
        """How it ended, told once; None: it has not."""
        code = None if self._process is None else self._process.poll()
        if self._process is not None and code is None:
            if time.monotonic() - self.begun < self._limit_s:
                return None
            self._process.kill()
            self._process.wait()
            self._failure = SlurmError(f"{self._program} did not answer within {self._limit_s:.0f} s")
        text, said = (self._read(file) for file in (self._output, self._errors))
        if self._failure is None and code != 0:
            self._failure = SlurmError(told(self._program, said or text, code or 0))
        return CallResult(text, self._failure)

    def kill(self) -> None:
        """End it: nobody wants its outcome any more."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @staticmethod
    def _read(file: IO[bytes]) -> str:
        with file:
            file.seek(0)
            return file.read(_MOST_BYTES).decode("utf-8", errors="replace")
