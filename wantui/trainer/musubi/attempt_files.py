"""Moves what an attempt at a training has saved to its absolute name, once it is whole; nothing is overwritten."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.trainer.attempts import AttemptTask, EndedBy, Saved, SavedFile, SavedKind, read_saved
from wantui.trainer.musubi import saved_files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from wantui.trainer.musubi.saved_files import SavedName

_REMOVED = "removed"
"""The folder, in an attempt's folder, of what is being removed: nothing lies half removed under a name of its own."""


class AttemptFiles:
    """The files of one attempt."""

    def __init__(self, task: AttemptTask) -> None:
        self._task = task
        self._saved = read_saved(task.saved)
        self._complaints: set[str] = set()

    @property
    def saved(self) -> Saved:
        """What all attempts have saved so far."""
        return self._saved

    def collect(self, open_files: Collection[tuple[int, int]] = (), *, in_a_hurry: bool = False) -> None:
        """Move what is whole.

        Args:
            open_files: device and inode of files that are still being written.
            in_a_hurry: whether the disk is not waited for.

        Raises:
            OSError: the disk refuses something; the next time tries it again.
        """
        for path, name in self._whole(open_files):
            self._publish(path, name, in_a_hurry=in_a_hurry)
        self._move_samples()

    def give_up_rest(self) -> None:
        """Remove the attempt's folder, with what has not become whole; nothing writes to it any more."""
        for entry in self._listed(self._task.folder):
            if entry not in (_REMOVED, saved_files.SAMPLES) and not self._is_ours(entry):
                with suppress(OSError):
                    self._rename(self._task.folder / entry, self._task.output_folder / entry)
        with suppress(OSError):
            shutil.rmtree(self._task.folder)
        with suppress(OSError):
            self._task.folder.parent.rmdir()  # the last one's

    def _is_ours(self, entry: str) -> bool:
        """Whether a file is a LoRA file or state, or a temporary one that was not finished."""
        return entry.startswith(".") or saved_files.read_name(entry, self._task.name) is not None

    def is_finished(self) -> bool:
        """Whether checkpoint and state of the last wanted epoch are there."""
        return self._task.epochs is not None and self._has(self._task.epochs)

    def should_end(self) -> EndedBy | None:
        """Why the training is to be ended now; None: it goes on.

        One that began with nothing ends by itself. One that went on from a state would train all its epochs again,
        for the trainer counts from 1.
        """
        if self._task.start.epoch and not self._task.start.counts_on and self.is_finished():
            return EndedBy.FINISHED
        asked = self._asked_epoch()
        reached = self._saved.last_epoch(self._task.attempt)
        if asked is None or reached < asked or reached == self._task.epochs or not self._has(reached):
            return None
        return EndedBy.ASKED

    def note_end(self, why: EndedBy) -> None:
        """Keep why the attempt is ended.

        Raises:
            OSError: it cannot be written.
        """
        self._keep(self._saved.with_end(self._task.attempt, why))

    def _has(self, epoch: int) -> bool:
        kinds = {
            each.kind for each in self._saved.files if each.epoch == epoch and each.attempt == self._task.attempt
        }
        wanted = {SavedKind.LORA} if self._task.keep_states == 0 else {SavedKind.LORA, SavedKind.STATE}
        return wanted <= kinds

    def _asked_epoch(self) -> int | None:
        """The epoch after which a person wants the job to end; None: nobody has said one."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            for job in reading.read_json(self._task.run_record)["jobs"]:
                if job["id"] == self._task.job and isinstance(job.get("end_after"), int):
                    return int(job["end_after"])
        return None

    # -- what is whole ---------------------------------------------------------------------------------------------

    def _whole(self, open_files: Collection[tuple[int, int]]) -> Iterator[tuple[Path, SavedName]]:
        """Whole LoRA files and states, in the order in which they were saved."""
        found = []
        for entry in self._listed(self._task.folder):
            name = saved_files.read_name(entry, self._task.name)
            if name is not None:
                with suppress(FileNotFoundError):
                    path = self._task.folder / entry
                    found.append((path.stat().st_mtime_ns, path, name))
        for _, path, name in sorted(found, key=lambda each: each[:2]):
            problem = saved_files.state_problem(path) if name.is_state else saved_files.lora_problem(path)
            if problem is None and not self._is_open(path, open_files):
                yield path, name

    def _is_open(self, path: Path, open_files: Collection[tuple[int, int]]) -> bool:
        if not open_files:
            return False
        seen = [file.stat() for file in saved_files.files_of(path)]
        return any((each.st_dev, each.st_ino) in open_files for each in seen)

    def _listed(self, folder: Path) -> list[str]:
        try:
            return os.listdir(folder)  # noqa: PTH208  names only
        except (FileNotFoundError, NotADirectoryError):
            return []

    # -- to its name -----------------------------------------------------------------------------------------------

    def _publish(self, path: Path, name: SavedName, *, in_a_hurry: bool) -> None:
        task, start = self._task, self._task.start
        epochs_before = 0 if start.counts_on else start.epoch
        absolute = saved_files.absolute_name(name, task.epochs, start)
        epoch, step = absolute.epoch, absolute.step
        if step is None:
            epoch = task.epochs if epoch is None else epoch
            step = None if epoch is None else self._step_of(epoch)
            if epochs_before and epoch is not None and not self._belongs(name, epoch):
                self._discard(path)
                return
        if not name.is_state and epochs_before:
            path = self._with_absolute_metadata(path, epoch, step)
        if name.is_state:
            saved_files.note_owner(path, task.owner)
        if not in_a_hurry:
            saved_files.synced(path)
        target = self._move(path, absolute)
        kind = SavedKind.STATE if name.is_state else SavedKind.LORA
        self._keep(self._saved.with_file(SavedFile(target, kind, epoch, step, task.attempt)))
        self._remove_old(name)

    def _belongs(self, name: SavedName, epoch: int) -> bool:
        """Whether a file belongs to the run: not where the trainer was not ended at once after the last epoch.

        States of epochs without a checkpoint do: they are only more to go on from.
        """
        return epoch <= (self._task.epochs or epoch) and (name.is_state or self._task.is_wanted(epoch))

    def _discard(self, path: Path) -> None:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

    def _step_of(self, epoch: int) -> int | None:
        """Steps done at the end of an epoch."""
        start = self._task.start
        return None if start.steps_an_epoch is None else start.step + (epoch - start.epoch) * start.steps_an_epoch

    def _with_absolute_metadata(self, path: Path, epoch: int | None, step: int | None) -> Path:
        """A copy of a LoRA file whose metadata count from the first attempt."""
        changed = {"ss_epoch": epoch, "ss_steps": step}
        copy = path.with_name(f".{path.name}")
        copy.unlink(missing_ok=True)
        saved_files.with_metadata(
            path, {key: str(value) for key, value in changed.items() if value is not None}, copy
        )
        path.unlink()
        return copy

    def _move(self, path: Path, name: SavedName) -> Path:
        """Move a file or a state to its name, or beside it where somebody has made something of that name."""
        target = self._task.output_folder / name.of(self._task.name)
        if name.is_last and os.path.lexists(target):
            self._name_by_epoch(target, name)
        other = name.of(f"{self._task.name}-{self._task.job}.{self._task.attempt}")
        for place in (target, self._task.output_folder / other):
            with suppress(FileExistsError):
                self._rename(path, place)
                if place is not target:
                    self._complain(f"{target} exists, so this one is {place.name}")
                return place
        raise FileExistsError(17, "exists, and nothing is overwritten", str(target))

    def _name_by_epoch(self, target: Path, name: SavedName) -> None:
        """The file of what was the last epoch until the run got more gets that epoch's name."""
        before = next((each for each in self._saved.files if each.path == target), None)
        if before is None or before.epoch is None or self._task.epochs is None or before.epoch >= self._task.epochs:
            return
        new = target.with_name(replace(name, epoch=before.epoch).of(self._task.name))
        with suppress(FileExistsError):
            self._rename(target, new)
            self._keep(self._saved.without(target).with_file(replace(before, path=new)))

    def _rename(self, path: Path, target: Path) -> None:
        if not path.is_dir():
            atomic.rename_new(path, target)
        elif os.path.lexists(target):
            raise FileExistsError(17, "exists", str(target))
        else:
            path.rename(target)
        atomic.sync_folder(target.parent)

    def _move_samples(self) -> None:
        """Samples, with absolute epochs in their names: renaming one that is still being written does no harm."""
        folder = self._task.folder / saved_files.SAMPLES
        start = self._task.start
        before = 0 if start.counts_on else start.epoch
        for entry in self._listed(folder):
            found = saved_files.sample_epoch(entry, self._task.name)
            new, epoch = entry, None
            if found is not None:
                epoch = found[0] + before
                new = entry[: found[1].start("epoch")] + f"{epoch:06d}" + entry[found[1].end("epoch") :]
            target = self._task.output_folder / saved_files.SAMPLES / new
            target.parent.mkdir(exist_ok=True)
            with suppress(FileExistsError):
                self._rename(folder / entry, target)

    # -- what goes again -------------------------------------------------------------------------------------------

    def _remove_old(self, name: SavedName) -> None:
        """Remove the older states and checkpoints that the run does not keep."""
        if name.is_state:
            if self._task.keep_states is not None:
                by_epoch = self._saved.states
                by_step = [each for each in self._saved.existing(SavedKind.STATE) if each.epoch is None]
                for states in (by_epoch, by_step):
                    for old in states[: max(0, len(states) - self._task.keep_states)]:
                        self._remove(old)
            return
        loras = self._saved.existing(SavedKind.LORA)
        if self._task.keep_epochs is not None:
            numbered = sorted(
                (each for each in loras if each.epoch is not None and each.epoch != self._task.epochs),
                key=lambda each: each.epoch or 0,
            )
            for old in numbered[: max(0, len(numbered) - self._task.keep_epochs)]:
                self._remove(old)
        if self._task.keep_steps is not None:
            by_step = [each for each in loras if each.epoch is None and each.step is not None]
            newest = max((each.step or 0 for each in by_step), default=0)
            for old in by_step:
                if (old.step or 0) < newest - self._task.keep_steps:
                    self._remove(old)

    def _remove(self, old: SavedFile) -> None:
        """Remove what an attempt of this job has saved, whole, or not at all."""
        place = self._task.folder / _REMOVED
        place.mkdir(exist_ok=True)
        moved = place / old.path.name
        if moved.is_dir():
            shutil.rmtree(moved)
        old.path.rename(moved)
        self._keep(self._saved.without(old.path))
        self._discard(moved)

    def _keep(self, saved: Saved) -> None:
        self._saved = saved
        saved.write(self._task.saved)

    def _complain(self, what: str) -> None:
        """Say something in the job's log, once."""
        if what not in self._complaints:
            self._complaints.add(what)
            print(f"\nWARNING:wantui:{what}", file=sys.stderr, flush=True)  # noqa: T201
