"""Opens the screen on a workspace."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from wantui.terminal.capability_query import CapabilityQuery
from wantui.ui.skeleton import Skeleton
from wantui.ui.work.prefetch import prefetch

if TYPE_CHECKING:
    from wantui.paths import Workspace


SWITCH_S = 0.0005
"""How long a thread that computes may keep the others waiting; with Python's 5 ms a key is answered after 30."""


def run(workspace: Workspace, skeleton: Skeleton | None = None) -> int:
    """Show the screen until a person leaves it.

    Args:
        workspace: which.
        skeleton: the first frame, where it is up already.

    Returns:
        The exit code: 0 when a person left, 1 when the screen broke down.
    """
    if skeleton is None:
        skeleton = Skeleton()
        skeleton.raise_(str(workspace.root))
    reading = prefetch(workspace)
    question = CapabilityQuery(os.environ)
    sys.setswitchinterval(SWITCH_S)
    gc.disable()  # nothing becomes garbage while modules are imported; the application turns it on again
    try:
        from wantui.services.screen_settings import ScreenSettings  # noqa: PLC0415  after the first frame
        from wantui.ui.app import WantuiApp  # noqa: PLC0415  after the first frame
        from wantui.ui.work.lazy_services import lazy_services  # noqa: PLC0415  after the first frame

        app = WantuiApp(
            lazy_services(workspace, reading), on_terminal_taken=skeleton.hand_over, on_broken=skeleton.lower,
            answers=question.answers(), start=ScreenSettings(workspace).at_start(),
        )  # fmt: skip
        app.run()
    finally:
        question.close()
        skeleton.lower()
        if reading is not None:
            reading.close()
    return app.return_code or 0
