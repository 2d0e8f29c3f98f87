"""The services, imported by the first call to them: that call comes from a thread, after the first frame."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace
    from wantui.services.annotations import Found
    from wantui.services.dataset import WorkspaceReading
    from wantui.services.values import DatasetView, Defaults
    from wantui.services.workspace import Services
    from wantui.ui.work.prefetch import Prefetch


class LazyServices:
    """Stands in for `Services`, which imports every room below and takes as long as Textual's half."""

    def __init__(self, workspace: Workspace, prefetch: Prefetch | None = None) -> None:
        """Make it.

        Args:
            workspace: whose.
            prefetch: who is reading already what is asked for first; each answer of it is given once.
        """
        self._workspace = workspace
        self._prefetch = prefetch
        self._asking = threading.Lock()
        self._making = threading.Lock()
        self._reads: WorkspaceReading | None = None
        self._made: Services | None = None

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        return self._workspace.root

    @property
    def has_runs(self) -> bool:
        """Whether there has ever been a run here."""
        return self._workspace.has_runs

    def defaults(self) -> Defaults:
        """The workspace's configuration."""
        known: Defaults | None = self._ask("defaults")
        return known or self._reading().defaults()

    def dataset(self, found: Found | None = None) -> DatasetView:
        """The dataset and its caches."""
        if self._prefetch is None:
            return self._reading().dataset(found)
        seen: DatasetView | None = self._ask("dataset", found)
        with self._asking:
            self._prefetch.close()
            self._prefetch = None
        if seen is None:
            return self._reading().dataset()
        self._reading().adopt(seen)
        return seen

    def _ask(self, name: str, found: Found | None = None) -> Any:
        """What was read before anybody asked; None where there is nothing, or it has been given."""
        with self._asking:
            return None if self._prefetch is None else self._prefetch.take(name, found)

    def close(self) -> None:
        """Let go of what was opened, if anything was."""
        if self._prefetch is not None:
            self._prefetch.close()
        if self._made is not None:
            self._made.close()

    def _reading(self) -> WorkspaceReading:
        """Reads the dataset; imported before everything else, so that the first rows do not wait for that."""
        with self._making:
            if self._reads is None:
                from wantui.services.dataset import WorkspaceReading  # noqa: PLC0415  see the docstring

                self._reads = WorkspaceReading(self._workspace)
            return self._reads

    def _real(self) -> Services:
        reading = self._reading()
        with self._making:
            if self._made is None:
                from wantui.services.workspace import Services  # noqa: PLC0415  see the docstring

                self._made = Services(self._workspace, reading)
            return self._made

    def __getattr__(self, name: str) -> Any:
        """Everything else is the real one's."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._real(), name)


def lazy_services(workspace: Workspace, prefetch: Prefetch | None = None) -> Services:
    """The services of a workspace, which nobody waits for.

    Args:
        workspace: whose.
        prefetch: who is reading already what is asked for first.
    """
    return cast("Services", LazyServices(workspace, prefetch))
