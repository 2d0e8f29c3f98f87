"""What an import would do: of each file whether it is copied, under which name, or why it is left out.

Two media of one stem would write the same cache files, so an import never makes a second: it gets a number.
"""

from __future__ import annotations

import filecmp
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import reading
from wantui.dataset.media import IMAGE_SUFFIXES, VIDEO_SUFFIXES, is_taken
from wantui.journal.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wantui.dataset.model import Subset


class Twin(StrEnum):
    """What becomes of media whose name another file has already."""

    RENAME = "rename"
    """A number is put behind its stem."""
    REFUSE = "refuse"
    """It is left out."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A file to be copied."""

    source: Path
    target: Path
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True)
class Collision:
    """Media that cannot have the name they have."""

    source: Path
    target: Path | None
    """Where they go instead; None: they are left out."""
    why: str
    """As a clause about `source`."""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do; nothing has been done."""

    folder: Path
    """The media folder that it goes to."""
    copies: tuple[Copy, ...]
    """Media and captions."""
    media: int
    """How many of `copies` are media."""
    collisions: tuple[Collision, ...]
    skipped: tuple[tuple[Path, str], ...]
    """What is left out, each with why, as a clause."""

    @property
    def size(self) -> int:
        """Bytes to be copied."""
        return sum(copy.size for copy in self.copies)


def plan_import(
    sources: Sequence[Path], subset: Subset, *, twins: Twin = Twin.RENAME, below: bool = False
) -> ImportPlan:
    """Say what importing would do.

    Args:
        sources: media, and folders of them.
        subset: of the dataset that gets them.
        twins: what becomes of media whose name another file has.
        below: whether folders below those in `sources` are gone through too.

    Raises:
        JournalError: the subset is a jsonl list, or a folder cannot be listed.
    """
    if subset.media_directory is None:
        raise JournalError(
            f"{subset.jsonl_file}: a list of media; add lines to it instead, or import into a dataset with a folder"
        )
    planner = _Planner(subset, subset.media_directory, twins)
    try:
        for path in _files(sources, below=below):
            planner.take(path)
    except OSError as error:
        raise JournalError(f"{error.filename}: cannot be read: {error.strerror}") from error
    return planner.plan()


def _files(sources: Sequence[Path], *, below: bool) -> Iterator[Path]:
    for source in sources:
        if not reading.is_folder(source):
            yield source
            continue
        for entry in sorted(source.iterdir()):
            if not reading.is_folder(entry):
                yield entry
            elif below and not entry.name.startswith("."):
                yield from _files([entry], below=True)


class _Planner:
    """Decides about one file after the other."""

    def __init__(self, subset: Subset, folder: Path, twins: Twin) -> None:
        self._suffixes = VIDEO_SUFFIXES if subset.is_video else IMAGE_SUFFIXES
        self._foreign = IMAGE_SUFFIXES if subset.is_video else VIDEO_SUFFIXES
        self._extension = subset.caption_extension
        self._folder = folder
        self._twins = twins
        names = [Path(entry.name) for entry in os.scandir(folder)] if reading.is_folder(folder) else []
        self._taken = {str(name) for name in names}
        media = [name for name in names if name.suffix[1:].lower() in (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)]
        self._stems = {name.stem for name in media}
        self._sources: dict[str, Path] = {}
        self._copies: list[Copy] = []
        self._media = 0
        self._captions: list[Path] = []
        self._captions_taken: set[Path] = set()
        self._collisions: list[Collision] = []
        self._skipped: list[tuple[Path, str]] = []
        self._seen: set[Path] = set()

    def take(self, source: Path) -> None:
        """Decide about a file."""
        real = Path(os.path.realpath(source))  # `resolve` raises on a link to itself
        if real in self._seen:
            return
        self._seen.add(real)
        suffix = source.suffix[1:].lower()
        if self._extension and source.name.lower().endswith(self._extension.lower()):
            self._captions.append(source)  # decided on when all media are known
        elif source.name.startswith("."):
            self._skipped.append((source, "is hidden"))
        elif suffix in self._foreign:
            kind = "a video, and this dataset takes images" if suffix in VIDEO_SUFFIXES else "an image, not a video"
            self._skipped.append((source, f"is {kind}"))
        elif suffix not in self._suffixes:
            self._skipped.append((source, "is no media that the trainer takes"))
        elif not reading.is_file(source):
            self._skipped.append((source, "is no file" if os.path.lexists(source) else "is not there"))
        elif real.parent == self._folder.resolve():
            self._skipped.append((source, "is in the dataset already"))
        else:
            self._take_media(source)

    def plan(self) -> ImportPlan:
        """What it comes to."""
        alone = [(path, "is a caption without media") for path in self._captions if path not in self._captions_taken]
        return ImportPlan(
            folder=self._folder,
            copies=tuple(self._copies),
            media=self._media,
            collisions=tuple(self._collisions),
            skipped=(*self._skipped, *alone),
        )

    def _take_media(self, source: Path) -> None:
        name = source.name if is_taken(source.name, self._suffixes) else source.stem + source.suffix.lower()
        caption = self._caption_of(source)
        if caption is not None:
            self._captions_taken.add(caption)
        if self._is_there(source, name):
            return
        why = self._in_the_way(Path(name).stem, name, caption)
        if why is None:
            self._add(source, name, caption)
            if name != source.name:
                why = "has a suffix in mixed case, which the trainer does not take"
                self._collisions.append(Collision(source, self._folder / name, why))
        elif self._twins is Twin.REFUSE:
            self._collisions.append(Collision(source, None, why))
        else:
            self._take_twin(source, Path(name).suffix, caption, why)

    def _take_twin(self, source: Path, suffix: str, caption: Path | None, why: str) -> None:
        """Put a number behind the stem."""
        number = 2
        while self._in_the_way(stem := f"{source.stem}-{number}", stem + suffix, caption) is not None:
            if self._is_there(source, stem + suffix):
                return
            number += 1
        self._add(source, stem + suffix, caption)
        self._collisions.append(Collision(source, self._folder / (stem + suffix), why))

    def _is_there(self, source: Path, name: str) -> bool:
        """Whether the same content is or will be there under `name`; it is left out then."""
        there = self._sources.get(name, self._folder / name)
        if name not in self._taken or not reading.is_file(there) or not filecmp.cmp(source, there, shallow=False):
            return False
        self._skipped.append((source, f"is in the dataset already, with the same content: {name}"))
        return True

    def _in_the_way(self, stem: str, name: str, caption: Path | None) -> str | None:
        """Why media cannot have a name; None where they can."""
        if name in self._taken:
            return f"has the name of another file, {name}"
        if stem in self._stems:
            return "has the stem of other media: they would overwrite each other's caches"
        beside = f"{stem}{self._extension}"
        if self._extension and beside in self._taken and not self._is_same(caption, self._folder / beside):
            return f"would get a caption that is not its own: {beside} is there already"
        return None

    def _add(self, source: Path, name: str, caption: Path | None) -> None:
        stem = Path(name).stem
        self._copies.append(Copy(source, self._folder / name, source.stat().st_size))
        self._media += 1
        self._taken.add(name)
        self._sources[name] = source
        self._stems.add(stem)
        beside = f"{stem}{self._extension}"
        if caption is not None and beside not in self._taken:
            self._copies.append(Copy(caption, self._folder / beside, caption.stat().st_size))
            self._taken.add(beside)

    def _caption_of(self, source: Path) -> Path | None:
        if not self._extension:
            return None
        beside = source.with_name(source.stem + self._extension)
        return beside if reading.is_file(beside) else None

    def _is_same(self, caption: Path | None, there: Path) -> bool:
        return caption is not None and reading.is_file(there) and filecmp.cmp(caption, there, shallow=False)
