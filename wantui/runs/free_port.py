"""A port for the launcher of a training, which meets itself there."""

from __future__ import annotations

import socket


def free_port() -> int:
    """A port that nobody on this machine listens on at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
