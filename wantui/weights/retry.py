"""How often to try again, and how long to wait in between."""

from __future__ import annotations

import email.utils
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from wantui.weights.errors import HubError, StoppedError, TransientError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How much trouble is borne before a file is given up. Bytes that arrive make it forget all trouble before."""

    tries: int = 12
    """Failures in a row; with the waits between them some seven minutes of a dead network."""
    wrong_answers: int = 3
    """Of which whole answers that were wrong."""
    first_wait_s: float = 1.0
    """After the first failure; it doubles with each."""
    longest_wait_s: float = 60.0
    longest_asked_s: float = 300.0
    """Where the server says how long to wait, it is obeyed up to here."""


class Attempts:
    """The failures in a row of one file."""

    def __init__(
        self, patience: RetryPolicy, name: str, stopped: threading.Event, tell: Callable[[str], None]
    ) -> None:
        """Begin without any.

        Args:
            patience: how many are borne.
            name: of the file, for messages.
            stopped: set when somebody wants to stop; no wait outlasts it.
            tell: is told why there is a wait.
        """
        self._patience = patience
        self._name = name
        self._stopped = stopped
        self._tell = tell
        self._failures = 0
        self._wrong = 0

    def went_on(self) -> None:
        """Bytes have arrived."""
        self._failures = self._wrong = 0

    def failed(self, fault: TransientError) -> None:
        """Wait for the next try.

        Raises:
            HubError: there have been enough.
            StoppedError: somebody wants to stop.
        """
        self._failures += 1
        self._wrong += fault.is_answer
        if self._failures >= self._patience.tries or self._wrong >= self._patience.wrong_answers:
            times = f"{self._failures} times in a row" if self._failures > 1 else "at once"
            raise HubError(
                f"{self._name}: {fault}, {times}; what has arrived is kept: run `wantui models download` again, "
                "or set HF_ENDPOINT to a mirror"
            ) from fault
        self._tell(f"{fault}; trying again")
        if self._stopped.wait(self._wait_s(fault)):
            raise StoppedError(f"{self._name}: stopped")

    def _wait_s(self, fault: TransientError) -> float:
        if fault.wait_s is not None:
            return min(fault.wait_s, self._patience.longest_asked_s)
        doubled = self._patience.first_wait_s * 2.0 ** (self._failures - 1)
        return min(doubled, self._patience.longest_wait_s) * random.uniform(0.8, 1.2)  # noqa: S311  no secret


LEAST_SPEED = 20_000
"""Bytes a second; with less, a file of 28.6 GB takes more than two weeks, and another connection may do better."""
_CRAWL_S = 60.0


class ConnectionSpeed:
    """Watches one connection: bytes that trickle are worse than none, since they never end."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with a connection.

        Args:
            clock: seconds.
        """
        self._clock = clock
        self._since = clock()
        self._count = 0

    def came(self, count: int) -> None:
        """So many bytes have come.

        Raises:
            TransientError: so few came in the last minute that another connection is to be tried.
        """
        self._count += count
        seconds = self._clock() - self._since
        if seconds < _CRAWL_S:
            return
        if self._count < LEAST_SPEED * seconds:
            raise TransientError(f"only {self._count / seconds / 1000:.1f} kB/s came for {seconds:.0f} s")
        self._since, self._count = self._clock(), 0


def retry(act: Callable[[], Result], tries: Attempts) -> Result:
    """Do something until it goes well.

    Raises:
        HubError: it does not.
        StoppedError: somebody wants to stop.
    """
    while True:
        try:
            return act()
        except TransientError as fault:
            tries.failed(fault)


def asked_wait(header: str | None) -> float | None:
    """The seconds of a ``Retry-After``: a number, or a date (RFC 9110, 10.2.3); None where it says nothing."""
    if header is None:
        return None
    number = header.strip()  # of more characters than `float` takes for spaces
    if number.isdecimal():
        return float(number)
    try:
        until = email.utils.parsedate_to_datetime(header).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(until - time.time(), 0.0)
