"""Copies of media in other formats, made in the trash and moved from there, so that undo loses nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import atomic
from wantui.dataset.errors import MediaError
from wantui.dataset.unread import convert
from wantui.journal.changes import FileChange, FileMove
from wantui.journal.errors import JournalError
from wantui.journal.lock import held
from wantui.journal.trash import MANIFEST, Trashed, manifest, named, next_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wantui.dataset.model import Problem
    from wantui.fixes.model import Fix
    from wantui.journal.changes import Change
    from wantui.paths import Workspace


_PART = ".part-"
"""As imports name their folders, which they sweep: both hold one lock."""


@contextmanager
def converted(workspace: Workspace, fixes: Sequence[Fix]) -> Iterator[Converted]:
    """The copies that fixes ask for; those that are not wanted in the end are removed.

    Args:
        workspace: whose trash they go through.
        fixes: all that are to be carried out.

    Raises:
        JournalError: media are being imported or converted just now, or nothing can be written.
    """
    wanted = [fix for fix in fixes if fix.conversions]
    if not wanted:
        yield Converted(workspace, None)
        return
    busy = "media are being imported or converted by another process; wait for it"
    with held(workspace, "import.lock", patience_s=0, busy=busy):
        trash = workspace.state / "trash"
        try:
            trash.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(prefix=_PART, dir=trash))
        except OSError as error:
            raise JournalError(f"{trash}: cannot be written: {error.strerror}; nothing was converted") from error
        try:
            copies = Converted(workspace, part)
            for fix in wanted:
                copies.make(fix, part)
            yield copies
        finally:
            shutil.rmtree(part, ignore_errors=True)


class Converted:
    """Copies in a folder beside the trash until they are wanted."""

    def __init__(self, workspace: Workspace, part: Path | None) -> None:
        """None have been made yet.

        Args:
            workspace: whose trash they go through.
            part: where they are made; None: nowhere, for there are none.
        """
        self.failed: dict[Problem, str] = {}
        """Problems whose copies could not be made, each with why."""
        self._workspace = workspace
        self._part = part
        self._made: dict[Path, Path] = {}

    def make(self, fix: Fix, part: Path) -> None:
        """Make the copies of a fix; this takes as long as decoding and encoding do."""
        for number, each in enumerate(fix.conversions, start=len(self._made)):
            copy = part / f"{number}{each.target.suffix}"
            try:
                convert(each.source, copy)
                with copy.open("rb") as written:
                    os.fsync(written.fileno())
            except MediaError as error:
                self.failed[fix.problem] = f"{each.source}: {error}"
            except OSError as error:
                self.failed[fix.problem] = f"{each.source}: cannot be converted: {error.strerror or error}"
            else:
                self._made[each.target] = copy

    def changes(self, targets: Sequence[Path]) -> list[Change]:
        """What moves the copies to `targets`, out of a folder of the trash that they are put into now.

        Raises:
            JournalError: that cannot be written.
        """
        if self._part is None or not targets:
            return []
        folder = next_folder(self._workspace)
        files = named(targets)
        what = "copies of converted media"
        note = manifest(Trashed(int(folder.name), what, time.time(), files), self._workspace.root)
        try:
            folder.mkdir()
            for file in files:
                (folder / file.name).parent.mkdir(exist_ok=True)
                self._made[file.origin].rename(folder / file.name)
            atomic.write_bytes(folder / MANIFEST, note)
            atomic.sync_folder(folder.parent)
        except OSError as error:
            raise JournalError(f"{folder}: cannot be written: {error.strerror}; nothing was converted") from error
        moves = [FileMove(folder / file.name, file.origin) for file in files]
        return [*moves, FileChange(folder / MANIFEST, note, None)]
