"""Failures on demand, for tests of what has to cope with them. See the package's docstring for the environment."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.trainer.rehearsal import console

if TYPE_CHECKING:
    from collections.abc import Mapping

FAIL_VARIABLE = "WANTUI_REHEARSAL_FAIL"
HANG_VARIABLE = "WANTUI_REHEARSAL_HANG_ON_CORRUPT"
PACE_VARIABLE = "WANTUI_REHEARSAL_STEP_S"
DEFAULT_STEP_S = 0.05

_SOURCE = "wantui.rehearsal.faults"
_CLAUSE = re.compile(
    r"(latents|text|high|low|sample|any)@(\d+)(?::(oom(?:<(\d+))?|exit=(\d+)|kill|hang|deaf|escape))?"
)
_FOR_EVER_S = 3600.0
_ESCAPED_S = 600


class OutOfMemoryError(RuntimeError):
    """What torch raises when a GPU's memory is used up, by the name that its traceback shows."""

    __module__ = "torch"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to go wrong."""

    job: str
    """``latents``, ``text``, ``high``, ``low``, ``sample`` or ``any``."""
    at: int
    """The step or item, from 1; 0 is the start."""
    action: str
    """``oom``, ``exit``, ``kill``, ``hang``, ``deaf`` or ``escape``."""
    code: int = 1
    """Exit code of ``exit``."""
    enough_blocks: int | None = None
    """``oom`` strikes only where fewer blocks than these are swapped; None: always."""


class Faults:
    """What is to go wrong in one job, and the pace of its steps."""

    def __init__(self, job: str, environment: Mapping[str, str] = os.environ, *, blocks_to_swap: int = 0) -> None:
        """Read the environment.

        Args:
            job: which one this is.
            environment: with the variables.
            blocks_to_swap: what keeps some faults away.

        Raises:
            ValueError: a variable cannot be understood; the message names it.
        """
        self._due = [
            fault
            for fault in parse(environment.get(FAIL_VARIABLE, ""))
            if fault.job in (job, "any") and (fault.enough_blocks is None or blocks_to_swap < fault.enough_blocks)
        ]
        self._step_s = _seconds(environment.get(PACE_VARIABLE))
        self.hangs_on_corrupt_cache = environment.get(HANG_VARIABLE, "") not in ("", "0")

    def start(self) -> None:
        """Do what is due before the first step."""
        self._strike(0)

    def step(self, number: int, share: float = 1.0) -> None:
        """Keep the pace, then do what is due at step or item `number`.

        Args:
            number: from 1.
            share: of a step's time that this one takes.
        """
        if self._step_s:
            time.sleep(self._step_s * share)
        self._strike(number)

    def _strike(self, number: int) -> None:
        for fault in self._due:
            if fault.at == number:
                strike(fault)


def parse(clauses: str) -> list[Fault]:
    """The faults that `FAIL_VARIABLE` asks for.

    Raises:
        ValueError: a clause cannot be understood.
    """
    faults = []
    for clause in filter(None, (part.strip() for part in clauses.split(","))):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            raise ValueError(f"{FAIL_VARIABLE}: {clause!r} is not JOB@N[:ACTION], for example high@5:oom")
        job, at, action, blocks, code = match.groups()
        name = re.split("[=<]", action or "oom")[0]
        faults.append(Fault(job, int(at), name, int(code or 1), int(blocks) if blocks else None))
    return faults


def strike(fault: Fault) -> None:
    """Let `fault` happen."""
    where = f"{fault.job}@{fault.at}"
    match fault.action:
        case "oom":
            raise OutOfMemoryError(f"CUDA out of memory. Tried to allocate 20.00 MiB. Rehearsed at {where}.")
        case "exit":
            console.info(_SOURCE, f"leaving with exit code {fault.code} at {where}")
            os._exit(fault.code)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            hang(f"asked for at {where}")
        case "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            console.info(_SOURCE, f"deaf to SIGTERM and SIGINT from {where} on")
        case "escape":
            console.info(_SOURCE, f"escaped grandchild: pid {escape()}")
        case unknown:
            raise AssertionError(unknown)


def hang(why: str) -> None:
    """Sleep until killed."""
    console.info(_SOURCE, f"hanging: {why}")
    while True:
        time.sleep(_FOR_EVER_S)


def escape() -> int:
    """Leave a process behind that is in a session of its own and whose parent is gone; its pid."""
    script = (
        "import subprocess, sys; "
        f"print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep({_ESCAPED_S})'], "
        "start_new_session=True, stdin=-3, stdout=-3, stderr=-3).pid)"
    )
    return int(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)


def _seconds(value: str | None) -> float:
    if value is None or not value.strip():
        return DEFAULT_STEP_S
    try:
        seconds = float(value)
    except ValueError:
        raise ValueError(f"{PACE_VARIABLE}: {value!r} is not a number of seconds, for example 0.05") from None
    return max(0.0, seconds)
