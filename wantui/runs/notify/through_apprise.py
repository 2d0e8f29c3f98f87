"""Sending one message through apprise."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from wantui.config.addresses import without_secrets
from wantui.history.model import EventSeverity

if TYPE_CHECKING:
    from wantui.runs.notify.messages import Message


def send(address: str, message: Message) -> str | None:
    """Send a message; why it failed, or None."""
    import apprise  # noqa: PLC0415  an extra, which may be missing

    said = _Said()
    log = logging.getLogger("apprise")
    log.addHandler(said)
    log.propagate = False
    kinds: dict[EventSeverity, Any] = {
        EventSeverity.INFO: apprise.NotifyType.SUCCESS,
        EventSeverity.WARNING: apprise.NotifyType.WARNING,
        EventSeverity.ERROR: apprise.NotifyType.FAILURE,
    }
    try:
        target = apprise.Apprise()
        if not target.add(address):
            return "apprise knows no such address, or it is not complete"
        is_sent = target.notify(
            title=message.title, body=message.body, notify_type=kinds[message.severity], body_format="text"
        )
    finally:
        log.removeHandler(said)
    return None if is_sent else without_secrets(said.last or "it was refused", address)


class _Said(logging.Handler):
    """Remembers what apprise says last."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Remember it."""
        self.last = record.getMessage()
