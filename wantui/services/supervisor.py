"""The background process of a workspace: is it there, see to it that it is, end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.supervisor import client
from wantui.supervisor.endpoint import Endpoint

if TYPE_CHECKING:
    from wantui.paths import Workspace
    from wantui.supervisor.client import SupervisorStatus


class Supervisor:
    """The supervisor of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def status(self) -> SupervisorStatus:
        """What it says of itself."""
        with explained():
            return client.status(self._workspace)

    def wake(self) -> None:
        """Make sure that somebody looks after runs that have not ended."""
        with explained():
            client.wake(self._workspace)

    def attend(self) -> None:
        """Make sure that somebody looks after runs that have not ended, and encodes what is edited."""
        with explained():
            client.wake(self._workspace)
            config = configuration.load(self._workspace)
            is_wanted = config.watch.enabled and config.run.dataset.exists()
            if is_wanted and not Endpoint.of(self._workspace).stopped.exists():
                client.ensure(self._workspace)

    def start(self) -> SupervisorStatus:
        """Start it, where it is not there."""
        with explained():
            self._workspace.create_state()
            return client.ensure(self._workspace)

    def shut_down(self) -> list[str] | None:
        """End it; ids of the jobs that go on without it, None: none was running."""
        with explained():
            return client.shut_down(self._workspace)
