"""What the training script saves: names, and whether a LoRA file or a state is whole.

Names are those of the trainer's ``utils/train_utils.py``; a state is what accelerate's ``save_state`` writes
(``accelerate/checkpointing.py``): the weights, the optimizer, the schedule, under fp16 the loss scaler, and at last
the random numbers.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import zipfile
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.caches.header import CorruptError, read_header

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from wantui.trainer.attempts import StartPoint

LORA_SUFFIX, STATE_SUFFIX = ".safetensors", "-state"
SAMPLES = "sample"
"""The folder of sample pictures and clips."""
OWN_COUNTERS = "musubi_training_state.json"
"""In a state of newer trainers (their pull request 1011): epoch and step, from which these go on by themselves."""

_STATE_FILES = ("model.safetensors", "optimizer.bin", "scheduler.bin", "random_states_0.pkl")
"""What every state has; the last one is written last."""
_ARCHIVES = (".bin", ".pkl", ".pt")
"""Ends of the names of what torch writes, which are zip archives."""
_OWNER = "wantui.json"
_ARCHIVE_START = b"PK\x03\x04"
_LENGTH_BYTES = 8
_ALIGNMENT = 8
_COPIED_AT_ONCE = 16 << 20


@dataclass(frozen=True, slots=True)
class SavedName:
    """What the name of a LoRA file or state says."""

    is_state: bool
    epoch: int | None = None
    step: int | None = None

    @property
    def is_last(self) -> bool:
        """Whether it is the one at the end of a training, which has no number."""
        return self.epoch is None and self.step is None

    def of(self, name: str) -> str:
        """The file's name, for LoRA files called `name`."""
        number = "" if self.is_last else f"-{self.epoch:06d}" if self.epoch is not None else f"-step{self.step:08d}"
        return f"{name}{number}{STATE_SUFFIX if self.is_state else LORA_SUFFIX}"


def read_name(found: str, name: str) -> SavedName | None:
    """What a file's name says; None where it is neither a LoRA file called `name` nor a state of one."""
    pattern = rf"{re.escape(name)}(?:-(?P<epoch>\d{{6,}})|-step(?P<step>\d{{8,}}))?(?P<kind>\.safetensors|-state)"
    match = re.fullmatch(pattern, found, re.DOTALL)
    if match is None:
        return None
    epoch, step = match["epoch"], match["step"]
    return SavedName(
        match["kind"] == STATE_SUFFIX, None if epoch is None else int(epoch), None if step is None else int(step)
    )


def absolute_name(name: SavedName, epochs: int | None, start: StartPoint) -> SavedName:
    """The name that a file of an attempt gets: as in a training that was never interrupted.

    Args:
        name: as the trainer, which counts from the attempt's beginning, has written it.
        epochs: in all, those before the attempt included; the last one's file has no number.
        start: where the attempt began.
    """
    epochs_before, steps_before = (0, 0) if start.counts_on else (start.epoch, start.step)
    if name.step is not None:
        return replace(name, step=name.step + steps_before)
    counted = epochs if name.epoch is None else name.epoch
    epoch = None if counted is None else counted + epochs_before
    return replace(name, epoch=None if epoch == epochs else epoch)


def sample_epoch(found: str, name: str) -> tuple[int, re.Match[str]] | None:
    """The epoch of a sample's name, and where in the name it stands; None: it is a sample of no epoch."""
    match = re.match(rf"{re.escape(name)}_e(?P<epoch>\d{{6,}})_", found, re.DOTALL)
    return None if match is None else (int(match["epoch"]), match)


def lora_problem(path: Path) -> str | None:
    """What is wrong with a LoRA file, as a clause; None: it is whole.

    Raises:
        OSError: that cannot be told, the disk being away.
    """
    try:
        read_header(path)
    except CorruptError as error:
        return str(error)
    except (FileNotFoundError, reading.NotAFileError) as error:
        return error.strerror
    return None


def state_problem(folder: Path) -> str | None:
    """What is wrong with a state, as a clause that names the file; None: it is whole.

    Every file of it has to be there, with a header or an archive's directory that can be read and whose end is where
    it should be; what lies between is not read.

    Raises:
        OSError: that cannot be told, the disk being away.
    """
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208  names only
    except (FileNotFoundError, NotADirectoryError):
        names = []
    for name in _STATE_FILES:
        if name not in names:
            return f"{name} is missing"
    for name in names:
        problem = None
        if name.endswith(LORA_SUFFIX):
            problem = lora_problem(folder / name)
        elif name.endswith(_ARCHIVES):
            problem = _archive_problem(folder / name)
        if problem is not None:
            return f"{name}: {problem}"
    return None


def note_owner(folder: Path, owner: str) -> None:
    """Write into a state whose it is.

    Raises:
        OSError: it cannot be written.
    """
    atomic.write_json(folder / _OWNER, {"owner": owner})


def owner_of(folder: Path) -> str | None:
    """Whose a state is; None where that is not written in it."""
    try:
        return str(reading.read_json(folder / _OWNER)["owner"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def has_own_counters(folder: Path) -> bool:
    """Whether the trainer itself goes on with epoch and step of a state."""
    return (folder / OWN_COUNTERS).is_file()


def opened_of(processes: Collection[int]) -> frozenset[tuple[int, int]]:
    """Device and inode of every file that some processes have open; processes that are gone have none.

    What is being written is open: a file of the right size that nobody has open will not change.
    """
    found = set()
    for pid in processes:
        folder = f"/proc/{pid}/fd"
        with suppress(OSError):
            for descriptor in os.listdir(folder):  # noqa: PTH208  names are all it takes
                with suppress(OSError):
                    seen = os.stat(f"{folder}/{descriptor}")  # noqa: PTH116  a link of the kernel's
                    found.add((seen.st_dev, seen.st_ino))
    return frozenset(found)


def files_of(path: Path) -> list[Path]:
    """A LoRA file itself, or the files of a state."""
    return [entry for entry in path.rglob("*") if entry.is_file()] if path.is_dir() else [path]


def with_metadata(path: Path, changed: Mapping[str, str], target: Path) -> None:
    """Copy a LoRA file to `target`, with some of its metadata changed; keys that it does not have stay away.

    Raises:
        OSError: it cannot be read, or the copy not written; nothing of a copy is left.
        ValueError: it is no safetensors file.
    """
    try:
        with path.open("rb") as source, target.open("xb") as copy:
            length = int.from_bytes(source.read(_LENGTH_BYTES), "little")
            header = json.loads(source.read(length))
            metadata = header.get("__metadata__", {})
            metadata |= {key: value for key, value in changed.items() if key in metadata}
            text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
            text += b" " * (-len(text) % _ALIGNMENT)
            copy.write(len(text).to_bytes(_LENGTH_BYTES, "little") + text)
            shutil.copyfileobj(source, copy, _COPIED_AT_ONCE)
            copy.flush()
            os.fsync(copy.fileno())
        shutil.copystat(path, target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def synced(path: Path) -> None:
    """See to it that a file, or every file of a state, is on the disk.

    Raises:
        OSError: the disk refuses.
    """
    for file in files_of(path):
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    atomic.sync_folder(path if path.is_dir() else path.parent)


def _archive_problem(path: Path) -> str | None:
    """What is wrong with a file that torch has written; torch's form before 1.6, which is no archive, is taken."""
    try:
        with reading.open_file(path) as file:
            if file.read(len(_ARCHIVE_START)) != _ARCHIVE_START:
                return None if path.stat().st_size else "it is empty"
            size = path.stat().st_size
            with zipfile.ZipFile(file) as archive:
                inside = all(entry.header_offset + entry.compress_size <= size for entry in archive.infolist())
    except zipfile.BadZipFile:
        return "it is cut off"
    except (FileNotFoundError, reading.NotAFileError) as error:
        return error.strerror
    except (ValueError, NotImplementedError, struct.error):  # from names and versions in the archive's directory
        return "it is damaged"
    return None if inside else "it is damaged"
