"""Changes on disk: as they happen, and what the watcher that encodes them is at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.dataset.model import DatasetError
from wantui.runs.watch import state
from wantui.supervisor import client

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.paths import Workspace
    from wantui.runs.watch.state import WatchState


@dataclass(frozen=True, slots=True)
class WatcherStatus:
    """The watcher of a workspace."""

    said: WatchState | None
    """What it said last; None: nothing yet."""
    is_kept: bool
    """Whether a supervisor is there to keep it: nothing that it said counts otherwise."""

    @property
    def now(self) -> WatchState | None:
        """What it is at."""
        return self.said if self.is_kept else None

    @property
    def has_trouble(self) -> bool:
        """Whether it cannot do what it is for."""
        return self.said is not None and self.said.watching is state.Watching.TROUBLE


class Watch:
    """The watcher of a workspace, and what happens to the files that it watches."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def status(self) -> WatcherStatus:
        """What it is at."""
        with explained():
            return WatcherStatus(state.read_state(self._workspace), client.status(self._workspace).running)

    def pause(self) -> None:
        """Let changes lead to no cache run."""
        with explained():
            state.pause(self._workspace)

    def resume(self) -> None:
        """Let changes lead to cache runs again."""
        with explained():
            state.resume(self._workspace)
            client.ensure(self._workspace)

    def changes(self, stop: threading.Event) -> Iterator[frozenset[Path]]:
        """The files that something has happened to, as it happens, until it is others that should be watched.

        Args:
            stop: set to end it.

        An empty set comes at least twice a second, the first one once everything is watched.
        """
        from wantui.dataset import blueprint, watch  # noqa: PLC0415  when it is asked for

        with explained():
            config = configuration.load(self._workspace)
            settings = {config.file, config.run.dataset}
            try:
                dataset = blueprint.load(config.run.dataset)
            except DatasetError:
                dataset = None
            for changed in watch.changes(watch.what_to_watch(dataset, settings, polling=config.watch.polling), stop):
                yield frozenset(changed)
                if changed & settings:
                    return
