"""What the watcher is at, told through two files in the state folder: one it writes, one that pauses it."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.jobs.codec import identity_from_fields
from wantui.jobs.fields import Fields
from wantui.jobs.process import ProcessIdentity
from wantui.jobs.store import LARGEST_RECORD

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.paths import Workspace


class Watching(StrEnum):
    """Whether changes on disk lead to a cache run."""

    WATCHING = "watching"
    POLLING = "polling"
    """Files are looked at every second, since their file system tells no changes."""
    ENCODING = "encoding"
    """A cache run that it has started is under way."""
    PAUSED = "paused"
    WAITING = "waiting"
    """It starts nothing until a person has started something here: see `wantui.jobs.trust`."""
    OFF = "off"
    TROUBLE = "trouble"
    """Something keeps it from watching or from starting a run."""


@dataclass(frozen=True, slots=True)
class WatchState:
    """What the watcher is at."""

    watching: Watching
    note: str | None = None
    """Why, or which run, for a person."""


def read_state(workspace: Workspace) -> WatchState | None:
    """What the watcher said last; None where it never ran."""
    if is_paused(workspace):
        return WatchState(Watching.PAUSED)
    try:
        fields = Fields(reading.read_json(_state_file(workspace), LARGEST_RECORD), "watch.json")
        state = WatchState(Watching(fields.text("watching")), fields.text_or_none("note"))
        by = identity_from_fields(fields.inner("by"))
    except (FileNotFoundError, reading.NotAFileError, reading.FileTooLargeError, ValueError):
        return None
    if state.watching is not Watching.OFF and not by.is_alive:
        return WatchState(Watching.TROUBLE, f"not watching; see {workspace.state / 'watcher.log'}")
    return state


def write_state(workspace: Workspace, state: WatchState) -> None:
    """Say what the watcher is at."""
    own = ProcessIdentity.of(os.getpid())
    document = {"watching": str(state.watching), "note": state.note, "by": None if own is None else asdict(own)}
    atomic.write_json(_state_file(workspace), document)


def pause(workspace: Workspace) -> None:
    """Let changes lead to nothing until `resume`; they are not forgotten."""
    workspace.create_state()
    _pause_file(workspace).touch()


def resume(workspace: Workspace) -> None:
    """Let changes lead to cache runs again, those of the pause too."""
    _pause_file(workspace).unlink(missing_ok=True)


def is_paused(workspace: Workspace) -> bool:
    """Whether a person has paused it."""
    return _pause_file(workspace).exists()


def _state_file(workspace: Workspace) -> Path:
    return workspace.state / "watch.json"


def _pause_file(workspace: Workspace) -> Path:
    return workspace.state / "watch-paused"
