"""Waits for what is looked at no longer than it may take: a disk or a driver that hangs holds nothing else."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")


class LateError(Exception):
    """No answer came in time; the message says in how long."""


class Question(Generic[Answer]):
    """Something that is looked at from now on, in a thread that nobody has to wait for, not even the end."""

    def __init__(self, look: Callable[[], Answer], limit_s: float) -> None:
        """Begin to look.

        Args:
            look: may hang for ever.
            limit_s: seconds from now in which it has to answer.
        """
        self._look = look
        self._limit_s = limit_s
        self._deadline = time.monotonic() + limit_s
        self._answers: list[Answer] = []
        self._error: BaseException | None = None
        self._done = threading.Event()
        threading.Thread(target=self._run, name="doctor", daemon=True).start()

    def answer(self) -> Answer:
        """What was seen; may be asked for more than once.

        Raises:
            LateError: it has not answered within its time.
            Exception: whatever looking raised.
        """
        if not self._done.wait(max(0.0, self._deadline - time.monotonic())):
            raise LateError(f"did not answer within {self._limit_s:g} s")
        if self._error is not None:
            raise self._error
        return self._answers[0]

    def _run(self) -> None:
        try:
            self._answers.append(self._look())
        except BaseException as error:  # noqa: BLE001  raised where the answer is asked for
            self._error = error
        finally:
            self._done.set()
