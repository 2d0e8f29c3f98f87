"""Telling a person what happens, through the addresses of ``[notify]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.errors import BadInputError, MachineError

if TYPE_CHECKING:
    from wantui.paths import Workspace


@dataclass(frozen=True, slots=True)
class Tried:
    """An address that a test was sent to."""

    address: str
    """As it may be shown."""
    error: str | None
    """Why the test was not taken; None: it was."""


class Notifications:
    """The messages of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def test(self) -> tuple[Tried, ...]:
        """Send a test to each address; it waits for the answers.

        Raises:
            ConfigError: the configuration, or its file of addresses, cannot be used.
            BadInputError: it has no address.
            MachineError: what sends messages is not installed, or cannot be started.
        """
        from wantui.config.addresses import addresses, masked  # noqa: PLC0415  when it is asked for
        from wantui.runs.notify.sender import Delivery, Sending, missing_package  # noqa: PLC0415  the same

        with explained():
            notify = configuration.load(self._workspace).notify
            urls = addresses(notify.urls, notify.urls_file)
            if not urls:
                raise BadInputError(
                    f'{self._workspace.config_file}: [notify] has no address; urls = ["ntfys://ntfy.sh/topic"], say'
                )
            missing = missing_package()
            if missing is not None:
                raise MachineError(missing)
            errors = Sending(self._workspace, [Delivery(url, None) for url in urls]).wait()
        return tuple(Tried(masked(url), error) for url, error in zip(urls, errors, strict=True))
