"""Opens the screen on a workspace."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from wantui.ui.skeleton import Skeleton

if TYPE_CHECKING:
    from wantui.paths import Workspace


def run(workspace: Workspace) -> int:
    """Show the screen until a person leaves it.

    Returns:
        The exit code: 0 when a person left, 1 when the screen broke down.
    """
    skeleton = Skeleton()
    skeleton.raise_(str(workspace.root))
    gc.disable()  # nothing becomes garbage while modules are imported; the application turns it on again
    try:
        from wantui.ui.app import WantuiApp  # noqa: PLC0415  after the first frame
        from wantui.ui.data.late import LateBackend  # noqa: PLC0415  after the first frame

        app = WantuiApp(LateBackend(workspace), on_terminal_taken=skeleton.hand_over, on_broken=skeleton.lower)
        app.run()
    finally:
        skeleton.lower()
    return app.return_code or 0
