"""A file in the person's own editor, with the terminal given to it meanwhile."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

from textual.app import App, SuspendNotSupported

from wantui.ui.data.backend import BackendError

if TYPE_CHECKING:
    from pathlib import Path

FALLBACK = "vi"
"""POSIX has it; what git falls back to as well."""


def editor_command() -> list[str]:
    """``$VISUAL``, else ``$EDITOR``, else ``vi``; with its flags."""
    return shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or FALLBACK) or [FALLBACK]


def open_outside(app: App[Any], path: Path) -> None:
    """Open a file in the person's editor and wait until that ends.

    Raises:
        BackendError: there is no such editor, it failed, or the screen cannot be left for it.
    """
    command = editor_command()
    try:
        with app.suspend():
            code = subprocess.run([*command, str(path)], check=False).returncode
    except OSError as error:
        raise BackendError(f"{command[0]}: {error.strerror}; set EDITOR to an editor that is there") from error
    except SuspendNotSupported as error:
        raise BackendError("an editor cannot be opened from here; open the file in another terminal") from error
    if code != 0:
        raise BackendError(f"{command[0]} ended with exit code {code}")
