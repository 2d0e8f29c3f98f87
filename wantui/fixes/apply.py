"""What a fix is, and how fixes are carried out: through the journal, all that go together as one step."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import reading
from wantui.dataset.model import DatasetError
from wantui.journal.changes import LARGEST_EDITED, Change, FileChange, FileMove
from wantui.journal.errors import JournalError
from wantui.journal.trash import MANIFEST, Trashed, manifest, moves_into, named, next_folder, trash

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from wantui.dataset.model import Dataset, Item, Problem
    from wantui.fixes.converting import Converted
    from wantui.fixes.model import Fix
    from wantui.journal.changes import Step
    from wantui.journal.journal import Journal


_PICTURES_AT_ONCE = 64 << 20
"""Bytes of pictures that are saved again in one step."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """What became of fixes."""

    steps: tuple[Step, ...]
    done: tuple[Fix, ...]
    left_out: tuple[tuple[Fix, str], ...]
    """Those that could not be carried out, each with why; their files are as they were."""


def carry_out(journal: Journal, dataset: Dataset | None, fixes: Sequence[Fix]) -> Fixed:
    """Carry out fixes; those whose files are not as they were are left out and told.

    Args:
        journal: of the workspace.
        dataset: that they are for, as last scanned; None where it could not be read.
        fixes: as `fix_for` gave them.

    Raises:
        FilesChangedError: a file changed at the last moment; nothing of its step was written.
        JournalError: something cannot be written; nothing of its step was.
    """
    from wantui.fixes.converting import converted  # noqa: PLC0415  few fixes convert

    with converted(journal.workspace, fixes) as copies:  # before anybody has to wait for the journal
        return _carry_out(journal, dataset, fixes, copies)


def _carry_out(journal: Journal, dataset: Dataset | None, fixes: Sequence[Fix], copies: Converted) -> Fixed:
    with journal.locked():
        every = [_carried_out(journal, dataset, batch, copies) for batch in _batches(fixes)]
        return Fixed(
            tuple(step for applied in every for step in applied.steps),
            tuple(fix for applied in every for fix in applied.done),
            tuple(each for applied in every for each in applied.left_out),
        )


def _batches(fixes: Sequence[Fix]) -> Iterator[Sequence[Fix]]:
    """What goes together as one step: a step is held in memory, so many pictures are several."""
    yield [fix for fix in fixes if not fix.picture_bytes]
    batch: list[Fix] = []
    for fix in fixes:
        if not fix.picture_bytes:
            continue
        if batch and sum(each.picture_bytes for each in batch) + fix.picture_bytes > _PICTURES_AT_ONCE:
            yield batch
            batch = []
        batch.append(fix)
    yield batch


def _carried_out(journal: Journal, dataset: Dataset | None, fixes: Sequence[Fix], copies: Converted) -> _Applied:
    applied = _Applied(copies.failed)
    for fix in fixes:
        applied.take(fix)
    changes = [*applied.changes(), *copies.changes(applied.made)]
    if applied.trashed:
        changes += _into_trash(journal, applied.trashed)
    if changes:
        applied.steps.append(journal.do(_title(applied.done), changes))
    if applied.items and dataset is not None:
        applied.steps.append(trash(journal, dataset, applied.items))
    return applied


class _Applied:
    """Collects what fixes come to; several may change one file."""

    def __init__(self, failed: Mapping[Problem, str]) -> None:
        self.made: list[Path] = []
        """Where copies in other formats go."""
        self._failed = failed
        self.steps: list[Step] = []
        self.done: list[Fix] = []
        self.left_out: list[tuple[Fix, str]] = []
        self.trashed: list[Path] = []
        self.items: list[Item] = []
        self._before: dict[Path, bytes | None] = {}
        self._after: dict[Path, bytes] = {}
        self._moves: dict[Path, FileMove] = {}

    def take(self, fix: Fix) -> None:
        if fix.problem in self._failed:
            self.left_out.append((fix, self._failed[fix.problem]))
            return
        try:
            after = self._rewritten(fix)
            self._check_moves(fix)
            self._check_conversions(fix)
        except (JournalError, DatasetError) as error:
            self.left_out.append((fix, str(error)))
            return
        except UnicodeDecodeError:
            self.left_out.append((fix, f"{fix.problem.path}: is not UTF-8; convert it first"))
            return
        self._after |= after
        self._moves |= {move.source: move for move in fix.moves}
        self.made += [each.target for each in fix.conversions]
        self.trashed += [path for path in fix.trashed if path not in self.trashed]
        known = {item.media for item in self.items}
        self.items += [item for item in fix.items if item.media not in known]
        self.done.append(fix)

    def changes(self) -> list[Change]:
        edits = [FileChange(path, self._before[path], after) for path, after in self._after.items()]
        return [*(edit for edit in edits if edit.before != edit.after), *self._moves.values()]

    def _rewritten(self, fix: Fix) -> dict[Path, bytes]:
        after: dict[Path, bytes] = {}
        for rewrite in fix.rewrites:
            path = rewrite.path
            now = after.get(path, self._after.get(path))
            if now is None:
                self._before[path] = now = _content(path)
            after[path] = rewrite.rewritten(now)
        for copy in fix.copies:
            if copy.target in self._after or copy.target.exists():
                raise JournalError(f"{copy.target}: already exists; rename one of the two")
            self._before[copy.target], after[copy.target] = None, _content(copy.source)
        return after

    def _check_moves(self, fix: Fix) -> None:
        targets = {move.target for move in self._moves.values()}
        for move in fix.moves:
            if move.source in self._moves or move.source in self._after or move.source in self.trashed:
                raise JournalError(f"{move.source}: another fix changes it too; fix that first, then this one")
            if move.target in targets or move.target.exists():
                raise JournalError(f"{move.target}: already exists; rename one of the two")

    def _check_conversions(self, fix: Fix) -> None:
        for each in fix.conversions:
            if each.target in self.made or each.target.exists():
                raise JournalError(f"{each.target}: already exists; rename one of the two")


def _into_trash(journal: Journal, files: Sequence[Path]) -> list[Change]:
    folder = next_folder(journal.workspace)
    what = f"remove {files[0].name}" if len(files) == 1 else f"remove {len(files)} files"
    found = Trashed(int(folder.name), what, time.time(), named(files))
    content = manifest(found, journal.workspace.root)
    return [*moves_into(folder, found.files), FileChange(folder / MANIFEST, None, content)]


def _title(fixes: Sequence[Fix]) -> str:
    """What the journal calls the step."""
    if len(fixes) == 1:
        return fixes[0].says
    codes = sorted({fix.problem.code for fix in fixes})
    return f"mend {len(fixes)} problems: {', '.join(codes)}"


def _content(path: Path) -> bytes:
    try:
        return reading.read_bytes(path, LARGEST_EDITED)
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from error
