"""Keeps the rows of the work screen true: looks at the dataset when asked, and whenever its files have changed."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from textual.worker import get_current_worker

from wantui.ui.dataset.row_store import RowStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.screen import Screen
    from textual.timer import Timer

    from wantui.services.workspace import Services

SETTLE_S = 0.15
"""After a change, how long to wait for more of them before the whole dataset is looked at."""
ENCODED_S = 1.0
"""While caches are encoded, how often it is looked at at most."""
APART_S = 0.5
"""Looks that follow each other by themselves are this far apart at least."""
REST = 3.0
"""And they leave this many times as long as one takes in between."""


def is_cancelled() -> Callable[[], bool]:
    """In a worker: a way to ask whether it is over."""
    worker = get_current_worker()
    return lambda: worker.is_cancelled


class RescanScheduler:
    """Decides when to look; one look is under way at a time."""

    def __init__(self, screen: Screen[None], services: Services, training: Callable[[], tuple[int, ...]]) -> None:
        """Look nothing up yet.

        Args:
            screen: that is told, and whose workers look.
            services: of the workspace.
            training: asks for the numbers of the runs that train now.
        """
        self._screen, self._services, self._training = screen, services, training
        self.book = RowStore()
        """What is known of the items."""
        self._stop = threading.Event()
        self._timer: Timer | None = None
        self._is_reading = self._is_watching = self._once_more = False
        self._begun = self._took = self._ended = 0.0
        self.was_read = threading.Event()
        """Set when the first look has ended."""

    def end(self) -> None:
        """Let the threads see that it is over."""
        self._stop.set()
        self.was_read.set()

    def read_now(self) -> None:
        """Look at everything, in a thread."""
        from wantui.ui.work.watchers import read_dataset  # noqa: PLC0415  after the first frame

        screen, services, training = self._screen, self._services, self._training()
        self._is_reading, self._once_more, self._begun = True, False, time.monotonic()
        screen.run_worker(
            lambda: read_dataset(services, self.book, screen.post_message, training, is_cancelled()),
            thread=True, group="dataset", exclusive=True, exit_on_error=False, name="dataset",
        )  # fmt: skip

    def saw(self, path: Path) -> None:
        """A file was changed from here: look at its item now, and at everything once; the watcher tells of the same.

        Args:
            path: the file.
        """
        from wantui.ui.work.watchers import rescan_files  # noqa: PLC0415  after the first frame

        screen, services = self._screen, self._services
        screen.run_worker(
            lambda: rescan_files(services, self.book, screen.post_message, {path}),
            thread=True, group="saved", exit_on_error=False, name="saved",
        )  # fmt: skip

    def read_soon(self, apart_s: float = 0.0) -> None:
        """Look at everything as soon as the looks leave the machine in peace.

        Args:
            apart_s: least time since the last look ended.
        """
        if self._is_reading:
            self._once_more = True
        elif self._timer is None:
            rest_s = self._ended + max(apart_s, APART_S, REST * self._took) - time.monotonic()
            self._timer = self._screen.set_timer(max(SETTLE_S, rest_s), self._read_due)

    def _read_due(self) -> None:
        self._timer = None
        if self._is_reading:
            self._once_more = True
        else:
            self.read_now()

    def failed(self) -> None:
        """The look has broken down; the next one may do better."""
        self._is_reading = False

    def looked(self) -> None:
        """A look has ended."""
        self._is_reading, self._ended = False, time.monotonic()
        self._took = self._ended - self._begun
        self.was_read.set()
        if self._once_more:
            self._once_more = False
            self.read_soon()
        if not self._is_watching:
            self._is_watching = True
            self._watch()

    def _watch(self) -> None:
        from wantui.ui.work.watchers import watch_dataset  # noqa: PLC0415  after the first frame

        screen, services = self._screen, self._services
        screen.run_worker(
            lambda: watch_dataset(services, self.book, screen.post_message, self._stop, is_cancelled()),
            thread=True, group="files", exclusive=True, exit_on_error=False, name="files",
        )  # fmt: skip
