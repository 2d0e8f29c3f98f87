"""The demo in this terminal, until it is left."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

from wantui.ui.dialogs.outside_editor import terminal_given

if TYPE_CHECKING:
    from textual.app import App

    from wantui.ui.context import WorkContext


async def show(context: WorkContext) -> None:
    """Run the demo in a workspace of its own, and say how to come back to that.

    It is a program of its own, so nothing of it is mixed with this workspace; its jobs go on when it is left.

    Raises:
        WantuiError: the terminal cannot be given to it.
    """
    folder = await context.ask(tempfile.mkdtemp, prefix="wantui-demo-")
    code = _run(context.app, folder)
    if code:
        context.tell(f"The demo ended with exit code {code}; `wantui demo` in a shell says why.", is_error=True)
    else:
        context.tell(f"Back from the demo. To see it again: wantui --workspace {folder}")


def _run(app: App[None], folder: str) -> int:
    """Its exit code; nothing is drawn here before it has ended."""
    argv = [sys.executable, "-P", "-m", "wantui", "demo", "--dir", folder]
    with terminal_given(app, "the demo"):
        return subprocess.run(argv, check=False).returncode
