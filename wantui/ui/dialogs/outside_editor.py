"""A file in the person's own editor, with the terminal given to it meanwhile."""

from __future__ import annotations

import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from textual.app import App, SuspendNotSupported

from wantui.errors import WantuiError
from wantui.terminal.editor import editor_command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def open_outside(app: App[Any], path: Path) -> None:
    """Open a file in the person's editor and wait until that ends.

    Raises:
        WantuiError: there is no such editor, it failed, or the screen cannot be left for it.
    """
    command = editor_command()
    try:
        with terminal_given(app, "an editor"):
            code = subprocess.run([*command, str(path)], check=False).returncode
    except OSError as error:
        raise WantuiError(f"{command[0]}: {error.strerror}; set EDITOR to an editor that is there") from error
    if code < 0:
        raise WantuiError(f"{command[0]} was ended by signal {-code}")
    if code != 0:
        raise WantuiError(f"{command[0]} ended with exit code {code}")


@contextmanager
def terminal_given(app: App[Any], what: str) -> Iterator[None]:
    """While another program has the terminal.

    Args:
        app: that has it now, and again afterwards.
        what: the program, for the message.

    Raises:
        WantuiError: the screen cannot be left for it.
    """
    try:
        with app.suspend(), _interrupts_passed_by():
            yield
    except SuspendNotSupported as error:
        raise WantuiError(f"{what} cannot be opened from here; open it in another terminal") from error


@contextmanager
def _interrupts_passed_by() -> Iterator[None]:
    """Ctrl+C ends the editor alone. A handler that does nothing, unlike none at all, is not handed on to it."""
    before = {each: signal.signal(each, lambda *_: None) for each in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
