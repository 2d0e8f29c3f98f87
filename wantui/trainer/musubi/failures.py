"""Says in a sentence why the trainer failed, and what to do about it."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

from wantui.trainer.musubi.failure_causes import CAUSES, GPU_MEMORY, KILLED

if TYPE_CHECKING:
    from wantui.trainer.musubi.tracebacks import Failure

_JAPANESE_HALF = re.compile(r"\s*/\s+[^/]*[\u3040-\u30ff\u4e00-\u9fff].*$")
"""The trainer says most things twice: ``No training items found / データセットに学習データがありません``."""

_LONGEST = 300

__all__ = ["GPU_MEMORY", "KILLED", "describe_exit", "explain", "plain"]


def explain(failure: Failure, kind: str) -> str:
    """The cause as one sentence: what failed, naming the file where the trainer does, and what to do.

    One that the table does not know is the trainer's own last exception, whole.

    Args:
        failure: as the trainer printed it.
        kind: of the job: ``latents``, ``text``, ``high`` or ``low``.
    """
    for cause in CAUSES:
        sentence = cause.tell(failure, kind)
        if sentence is not None:
            return sentence
    message = _JAPANESE_HALF.sub("", failure.message).strip()
    return f"{failure.name}: {message}" if message else failure.name


def plain(message: str) -> str:
    """A message of the trainer's in one language, not too long."""
    short = _JAPANESE_HALF.sub("", message).strip()
    return short if len(short) <= _LONGEST else f"{short[: _LONGEST - 1]}…"


def describe_exit(exit_code: int, cause: str | None) -> str:
    """Why a job ended that did not succeed, from its exit code and from what its output told.

    Args:
        exit_code: as `subprocess` has it: minus the signal's number for a process that a signal ended.
        cause: `wantui.trainer.model.Progress.cause`.
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
