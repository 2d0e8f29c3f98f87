"""The logs of the supervisor and of what it runs beside itself: a log that cannot be written stops nobody."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def open_log(path: Path, *, anew: bool = False) -> tuple[int, str | None]:
    """A descriptor to log to, and why it leads nowhere; None: it is that of `path`.

    Args:
        path: of the log, made if need be; for its owner alone.
        anew: whether what it had is dropped.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | (os.O_TRUNC if anew else os.O_APPEND)
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), f"{path}: nothing is logged ({error.strerror})"
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), f"{path}: nothing is logged (it is no file)"
    return descriptor, None
