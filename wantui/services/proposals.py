"""Proposed captions: have them made, look at them, take them over or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.access import explained

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.captions.proposal_review import Accepted, ProposedCaption
    from wantui.dataset.model import Item
    from wantui.paths import Workspace


@dataclass(frozen=True, slots=True)
class CaptionsToMake:
    """What a captioning run would do now."""

    source: str
    """What would be asked: a command line, or the name of a tool."""
    media: tuple[Path, ...]
    """Files without a caption that nothing is proposed for."""


class Proposals:
    """Proposed captions of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def to_make(self, items: Sequence[Item]) -> CaptionsToMake:
        """What a captioning run over `items` would do."""
        from wantui.captions.proposals import ProposalStore  # noqa: PLC0415  when it is asked for
        from wantui.runs.captioning.order import captioner_of, chosen  # noqa: PLC0415  when it is asked for

        with explained():
            captioner = captioner_of(configuration.load(self._workspace))
            known = ProposalStore(self._workspace).all()
            media = tuple(item.media for item in chosen(items, None, captioner) if item.media not in known)
        return CaptionsToMake(captioner.source, media)

    def make(self, media: Sequence[Path] | None) -> int:
        """Start a captioning run; answers with its number.

        Args:
            media: the files to caption; None: all that have no caption.
        """
        from wantui.runs.captioning.order import propose  # noqa: PLC0415  when it is asked for

        with explained():
            return propose(self._workspace, configuration.load(self._workspace), media).number

    def waiting(self, items: Sequence[Item]) -> tuple[ProposedCaption, ...]:
        """The proposals for `items`, in their order."""
        from wantui.captions.proposal_review import waiting  # noqa: PLC0415  when it is asked for

        with explained():
            return waiting(self._workspace, items)

    def accept(self, proposed: Sequence[ProposedCaption]) -> Accepted:
        """Make captions of proposals, in one step that can be undone."""
        from wantui.captions.proposal_review import accept  # noqa: PLC0415  when it is asked for

        with explained():
            return accept(self._workspace, proposed)

    def reject(self, proposed: Sequence[ProposedCaption]) -> None:
        """Remove proposals."""
        from wantui.captions.proposal_review import reject  # noqa: PLC0415  when it is asked for

        with explained():
            reject(self._workspace, proposed)
