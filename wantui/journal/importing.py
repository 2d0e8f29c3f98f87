"""Media from elsewhere, copied into a dataset's folder with the captions beside them; nothing there is overwritten.

The copies are made in a folder of the trash and moved from there as one step of the journal, so that undoing an
import loses nothing either: it puts the copies back into the trash.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.journal.changes import FileChange, FileMove
from wantui.journal.errors import JournalError
from wantui.journal.import_plan import Collision, Copy, ImportPlan, Twin, plan_import
from wantui.journal.lock import held
from wantui.journal.trash import MANIFEST, Trashed, TrashedFile, manifest, named, next_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.journal.changes import Step
    from wantui.journal.journal import Journal

__all__ = ["Collision", "Copy", "ImportPlan", "Twin", "carry_out", "plan_import"]

_SPARE_BYTES = 64 << 20
"""Left free on every disk that an import writes to: logs, records and captions need room too."""
_PART = ".part-"


def carry_out(journal: Journal, plan: ImportPlan, copied: Callable[[int], None] | None = None) -> Step:
    """Copy what is planned, as one step.

    Args:
        journal: of the workspace.
        plan: what `plan_import` gave.
        copied: told how many bytes are copied so far, after each file.

    Raises:
        FilesChangedError: there is a file of one of the names by now; nothing was imported.
        JournalError: there is no room, or a file cannot be copied; nothing was imported.
    """
    if not plan.copies:
        raise JournalError("nothing to import: every file is left out or there already")
    workspace = journal.workspace
    busy = "another import is being copied; wait for it"
    with held(workspace, "import.lock", patience_s=0, busy=busy):
        trash = workspace.state / "trash"
        try:
            _sweep(trash)
            _check_room(plan, trash)
            part = Path(tempfile.mkdtemp(prefix=_PART, dir=trash))
            files = _copy_all(plan, part, copied)
        except OSError as error:
            if trash.is_dir():
                _sweep(trash)
            what = f"{error.filename or trash}: cannot be copied: {error.strerror}"
            raise JournalError(f"{what}; nothing was imported") from error
        with journal.locked():
            return _move_in(journal, plan, part, files)


def _move_in(journal: Journal, plan: ImportPlan, part: Path, files: tuple[TrashedFile, ...]) -> Step:
    """From the trash to where they belong."""
    folder = next_folder(journal.workspace)
    what = f"import {files[0].origin.name}" if len(files) == 1 else f"import {plan.media} media"
    note = manifest(Trashed(int(folder.name), f"copies of: {what}", time.time(), files), journal.workspace.root)
    try:
        atomic.write_bytes(part / MANIFEST, note)
        part.rename(folder)
        atomic.sync_folder(folder.parent)
    except OSError as error:
        raise JournalError(f"{folder}: cannot be written: {error.strerror}; nothing was imported") from error
    moves = [FileMove(folder / file.name, file.origin) for file in files]
    try:
        return journal.do(
            what, [*moves, FileChange(folder / MANIFEST, note, None)], advice="nothing was imported; plan it again"
        )
    except JournalError:
        shutil.rmtree(folder, ignore_errors=True)  # copies that nobody has seen
        raise


def _copy_all(plan: ImportPlan, part: Path, copied: Callable[[int], None] | None) -> tuple[TrashedFile, ...]:
    files = named(copy.target for copy in plan.copies)
    done = 0
    for copy, file in zip(plan.copies, files, strict=True):
        target = part / file.name
        target.parent.mkdir(exist_ok=True)
        reading.require_regular(copy.source)
        shutil.copyfile(copy.source, target)
        times = copy.source.stat()
        os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))
        with target.open("rb") as written:
            os.fsync(written.fileno())
        done += copy.size
        if copied is not None:
            copied(done)
    atomic.sync_folder(part)
    return files


def _check_room(plan: ImportPlan, trash: Path) -> None:
    trash.mkdir(parents=True, exist_ok=True)
    for folder in {trash, _existing(plan.folder)}:
        free = shutil.disk_usage(folder).free
        if free < plan.size + _SPARE_BYTES:
            raise JournalError(
                f"{folder}: {plan.size / 1e9:.1f} GB to import and {free / 1e9:.1f} GB free; make room first"
            )


def _existing(folder: Path) -> Path:
    """`folder`, or what it is going to be made in."""
    while not reading.is_folder(folder) and folder.parent != folder:
        folder = folder.parent
    return folder


def _sweep(trash: Path) -> None:
    """Remove the copies that an import left which did not get to its end."""
    for part in trash.glob(f"{_PART}*"):
        shutil.rmtree(part)
