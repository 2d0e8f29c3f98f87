"""Deciding on proposed captions: take them over through the journal, with or without an edit, or forget them.

Nothing is overwritten that a proposal was not made for: an item that has got another caption meanwhile, or whose
picture is another one now, keeps what it has, and is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.captions import files
from wantui.captions.files import CaptionChange
from wantui.captions.proposals import Proposal, ProposalStore, media_digest
from wantui.journal.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wantui.dataset.model import Item
    from wantui.journal.journal import Step
    from wantui.paths import Workspace


@dataclass(frozen=True, slots=True)
class ProposedCaption:
    """An item and what is proposed for it."""

    item: Item
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of proposals that were to be taken over."""

    step: Step | None
    """To be undone as a whole; None: nothing was written."""
    written: int
    """Captions."""
    conflicts: tuple[tuple[Item, str], ...]
    """Items that keep what they have, and why, as a clause; their proposals stay."""


def waiting(workspace: Workspace, items: Iterable[Item]) -> tuple[ProposedCaption, ...]:
    """The proposals for `items`, in their order, one for each media file."""
    known = ProposalStore(workspace).all()
    found = []
    for item in items if known else ():
        proposal = known.pop(item.media, None)
        if proposal is not None:
            found.append(ProposedCaption(item, proposal))
    return tuple(found)


def accept(workspace: Workspace, proposed: Sequence[ProposedCaption]) -> Accepted:
    """Make captions of proposals, all in one step; those that cannot be taken over are told.

    Raises:
        JournalError: nothing could be written.
        OSError: proposals that became captions cannot be removed.
    """
    changes: list[CaptionChange] = []
    conflicts: list[tuple[Item, str]] = []
    for each in proposed:
        why_not = _why_not(each)
        if why_not is None:
            changes.append(CaptionChange(each.item, each.proposal.before, each.proposal.text))
        else:
            conflicts.append((each.item, why_not))
    saved = files.save_all(Journal(workspace), _said(len(changes)), changes) if changes else None
    if saved is not None:
        conflicts += saved.conflicts
    kept = {item.media for item, _ in conflicts}
    ProposalStore(workspace).forget(each.item.media for each in proposed if each.item.media not in kept)
    return Accepted(None if saved is None else saved.step, 0 if saved is None else saved.written, tuple(conflicts))


def reject(workspace: Workspace, proposed: Iterable[ProposedCaption]) -> None:
    """Forget proposals.

    Raises:
        OSError: they cannot be removed.
    """
    ProposalStore(workspace).forget(each.item.media for each in proposed)


def _why_not(each: ProposedCaption) -> str | None:
    content = each.proposal.content
    if content is None or content != media_digest(each.item.media):
        return f"{each.item.media.name} is not what the caption was proposed for any more; propose it again"
    return None


def _said(count: int) -> str:
    return "accept a proposed caption" if count == 1 else f"accept {count} proposed captions"
