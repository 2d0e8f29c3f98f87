"""Checkpoints that nobody needs any more: which they are, and a trash from which they come back.

They are moved, by renaming, into a folder beside them, so nothing is lost and nothing is freed before that folder is
emptied. What was moved is written down before, in ``.wantui/runs/N/pruned.json``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import atomic, locks, reading
from wantui.errors import BadInputError, ConflictError
from wantui.jobs.fields import FieldError, Fields
from wantui.jobs.model import JobError
from wantui.jobs.store import run_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from contextlib import AbstractContextManager

    from wantui.paths import Workspace
    from wantui.runs.releasing.plan import Candidate
    from wantui.runs.sampling.pairs import Pair

TRASH = "pruned"
"""The folder, in the output folder, that checkpoints are moved to; below it one for each run."""
_VERSION = 1


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A checkpoint that stays, and why."""

    checkpoint: Candidate
    why: str


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What would be moved to the trash."""

    run: int
    pruned: tuple[Candidate, ...]
    kept: tuple[KeptCheckpoint, ...]
    bytes: int
    """Of what is pruned."""


@dataclass(frozen=True, slots=True)
class PrunedCheckpoint:
    """A checkpoint in the trash."""

    path: Path
    """Where it was."""
    trash: Path
    """Where it is."""
    size: int
    """Bytes."""


def plan(run: int, candidates: Sequence[Candidate], chosen: Pair | None, keep: Collection[int]) -> PrunePlan:
    """What a pruning would do.

    Each expert keeps its last checkpoint, the one with the lowest held-out loss, that of the chosen pair, and the
    epochs that are named.

    Args:
        run: its number.
        candidates: its checkpoints.
        chosen: the pair that a person has chosen by its pictures.
        keep: epochs that stay, of both experts.

    Raises:
        BadInputError: an epoch that is to stay is not there.
    """
    missing = sorted(set(keep) - {each.epoch for each in candidates})
    if missing:
        there = ", ".join(map(str, sorted({each.epoch for each in candidates}))) or "none"
        raise BadInputError(f"no checkpoint of epoch {missing[0]}; there are {there}")
    pruned: list[Candidate] = []
    kept: list[KeptCheckpoint] = []
    for each in candidates:
        why = _why_kept(each, candidates, chosen, keep)
        if why is None:
            pruned.append(each)
        else:
            kept.append(KeptCheckpoint(each, why))
    return PrunePlan(run, tuple(pruned), tuple(kept), sum(each.path.stat().st_size for each in pruned))


def _why_kept(
    each: Candidate, candidates: Iterable[Candidate], chosen: Pair | None, keep: Collection[int]
) -> str | None:
    if chosen is not None and chosen.of(each.expert) == each.member:
        return "chosen by its pictures"
    if each.is_lowest:
        return "lowest held-out loss"
    if each.epoch == max(other.epoch for other in candidates if other.expert is each.expert):
        return "the last"
    return "named" if each.epoch in keep else None


class Trash:
    """The pruned checkpoints of one run."""

    def __init__(self, workspace: Workspace, number: int) -> None:
        self._workspace = workspace
        self._number = number
        self.file = run_folder(workspace, number) / "pruned.json"

    def content(self) -> tuple[PrunedCheckpoint, ...]:
        """What is in it.

        Raises:
            JobError: the record is broken.
        """
        return tuple(each for each in self._recorded() if each.trash.is_file())

    def move(self, checkpoints: Sequence[Candidate]) -> tuple[PrunedCheckpoint, ...]:
        """Move checkpoints there.

        Raises:
            JobError: the record is broken.
            OSError: one cannot be moved; those before it are in the trash.
        """
        with self._lock():
            known = self._recorded()
            moved = [self._place(each.path, {other.trash for other in known}) for each in checkpoints]
            self._write((*known, *moved))  # before, so that what is moved can always be found
            for each in moved:
                each.trash.parent.mkdir(parents=True, exist_ok=True)
                atomic.rename_new(each.path, each.trash)
            return tuple(moved)

    def restore(self) -> tuple[PrunedCheckpoint, ...]:
        """Move all of them back.

        Raises:
            ConflictError: there is another file in the place of one; nothing is moved.
            JobError: the record is broken.
            OSError: one cannot be moved; those before it are back.
        """
        with self._lock():
            there = self.content()
            taken = next((each.path for each in there if each.path.exists()), None)
            if taken is not None:
                raise ConflictError(f"{taken} is there again: nothing was restored; move it away first")
            for each in there:
                atomic.rename_new(each.trash, each.path)
            self._forget(there)
            return there

    def empty(self) -> tuple[PrunedCheckpoint, ...]:
        """Remove all of them for good; raises as `restore`."""
        with self._lock():
            there = self.content()
            for each in there:
                each.trash.unlink()
            self._forget(there)
            return there

    def _place(self, path: Path, taken: set[Path]) -> PrunedCheckpoint:
        """A place that nothing has."""
        folder, number = path.parent / TRASH / f"run-{self._number}", 1
        trash = folder / path.name
        while trash in taken or trash.exists():
            number += 1
            trash = folder / f"{path.stem}.{number}{path.suffix}"
        return PrunedCheckpoint(path, trash, path.stat().st_size)

    def _forget(self, gone: Collection[PrunedCheckpoint]) -> None:
        self._write(tuple(each for each in self._recorded() if each not in gone and each.trash.exists()))
        for folder in {each.trash.parent for each in gone}:
            for empty in (folder, folder.parent):
                try:
                    empty.rmdir()
                except OSError:  # something else is in it
                    break

    def _lock(self) -> AbstractContextManager[int]:
        return locks.held(self._workspace.runtime / f"pruning-{self._number}.lock")

    def _recorded(self) -> tuple[PrunedCheckpoint, ...]:
        try:
            fields = Fields(reading.read_json(self.file), "pruned checkpoints")
            if fields.integer("version") != _VERSION:
                raise FieldError("it is of another version")
            found = fields.objects("moved")
            return tuple(
                PrunedCheckpoint(Path(each.text("path")), Path(each.text("trash")), each.integer("size"))
                for each in found
            )
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as error:
            raise JobError(
                f"{self.file}: cannot be read ({error}); the files are in {TRASH}, beside the others"
            ) from error

    def _write(self, moved: Sequence[PrunedCheckpoint]) -> None:
        found = [{"path": str(each.path), "trash": str(each.trash), "size": each.size} for each in moved]
        atomic.write_json(self.file, {"version": _VERSION, "moved": found})
