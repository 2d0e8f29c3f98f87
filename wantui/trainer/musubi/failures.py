"""Says in a sentence why the trainer failed, and what to do about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wantui.jobs.exits import KILLED, describe_exit, is_signal
from wantui.trainer.model import GPU_MEMORY, ExitReason
from wantui.trainer.musubi.failure_causes import CAUSES, DIED

if TYPE_CHECKING:
    from wantui.trainer.musubi.tracebacks import Failure

_JAPANESE_HALF = re.compile(r"\s*/\s+[^/]*[\u3040-\u30ff\u4e00-\u9fff].*$")
"""The trainer says most things twice: ``No training items found / データセットに学習データがありません``."""

_LONGEST = 300
_CRASHES = (KILLED, DIED)
"""Beginnings of causes that the launcher tells of a training which a signal ended."""

__all__ = ["explain", "explain_exit", "plain"]


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


def explain_exit(exit_code: int, cause: str | None) -> ExitReason:
    """Why a job ended that did not succeed; see `wantui.trainer.protocol.Trainer.explain_exit`."""
    says = describe_exit(exit_code, cause)
    is_crash = is_signal(exit_code) or (cause is not None and cause.startswith(_CRASHES))
    return ExitReason(says, says.startswith(GPU_MEMORY), is_crash and not says.startswith(GPU_MEMORY))
