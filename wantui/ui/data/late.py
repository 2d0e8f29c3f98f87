"""The real backend, imported by the first call to it: that call comes from a thread, after the first frame."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace
    from wantui.ui.data.workspace import WorkspaceBackend


class LateBackend:
    """Stands in for `WorkspaceBackend`, which imports every room below and takes as long as Textual's half."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._made: WorkspaceBackend | None = None

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        return self._workspace.root

    def close(self) -> None:
        """Let go of what was opened, if anything was."""
        if self._made is not None:
            self._made.close()

    def __getattr__(self, name: str) -> Any:
        """Everything else is the real one's."""
        if name.startswith("_"):
            raise AttributeError(name)
        with self._lock:
            if self._made is None:
                from wantui.ui.data.workspace import WorkspaceBackend  # noqa: PLC0415  see the docstring

                self._made = WorkspaceBackend(self._workspace)
        return getattr(self._made, name)
