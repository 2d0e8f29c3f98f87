"""The weight files: which there are, loading them, stopping that, proving that they are whole."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained
from wantui.weights.copies import copies, origin
from wantui.weights.state import WeightStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TextIO

    from wantui.config import Config
    from wantui.paths import Workspace
    from wantui.trainer.musubi.weight_kind import WeightKind
    from wantui.weights.catalogue import Task
    from wantui.weights.checking import Checker, Listing, WeightVerdict
    from wantui.weights.model import DownloadProgress
    from wantui.weights.state import WeightPlace

LOOK_STALL_S = 8.0
"""Somebody looks on; a Hub that says nothing for so long is told of, and what it said before counts."""


class Weights:
    """The weight files that ``[models]`` of a workspace names."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def list(self, task: Task) -> Listing:
        """Every file of a task, with what the Hub says of it."""
        with explained():
            return self._checker().list(task)

    def task(self) -> Task:
        """Whose files are meant where no task is named."""
        with explained():
            return self._config().run.task

    def verify(
        self,
        task: Task,
        told: Callable[[WeightPlace], None] = lambda _: None,
        read: Callable[[int], None] = lambda _: None,
    ) -> Iterator[WeightVerdict]:
        """Read every file of a task to its end; see `Checker.verify`."""
        with explained():
            yield from self._checker().verify(task, told, read)

    def fetch(self, task: Task, *, replaces: bool, out: TextIO) -> int:
        """Load the files of a task in this process, with its progress on `out`; see `wantui.weights.fetch`."""
        from wantui.weights.fetch import fetch  # noqa: PLC0415  when it is asked for

        return fetch(self._workspace, task, replaces=replaces, out=out)

    def pause(self) -> bool:
        """Stop a download, whoever has begun it; whether there was one. What is loaded stays."""
        from wantui.weights import control  # noqa: PLC0415  when it is asked for

        with explained():
            return control.pause(self._workspace)

    def drop(self, task: Task) -> int:
        """Remove files that are not whole; the bytes that this frees."""
        from wantui.weights import download  # noqa: PLC0415  when it is asked for

        with explained():
            return download.cancel(self._config().models, task)

    def progress(self) -> DownloadProgress | None:
        """From the file that the loader writes."""
        from wantui.weights.progress import read_progress  # noqa: PLC0415  when it is asked for

        with explained():
            return read_progress(self._workspace)

    def kind(self, place: WeightPlace) -> WeightKind:
        """What the header of a file says; of what is not here, nothing, and of what is verified, nothing bad."""
        from wantui.trainer.musubi.weight_kind import WeightKind, kind_of  # noqa: PLC0415  when it is asked for

        if is_needed(place):
            return WeightKind()
        kind = kind_of(place.target)
        return replace(kind, trouble=None) if place.standing is WeightStatus.THERE else kind

    def is_good(self, place: WeightPlace) -> bool:
        """Whether a file can be used, as far as is known."""
        is_foreign = place.standing is WeightStatus.OTHER and not place.is_own
        return not is_needed(place) and not is_foreign and self.kind(place).trouble is None

    def elsewhere(self, place: WeightPlace) -> Path | None:
        """A file of the right name and size that a download would link, where there is none in its place."""
        if not is_needed(place) or place.remote is None:
            return None
        from wantui.weights.control import configured  # noqa: PLC0415  when it is asked for

        search = configured(self._workspace).models.search
        return next(copies(place.weight, place.remote, search, os.environ), None)

    def _config(self) -> Config:
        return configuration.load(self._workspace)

    def _checker(self) -> Checker:
        from wantui.weights import control  # noqa: PLC0415  when it is asked for
        from wantui.weights.checking import Checker  # noqa: PLC0415  the same

        config = control.configured(self._workspace)
        hub = control.hub_of(config, os.environ, stall_s=LOOK_STALL_S)
        return Checker(self._workspace, config.models, hub)


def is_needed(place: WeightPlace) -> bool:
    """Whether a file is not here, or not all of it."""
    return place.standing in {WeightStatus.MISSING, WeightStatus.PART}


__all__ = ["WeightStatus", "Weights", "is_needed", "origin"]
