"""How a process ended, in a sentence."""

from __future__ import annotations

import signal

KILLED = (
    "killed, most likely by the kernel for lack of memory; see what else runs, or lower max_data_loader_n_workers"
)


CANNOT_START = 127
"""The shell's exit code for a program that is not there."""


def is_signal(exit_code: int) -> bool:
    """Whether a process was ended by a signal; a shell, or a launcher, adds 128 to its number."""
    number = -exit_code if exit_code < 0 else exit_code - 128
    return number in set(signal.Signals)


def describe_exit(exit_code: int, cause: str | None) -> str:
    """Why a job ended that did not succeed, from its exit code and from what its output told.

    Args:
        exit_code: as `subprocess` has it: minus the signal's number for a process that a signal ended.
        cause: what its output told, where that is known.
    """
    number = -exit_code if exit_code < 0 else exit_code - 128  # a shell adds 128 to the signal's number
    if number == signal.SIGKILL:
        return KILLED
    if cause is not None:
        return cause
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"ended with exit code {exit_code} and did not say why; see its log"
    return f"ended by {name}; see its log"
