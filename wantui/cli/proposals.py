"""``captions propose``, ``proposals``, ``accept`` and ``reject``: captions that a program proposes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED, complain
from wantui.cli.runs import follow
from wantui.formatting import plain_plural
from wantui.services.items import Items
from wantui.services.proposals import Proposals
from wantui.services.runs import Runs

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from wantui.dataset.model import Item
    from wantui.paths import Workspace
    from wantui.services.annotations import ProposedCaption


def propose(workspace: Workspace, options: argparse.Namespace) -> int:
    """Start a captioning run."""
    media = None
    if options.all or options.filter is not None:
        media = [item.media for item in _items(workspace, options.filter)]
    number = Proposals(workspace).make(media)
    runs = Runs(workspace)
    then = "review with `wantui captions proposals`"
    return follow(runs, runs.run(number), wait=options.wait, as_json=options.json, then=then)


def proposals(workspace: Workspace, options: argparse.Namespace) -> int:
    """List what is proposed."""
    found = Proposals(workspace).waiting(_items(workspace, None))
    if options.json:
        show.document([_document(each) for each in found])
    elif found:
        show.table([[each.item.media.name, " ".join(each.proposal.text.split())] for each in found])
    else:
        print("nothing is proposed; `wantui captions propose` asks for captions")
    return DONE


def accept(workspace: Workspace, options: argparse.Namespace) -> int:
    """Make captions of proposals."""
    meant = _meant(workspace, options)
    if meant is None:
        return FAILED
    found = Proposals(workspace).accept(meant)
    for item, why in found.conflicts:
        complain(f"{item.media}: keeps what it has: {why}")
    print(f"{plain_plural(found.written, 'caption')} written")
    return FAILED if found.conflicts else DONE


def reject(workspace: Workspace, options: argparse.Namespace) -> int:
    """Forget proposals."""
    meant = _meant(workspace, options)
    if meant is None:
        return FAILED
    Proposals(workspace).reject(meant)
    print(f"{plain_plural(len(meant), 'proposal')} rejected")
    return DONE


def _meant(workspace: Workspace, options: argparse.Namespace) -> tuple[ProposedCaption, ...] | None:
    """The proposals that are named, all where nothing is said; None where a name is told to have none."""
    found = Proposals(workspace).waiting(_items(workspace, options.filter))
    names = set(options.names)
    if not names:
        return found
    known = {name for each in found for name in (each.item.name, each.item.media.name)}
    for name in sorted(names - known):
        complain(f"{name}: nothing is proposed for an item of this name")
    if names - known:
        return None
    return tuple(each for each in found if names & {each.item.name, each.item.media.name})


def _items(workspace: Workspace, text: str | None) -> Sequence[Item]:
    """The items of the dataset; those that a filter leaves.

    Raises:
        BadInputError: it cannot be understood.
    """
    items = Items(workspace, say=complain)
    return items.all() if text is None else [row.item for row in items.chosen(text).rows]


def _document(each: ProposedCaption) -> dict[str, object]:
    proposal = each.proposal
    return {
        "name": each.item.name,
        "media": str(proposal.media),
        "text": proposal.text,
        "before": proposal.before,
        "source": proposal.source,
        "made": proposal.made,
    }
