"""The real backend, imported by the first call to it: that call comes from a thread, after the first frame."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace
    from wantui.ui.data.backend import DatasetView, Defaults
    from wantui.ui.data.prefetch import Prefetch
    from wantui.ui.data.workspace import WorkspaceBackend


class LateBackend:
    """Stands in for `WorkspaceBackend`, which imports every room below and takes as long as Textual's half."""

    def __init__(self, workspace: Workspace, prefetch: Prefetch | None = None) -> None:
        """Make it.

        Args:
            workspace: whose.
            prefetch: who is reading already what is asked for first; each answer of it is given once.
        """
        self._workspace = workspace
        self._prefetch = prefetch
        self._fetched: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._made: WorkspaceBackend | None = None

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        return self._workspace.root

    def defaults(self) -> Defaults:
        """The workspace's configuration."""
        found: Defaults | None = self._first("defaults")
        return found or self.__getattr__("defaults")()

    def dataset(self) -> DatasetView:
        """The dataset and its caches."""
        found: DatasetView | None = self._first("dataset")
        return found or self.__getattr__("dataset")()

    def _first(self, name: str) -> Any:
        """What was read before anybody asked; None where there is nothing, or it has been given."""
        with self._lock:
            prefetch, self._prefetch = self._prefetch, None
            if prefetch is not None:
                self._fetched = prefetch.take()
            return self._fetched.pop(name, None)

    def close(self) -> None:
        """Let go of what was opened, if anything was."""
        if self._prefetch is not None:
            self._prefetch.close()
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
