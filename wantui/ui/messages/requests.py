"""What the panes tell their screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from wantui.listing.rows import ItemRow
    from wantui.services.annotations import JobView
    from wantui.services.values import CaptionText


@dataclass
class ItemHighlighted(Message):
    """The cursor of the dataset list stands on another item, or the item has changed."""

    row: ItemRow | None
    """None where nothing is shown."""


@dataclass
class JobHighlighted(Message):
    """The cursor of the job table stands on another job."""

    job: JobView | None
    """None where there are no jobs."""


@dataclass
class OpenItem(Message):
    """A person wants to edit the item under the cursor."""


@dataclass
class OpenJob(Message):
    """A person wants to see everything about the job under the cursor."""


@dataclass
class SaveCaption(Message):
    """A person wants a caption written."""

    row: ItemRow
    """Whose."""
    text: str
    """The new caption."""
    read_as: CaptionText | None
    """What the edit began with; None overwrites."""
    then_step: int | None
    """How many items to go on and edit there: 1, -1; None: leave the editor."""


@dataclass
class LeaveEditor(Message):
    """A person wants to leave the caption editor."""


@dataclass
class LeaveLog(Message):
    """Go back to where the log was opened from."""


class RevertCaption(Message):
    """A person wants to start over with what the caption's file has."""


@dataclass
class GiveCommand(Message):
    """A person has clicked on a command."""

    command_id: str
    """Its id."""
