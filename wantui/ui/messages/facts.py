"""Facts that the workers bring from below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from wantui.history.model import Event
    from wantui.services.annotations import JobView, WatchState
    from wantui.services.machine import MachineView
    from wantui.services.outlook import Outlook
    from wantui.services.values import Defaults

Losses = dict[str, tuple[tuple[int, float], ...]]
"""By job id: step and loss, ascending by step."""


@dataclass
class DefaultsRead(Message):
    """The workspace's configuration has been read."""

    defaults: Defaults | None
    """None where it cannot be read."""
    trouble: str | None
    """Why it cannot be read, and what to do."""


@dataclass
class ItemsFound(Message):
    """Some more items have been found while the dataset is read for the first time; they are in the row book."""


@dataclass
class DatasetRead(Message):
    """The dataset and its caches have been looked at; what was found is in the row book."""

    trouble: str | None
    """Why there is none, and what to do; None where there is one."""
    problems: int = 0
    """How many problems were found, as the list of problems has them: an item may have several."""
    errors: int = 0
    """How many of them keep a run from starting."""


@dataclass
class FilesChanged(Message):
    """Something has happened to files that the dataset is made of.

    The items concerned are in the row book as they are now; the whole look that follows tells the rest.
    """


@dataclass
class SinceRead(Message):
    """The dataset has been compared with what runs train on."""

    since: dict[int, str]
    """By run: what has changed since it began; empty where nothing has."""


@dataclass
class WatchingRead(Message):
    """The supervisor's watcher is at something else."""

    state: WatchState | None
    """None where none is at work."""


@dataclass
class JobsRead(Message):
    """The jobs, or their progress, have changed."""

    jobs: tuple[JobView, ...]
    """Every job, oldest first."""
    losses: Losses
    """Of the experts of the run to look at."""
    trouble: str | None = None
    """Why the jobs cannot be read."""


@dataclass
class OutlookRead(Message):
    """How things will stand has changed, or something has happened."""

    outlook: Outlook
    news: tuple[Event, ...] = ()
    """What has happened since the screen was opened, each event once."""


@dataclass
class MachineRead(Message):
    """A reading of the machine has changed."""

    machine: MachineView
    """The machine now."""


@dataclass
class Done(Message):
    """Something that a person asked for has happened, or has not."""

    what: str
    """What happened, as a sentence."""
    is_error: bool = False
    """Whether it is why it did not happen."""
