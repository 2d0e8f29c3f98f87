"""What pairs of checkpoints have made, in ``.wantui/runs/N/samples`` beside the run whose checkpoints they are.

Each picture or clip is a folder of frames with a ``picture.json``, moved there when all of it is written. Its name
ends with a digest of all that it depends on (prompt with options and seed, both LoRA files), so what exists is found
by its name and never made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.caches.content import text_digest
from wantui.jobs.fields import Fields
from wantui.jobs.store import run_folder
from wantui.runs.sampling.pairs import Member, Pair
from wantui.trainer.prompts import Prompt, from_document
from wantui.weights.digests import sha256_of
from wantui.weights.hash_cache import HashCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from wantui.paths import Workspace

RECORD = "picture.json"
_DIGITS = 16
"""Of a digest in a name."""
_LARGEST_IMAGE = 1 << 28


@dataclass(frozen=True, slots=True)
class SamplePicture:
    """A picture or clip that has been made."""

    name: str
    """Of its folder."""
    pair: Pair
    prompt: Prompt
    frames: tuple[Path, ...]
    """One for a picture; in their order."""
    seconds: float
    """That it took, with its share of loading the models."""
    trainer: str
    """Kind of the trainer that made it."""
    made: float
    """Seconds since 1970."""


class Pictures:
    """The pictures of one run."""

    def __init__(self, workspace: Workspace, number: int) -> None:
        self._hashes = HashCache(workspace)
        self.folder = run_folder(workspace, number) / "samples"

    def all(self) -> tuple[SamplePicture, ...]:
        """Every one, by pair and in the order in which they were made; what is broken is passed over."""
        try:
            folders = [each for each in self.folder.iterdir() if not each.name.startswith(".")]
        except OSError:
            return ()
        found = [picture for each in folders if (picture := _read(each)) is not None]
        return tuple(sorted(found, key=lambda each: (each.pair, each.made, each.name)))

    def digest(self, path: Path) -> str:
        """The sha256 of a checkpoint; each is read once.

        Raises:
            WantuiError: it cannot be read.
        """
        known = self._hashes.digest(path)
        if known is None:
            known, identity = sha256_of(path, threading.Event(), lambda _: None)
            self._hashes.remember(path, known, identity)
        return known

    def has(self, name: str) -> bool:
        """Whether there is one of that name."""
        return (self.folder / name / RECORD).is_file()

    def keep(
        self, name: str, pair: Pair, prompt: Prompt, frames: Sequence[Path], *, seconds: float, trainer: str
    ) -> None:
        """Move what the trainer has written to its place, all of it or nothing.

        Args:
            name: by `name_of`.
            pair: that made it.
            prompt: that it was made of.
            frames: the files, in a folder of the job's own on the disk of the run's folder. They are put together
                there: what a job that is killed leaves of it goes with that folder, and no other job touches it.
            seconds: that it took.
            trainer: kind of the trainer.

        Raises:
            OSError: the disk refuses something.
        """
        staged = frames[0].parent / name
        staged.mkdir()
        for number, frame in enumerate(frames):
            with frame.open("rb") as file:
                os.fsync(file.fileno())
            frame.rename(staged / f"{number:04d}{frame.suffix}")
        document = {
            **pair.to_document(),
            "prompt": prompt.to_document(),
            "seconds": round(seconds, 3),
            "trainer": trainer,
            "made": time.time(),
        }
        atomic.write_json(staged / RECORD, document)
        self.folder.mkdir(exist_ok=True)
        try:
            staged.rename(self.folder / name)
        except OSError:
            if not self.has(name):
                raise
            shutil.rmtree(staged)  # another job was faster
        atomic.sync_folder(self.folder)


def name_of(prompt: Prompt, pair: Pair, high: str, low: str) -> str:
    """The name that a picture has, or would have.

    Args:
        prompt: that it is made of.
        pair: that makes it.
        high: `Pictures.digest` of the checkpoint.
        low: the same.

    Raises:
        OSError: an image cannot be read.
    """
    images = [path for path in (prompt.image, prompt.end_image, prompt.control) if path is not None]
    contents = [_content(path) for path in images]
    digest = text_digest(json.dumps([prompt.to_document(), contents, high, low], sort_keys=True))
    return f"high{_named(pair.high)}-low{_named(pair.low)}-{digest[:_DIGITS]}"


def _named(member: Member) -> str:
    return f"{member:06d}" if isinstance(member, int) else f"-{member}"


def estimate_s(prompts: Iterable[Prompt], made: Iterable[SamplePicture]) -> float | None:
    """How long pictures will take, in seconds, by those that were made before; None where none was.

    Args:
        prompts: of each.
        made: by the same trainer. The median of their seconds for each unit of work counts, so that one which
            another program has slowed down does not.
    """
    paces = sorted(each.seconds / each.prompt.work for each in made)
    return sum(each.work for each in prompts) * paces[len(paces) // 2] if paces else None


def _content(path: Path) -> str:
    """The digest of a file; of a folder its files' names and digests: the trainer looks into no folder in it."""
    if path.is_dir():
        files = [each for each in sorted(path.iterdir()) if reading.is_file(each)]
        return text_digest(json.dumps([[each.name, _content(each)] for each in files]))
    return hashlib.sha256(reading.read_bytes(path, _LARGEST_IMAGE)).hexdigest()


def _read(folder: Path) -> SamplePicture | None:
    try:
        fields = Fields(reading.read_json(folder / RECORD), RECORD)
        frames = tuple(sorted(each for each in folder.iterdir() if each.name != RECORD))
        if not frames:
            return None
        return SamplePicture(
            name=folder.name,
            pair=Pair.from_fields(fields),
            prompt=from_document(fields.mapping("prompt")),
            frames=frames,
            seconds=fields.number("seconds"),
            trainer=fields.text("trainer"),
            made=fields.number("made"),
        )
    except (OSError, ValueError, TypeError):
        return None
