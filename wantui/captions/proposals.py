"""Captions that a captioner has proposed and nobody has decided on yet: kept, counted, forgotten.

One file a proposal in ``.wantui/proposals``, so that a captioner which is killed loses nothing that it has made. A
proposal touches no caption: taking one over is `wantui.captions.proposal_review`.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import atomic
from wantui.caches.content import content_digest, read_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.dataset.model import Item
    from wantui.paths import Workspace

_VERSION = 1
_DIGEST_BYTES = 12


@dataclass(frozen=True, slots=True)
class Proposal:
    """A caption that a captioner proposes for one media file."""

    media: Path
    text: str
    source: str
    """What made it: the command line, or the name of a tool."""
    made: float
    """Seconds since 1970."""
    content: str | None
    """A digest of the media that it was made for; None where it could not be read."""
    before: str | None
    """The caption that the item had by then; None: it had no caption file. Only that one may be replaced."""


class ProposalStore:
    """The proposals of one workspace. Every call reads the disk, since a captioner may be at work."""

    def __init__(self, workspace: Workspace) -> None:
        self.folder = workspace.state / "proposals"
        self._workspace = workspace

    def all(self) -> dict[Path, Proposal]:
        """Every proposal that can be read, by media file."""
        try:
            names = sorted(name for name in os.listdir(self.folder) if name.endswith(".json"))  # noqa: PTH208  names only
        except FileNotFoundError:
            return {}
        found = (_read(self.folder / name) for name in names)
        return {each.media: each for each in found if each is not None}

    def of(self, media: Path) -> Proposal | None:
        """What is proposed for `media`."""
        return _read(self._file(media))

    def keep(self, proposal: Proposal) -> None:
        """Keep a proposal; one for the same media is replaced.

        Raises:
            OSError: the folder cannot be written, or the disk is full.
        """
        self._workspace.create_state()
        self.folder.mkdir(exist_ok=True)
        document = asdict(proposal) | {"version": _VERSION, "media": str(proposal.media)}
        atomic.write_json(self._file(proposal.media), document)

    def forget(self, media: Iterable[Path]) -> None:
        """Remove what is proposed for these, where something is.

        Raises:
            OSError: the folder cannot be written.
        """
        for path in media:
            self._file(path).unlink(missing_ok=True)

    def _file(self, media: Path) -> Path:
        key = hashlib.blake2b(os.fsencode(media), digest_size=_DIGEST_BYTES).hexdigest()
        return self.folder / f"{key}.json"


def wants_caption(item: Item) -> bool:
    """Whether the item has no caption, or an empty one; one that cannot be read is no empty one."""
    return item.problem_code == "missing-caption" or (item.problem_code is None and not (item.caption or "").strip())


def media_digest(media: Path) -> str | None:
    """A digest of a media file's content, which a proposal was made for; None where it cannot be read."""
    with suppress(OSError):
        return content_digest(str(media))
    return None


def _read(file: Path) -> Proposal | None:
    document = read_object(file, _VERSION)
    media, text, source, made = (document.get(key) for key in ("media", "text", "source", "made"))
    content, before = document.get("content"), document.get("before")
    if not (isinstance(media, str) and isinstance(text, str) and isinstance(source, str)):
        return None
    return Proposal(
        media=Path(media),
        text=text,
        source=source,
        made=float(made) if isinstance(made, int | float) else 0.0,
        content=content if isinstance(content, str) else None,
        before=before if isinstance(before, str) else None,
    )
