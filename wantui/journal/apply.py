"""Carries the changes of a step out on the disk, or takes them back after a crash.

First everything is looked at and nothing is touched; then the new contents are written beside their files, which is
where a full disk shows; then one rename a file. Until the last of them everything can be taken back.
"""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.journal.changes import LARGEST_EDITED, Edit, Kept, Moved, digest
from wantui.journal.errors import FilesChangedError, JournalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_SYNCS_AT_ONCE = 8
"""Files that are synced side by side: on a network disk each takes milliseconds, and they do not wait in a row."""

Seen = tuple[int, int, int] | None
"""Inode, size and change time of a file; None: there is none."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A change that fits what is on the disk."""

    change: Kept
    goal: bytes | None = None
    """Of an `Edit`: what the file is to hold."""
    seen: Seen = None
    """Of an `Edit`: the file as it was looked at."""


def look(changes: Sequence[Kept], advice: str) -> list[Ready]:
    """See that every change begins with what is there.

    Args:
        changes: none of them touches a file of another.
        advice: what to do where one does not fit, for the message.

    Raises:
        FilesChangedError: some file is something else.
        JournalError: some file cannot be read.
    """
    found: list[Ready] = []
    conflicts: list[tuple[Path, str]] = []
    for change in changes:
        try:
            ready = _ready_move(change) if isinstance(change, Moved) else _ready_edit(change)
        except OSError as error:
            raise JournalError(f"{error.filename}: cannot be read: {error.strerror}") from error
        if isinstance(ready, Ready):
            found.append(ready)
        else:
            conflicts.append(ready)
    if conflicts:
        raise FilesChangedError(conflicts, advice)
    return found


def carry_out(number: int, ready: Sequence[Ready]) -> None:
    """Make the changes, durably.

    Args:
        number: of the step.
        ready: what `look` gave.

    Raises:
        OSError: something cannot be written.
        FilesChangedError: a file changed since it was looked at.
    """
    _make_folders(ready)
    with ThreadPoolExecutor(_SYNCS_AT_ONCE) as pool:
        list(pool.map(lambda each: _stage(number, each), ready))
    for each in ready:
        _switch(number, each)
    _tidy(number, (each.change for each in ready))


def take_back(number: int, changes: Sequence[Kept]) -> list[tuple[Path, str]]:
    """Undo as much of `changes` as was made before a crash or a failure.

    Args:
        number: of the step.
        changes: as they were to be carried out.

    Returns:
        Files that are neither as they were nor as they were to be: somebody else has changed them since; left alone.

    Raises:
        OSError: something cannot be written; it may be tried again.
    """
    left: list[tuple[Path, str]] = []
    for change in changes:
        back = _take_move_back(number, change) if isinstance(change, Moved) else _take_edit_back(number, change)
        if not back:
            left.append((change.paths[-1], "was changed by somebody else meanwhile and is left as it is"))
    _tidy(number, changes)
    return left


def _ready_edit(edit: Edit) -> Ready | tuple[Path, str]:
    seen, content = _seen(edit.path), _content(edit.path)
    if digest(content) == edit.before:
        return Ready(edit, edit.applied(content), seen)
    what = "is not there" if content is None else "already exists" if edit.before is None else "was changed"
    return edit.path, what


def _ready_move(move: Moved) -> Ready | tuple[Path, str]:
    if not move.is_at(move.source):
        return move.source, "was changed" if os.path.lexists(move.source) else "is not there"
    if os.path.lexists(move.target):
        return move.target, "already exists"
    return Ready(move)


def _content(path: Path) -> bytes | None:
    try:
        return reading.read_bytes(path, LARGEST_EDITED)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _seen(path: Path) -> Seen:
    try:
        known = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return known.st_ino, known.st_size, known.st_ctime_ns


def _real(path: Path) -> Path:
    """Where a rename has to go so that a link stays a link."""
    return path.resolve() if path.is_symlink() else path


def _temporary(number: int, target: Path) -> Path:
    """Beside `target`, and known to whoever tidies up after a crash; no trainer takes a hidden file."""
    return target.with_name(f".{digest(os.fsencode(target.name))}.{number}.tmp")


def missing_folders(changes: Iterable[Kept]) -> tuple[Path, ...]:
    """The folders that have to be made for `changes`, each behind those that it lies in."""
    missing: set[Path] = set()
    for folder in {change.paths[-1].parent for change in changes if _makes_a_file(change)}:
        here = folder
        while here not in missing and not reading.is_folder(here):
            missing.add(here)
            here = here.parent
    return tuple(sorted(missing))


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove those of `folders` that are empty, the innermost first."""
    for folder in reversed(folders):
        with suppress(OSError):  # it is not empty, or gone
            folder.rmdir()


def _make_folders(ready: Iterable[Ready]) -> None:
    for folder in sorted({each.change.paths[-1].parent for each in ready if _makes_a_file(each.change)}):
        folder.mkdir(parents=True, exist_ok=True)


def _makes_a_file(change: Kept) -> bool:
    return isinstance(change, Moved) or change.after is not None


def _stage(number: int, ready: Ready) -> None:
    change = ready.change
    if isinstance(change, Edit):
        if ready.goal is not None:
            target = _real(change.path)
            atomic.stage(_temporary(number, target), ready.goal, target)
    elif change.source.lstat().st_dev != change.target.parent.stat().st_dev:
        temporary = _temporary(number, change.target)
        if not change.source.is_symlink():
            reading.require_regular(change.source)
        shutil.copy2(change.source, temporary, follow_symlinks=False)
        with suppress(FileNotFoundError), temporary.open("rb") as copied:  # a link to nothing
            os.fsync(copied.fileno())


def _switch(number: int, ready: Ready) -> None:
    change = ready.change
    if isinstance(change, Moved):
        temporary = _temporary(number, change.target)
        if os.path.lexists(temporary):
            _rename(temporary, change.target)
            atomic.sync_folder(change.target.parent)
            change.source.unlink()
        else:
            _rename(change.source, change.target)
        return
    if _seen(change.path) != ready.seen:
        raise FilesChangedError([(change.path, "was just changed")], "nothing was written; try again")
    target = _real(change.path)
    if ready.goal is None:
        target.unlink()
    elif change.before is None:
        _rename(_temporary(number, target), target)
    else:
        _temporary(number, target).replace(target)


def _rename(source: Path, target: Path) -> None:
    """Rename, never over a file that is there.

    Raises:
        FilesChangedError: somebody has made a file of that name.
    """
    try:
        atomic.rename_new(source, target)
    except FileExistsError as error:
        raise FilesChangedError([(target, "was just created")], "nothing was written; try again") from error


def _take_edit_back(number: int, edit: Edit) -> bool:
    content = _content(edit.path)
    now = digest(content)
    if now == edit.before:
        return True
    if now != edit.after:
        return False
    old = edit.inverse.applied(content)
    target = _real(edit.path)
    if old is None:
        target.unlink()
    else:
        atomic.stage(_temporary(number, target), old, target)
        _temporary(number, target).replace(target)
    return True


def _take_move_back(number: int, move: Moved) -> bool:
    at_source, at_target = os.path.lexists(move.source), os.path.lexists(move.target)
    if at_source:  # a rename by way of a link, or a copy to another disk, may have left both
        if at_target and move.is_at(move.source) and move.is_at(move.target) and not _is_other(move):
            move.target.unlink()
        return True
    if not at_target or not move.is_at(move.target):
        return False
    move.source.parent.mkdir(parents=True, exist_ok=True)
    if move.target.lstat().st_dev == move.source.parent.stat().st_dev:
        _rename(move.target, move.source)
        return True
    temporary = _temporary(number, move.source)
    shutil.copy2(move.target, temporary, follow_symlinks=False)
    _rename(temporary, move.source)
    atomic.sync_folder(move.source.parent)
    move.target.unlink()
    return True


def _is_other(move: Moved) -> bool:
    """Whether the files on both ends are two files on one disk: then somebody has made the second."""
    one, other = move.source.lstat(), move.target.lstat()
    return one.st_dev == other.st_dev and one.st_ino != other.st_ino


def _tidy(number: int, changes: Iterable[Kept]) -> None:
    """Remove what was written beside the files and was not needed; make names and absences survive a power cut."""
    paths = [path for change in changes for path in change.paths]
    for path in paths:
        with suppress(FileNotFoundError, NotADirectoryError):
            _temporary(number, _real(path)).unlink()
    for folder in {path.parent for path in paths}:
        with suppress(FileNotFoundError, NotADirectoryError):
            atomic.sync_folder(folder)
