"""Moves what an attempt at a training has saved to its absolute name, once it is whole; nothing is overwritten."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.caches.header import read_header
from wantui.trainer.attempts import AttemptTask, EndedBy, Saved, SavedFile, SavedKind, read_saved
from wantui.trainer.musubi import saved_files

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from wantui.trainer.musubi.saved_files import SavedName

_REMOVED = "removed"
"""The folder, in an attempt's folder, of what is being removed: nothing lies half removed under a name of its own."""


class AttemptFiles:
    """The files of one attempt."""

    def __init__(self, task: AttemptTask) -> None:
        self._task = task
        self._saved = self._own(read_saved(task.saved))
        self._complaints: set[str] = set()

    def collect(
        self, open_files: Callable[[], Collection[tuple[int, int]]] = tuple, *, in_a_hurry: bool = False
    ) -> None:
        """Move what is whole.

        Args:
            open_files: device and inode of files that are still being written; asked for each file that looks whole,
                since that means to look at every process.
            in_a_hurry: whether the disk is not waited for.

        Raises:
            OSError: the disk refuses something; the next time tries it again.
        """
        for path, name in self._whole(open_files):
            self._publish(path, name, in_a_hurry=in_a_hurry)
        self._move_samples()

    def give_up_rest(self) -> None:
        """Remove the attempt's folder, with what has not become whole; nothing writes to it any more."""
        with suppress(OSError):
            for entry in self._listed(self._task.folder):
                if entry not in (_REMOVED, saved_files.SAMPLES) and not self._is_ours(entry):
                    self._move_other(self._task.folder / entry, self._task.output_folder / entry)
            shutil.rmtree(self._task.folder)
        with suppress(OSError):
            self._task.folder.parent.rmdir()  # the last one's

    def _is_ours(self, entry: str) -> bool:
        """Whether a file is a LoRA file or state, or a temporary one that was not finished."""
        return entry.startswith(".") or saved_files.read_name(entry, self._task.name) is not None

    def _own(self, saved: Saved) -> Saved:
        """What of a list can be this job's: others may have written it, and what is old is removed by it."""
        names = self._task.name, *(f"{self._task.name}-{self._task.job}.{each.attempt}" for each in saved.files)
        return replace(
            saved,
            files=tuple(
                each
                for each in saved.files
                if each.path.parent == self._task.output_folder
                and any(saved_files.read_name(each.path.name, name) is not None for name in set(names))
            ),
        )

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
        reached = self._saved.last_epoch(self._task.attempt)
        if reached in (0, self._task.epochs) or not self._has(reached):
            return None
        asked = self._asked_epoch()
        return None if asked is None or reached < asked else EndedBy.ASKED

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

    def _whole(self, open_files: Callable[[], Collection[tuple[int, int]]]) -> Iterator[tuple[Path, SavedName]]:
        """Whole LoRA files and states, in the order in which they were saved.

        Raises:
            OSError: at the end, where of one it cannot be told whether it is whole.
        """
        found, unknown = [], None
        for entry in self._listed(self._task.folder):
            name = saved_files.read_name(entry, self._task.name)
            if name is not None:
                with suppress(FileNotFoundError):
                    path = self._task.folder / entry
                    found.append((path.stat().st_mtime_ns, path, name))
        for _, path, name in sorted(found, key=lambda each: each[:2]):
            try:
                problem = saved_files.state_problem(path) if name.is_state else saved_files.lora_problem(path)
                is_whole = problem is None and not self._is_open(path, open_files())
            except OSError as error:
                unknown = error
                continue
            if is_whole:
                yield path, name
        if unknown is not None:
            raise unknown

    def _is_open(self, path: Path, open_files: Collection[tuple[int, int]]) -> bool:
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
            self._with_absolute_metadata(path, epoch, step)
        if name.is_state:
            saved_files.note_owner(path, task.owner)
        if not in_a_hurry:
            saved_files.synced(path)
        kind = SavedKind.STATE if name.is_state else SavedKind.LORA
        target = task.output_folder / absolute.of(task.name)
        self._move(path, absolute, SavedFile(target, kind, epoch, step, task.attempt))
        self._remove_old_states()
        self._remove_old_checkpoints()

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

    def _with_absolute_metadata(self, path: Path, epoch: int | None, step: int | None) -> None:
        """Let the metadata of a LoRA file count from the first attempt; done twice, it changes nothing more."""
        present = read_header(path).metadata
        counted = {"ss_epoch": epoch, "ss_steps": step}
        changed = {
            key: str(value)
            for key, value in counted.items()
            if value is not None and present.get(key, str(value)) != str(value)
        }
        if changed:
            copy = path.with_name(f".{path.name}")
            copy.unlink(missing_ok=True)
            saved_files.with_metadata(path, changed, copy)
            copy.replace(path)

    def _move(self, path: Path, name: SavedName, saved: SavedFile) -> None:
        """Move a file or a state to its name, or beside it where somebody has made something of that name."""
        if name.is_last and os.path.lexists(saved.path):
            self._name_by_epoch(saved.path, name)
        if self._move_listed(path, saved):
            return
        other = saved.path.with_name(name.of(f"{self._task.name}-{self._task.job}.{self._task.attempt}"))
        if not self._move_listed(path, replace(saved, path=other)):
            raise FileExistsError(errno.EEXIST, "exists, and nothing is overwritten", str(saved.path))
        self._complain(f"{saved.path} exists, so this one is {other.name}")

    def _name_by_epoch(self, target: Path, name: SavedName) -> None:
        """The file of what was the last epoch until the run got more gets that epoch's name."""
        before = next((each for each in self._saved.files if each.path == target), None)
        if before is None or before.epoch is None or self._task.epochs is None or before.epoch >= self._task.epochs:
            return
        new = target.with_name(replace(name, epoch=before.epoch).of(self._task.name))
        if self._move_listed(target, replace(before, path=new)):
            self._keep(self._saved.without(target))

    def _move_listed(self, path: Path, saved: SavedFile) -> bool:
        """Move something to a name, unless that is taken; whether it was not.

        It is listed before, so that nothing has a name that the list does not know: who is killed in between does
        both once more.
        """
        if os.path.lexists(saved.path) and not os.path.samestat(path.lstat(), saved.path.lstat()):
            return False
        self._keep(self._saved.with_file(saved))
        try:
            self._rename(path, saved.path)
        except FileExistsError:
            self._keep(self._saved.without(saved.path))
            return False
        return True

    def _move_other(self, path: Path, target: Path) -> None:
        """Move what is neither LoRA file nor state, under a name of its own where its own is taken."""
        try:
            self._rename(path, target)
        except FileExistsError:
            self._rename(path, target.with_stem(f"{target.stem}-{self._task.job}.{self._task.attempt}"))

    def _rename(self, path: Path, target: Path) -> None:
        if not path.is_dir():
            atomic.rename_new(path, target)
        elif os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, "exists", str(target))
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
            self._move_other(folder / entry, target)

    # -- what goes again -------------------------------------------------------------------------------------------

    def _remove_old_states(self) -> None:
        """Remove the older states that the run does not keep; where it keeps none, none that a flag asks for.

        At its end the trainer saves the state before the LoRA file. Until that is there, the state before is the only
        one from which it could still be trained.
        """
        if not self._task.keep_states:
            return
        loras = {each.epoch for each in self._saved.files if each.kind is SavedKind.LORA}
        by_epoch = self._saved.states
        counted = [each for each in by_epoch if each.epoch in loras or not self._task.is_wanted(each.epoch or 0)]
        oldest = counted[-self._task.keep_states :][:1]
        by_step = [each for each in self._saved.existing(SavedKind.STATE) if each.epoch is None]
        kept_from = by_epoch.index(oldest[0]) if len(counted) > self._task.keep_states else 0
        for old in (*by_epoch[:kept_from], *by_step[: -self._task.keep_states]):
            self._remove(old)

    def _remove_old_checkpoints(self) -> None:
        """Remove the older checkpoints that the run does not keep."""
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
