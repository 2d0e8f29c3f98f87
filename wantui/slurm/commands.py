"""Calling Slurm's programs, in an environment that changes nothing of what is asked, for no longer than said."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from wantui.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIMIT_S = 20.0
"""How long a program of Slurm may take to answer; a controller that is away is asked for up to a minute."""
TIMES = {"SLURM_TIME_FORMAT": "%s"}
"""Times as seconds since 1970 (``squeue(1)``)."""
_KEPT = frozenset({"SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_JWT"})
_CHANGE_THE_CALL = ("SLURM_", "SBATCH_", "SQUEUE_", "SCANCEL_", "SINFO_", "SACCT_", "SALLOC_", "SRUN_")
_PASSING = (
    "unable to contact slurm controller", "socket timed out", "connection refused", "zero bytes were transmitted",
    "temporarily unable", "temporarily unavailable", "transport endpoint", "authentication", "standby",
    "connection timed out", "unexpected message received",
)  # fmt: skip


class SlurmError(MachineError):
    """Slurm does not answer, or refuses; the message says what it said."""


def environment(own: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment that Slurm's programs are called in.

    Without the variables by which they take options: a supervisor that was started inside a Slurm job would hand that
    job's settings on.
    """
    found = os.environ if own is None else own
    kept = {name: value for name, value in found.items() if name in _KEPT or not name.startswith(_CHANGE_THE_CALL)}
    return kept | TIMES


def is_passing(said: str) -> bool:
    """Whether an error message of Slurm tells of something that goes by, as a controller that is started anew."""
    said = said.lower()
    return any(each in said for each in _PASSING)


def ask(argv: Sequence[str], *, limit_s: float = LIMIT_S, text: str | None = None) -> str:
    """What a program of Slurm prints.

    Args:
        argv: the program and its arguments.
        limit_s: seconds that it may take.
        text: its standard input.

    Raises:
        SlurmError: it is not there, refuses, or does not answer.
    """
    try:
        done = subprocess.run(
            argv,
            input=text or "",
            env=environment(),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit_s,
        )
    except FileNotFoundError:
        raise SlurmError(
            f"{argv[0]} is not there: no Slurm on this machine; log in to the cluster's login node"
        ) from None
    except subprocess.TimeoutExpired:
        raise SlurmError(f"{argv[0]} did not answer within {limit_s:.0f} s") from None
    except OSError as error:
        raise SlurmError(f"{argv[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise SlurmError(told(argv[0], done.stderr or done.stdout, done.returncode))
    return done.stdout


def told(program: str, said: str, code: int) -> str:
    """What a program of Slurm has complained of, in one line."""
    lines = [line.strip().removeprefix(f"{program}: ").removeprefix("error: ") for line in said.splitlines()]
    return f"{program}: " + ("; ".join(dict.fromkeys(line for line in lines if line)) or f"exit code {code}")
