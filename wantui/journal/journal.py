"""The journal: every change of a person's files goes through it, and can be taken back, also after a restart.

A step is written down, with what it overwrites, before any file is touched; then the files are changed; then it is
marked as done. Whatever a crash interrupts is taken back at the next use, whole. What was ever overwritten stays in
``.wantui/journal`` for as long as that folder is there: nothing in it is removed, and media are never copied into it.

One process at a time: the lock is a file on this machine's own disk (see `wantui.paths.runtime_folder`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, overload

from wantui import atomic, reading
from wantui.journal import codec, log, seal
from wantui.journal.apply import carry_out, look, missing_folders, remove_empty, take_back
from wantui.journal.changes import (
    Change,
    Edit,
    FileChange,
    FileMove,
    Kept,
    Moved,
    Step,
    kept_edit,
    kept_move,
)
from wantui.journal.errors import FilesChangedError, JournalError
from wantui.journal.lock import held
from wantui.journal.log import Act, Heading, StepLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wantui.paths import Workspace

__all__ = ["Change", "Edit", "FileChange", "FileMove", "Journal", "Kept", "Moved", "Step"]

LARGEST_STEP = 1 << 30
"""Bytes of a step's record: both sides of 50,000 captions of 5 KiB."""
_PATIENCE_S = 60.0
"""How long another process is waited for: a step of 5,000 captions takes a few seconds."""

_LOOK_AGAIN = "nothing was written; look at it again"


class Journal:
    """The steps of one workspace. Threads may share one; processes each have their own."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._folder = workspace.state / "journal"
        self._log = self._folder / "log"
        self._threads = threading.RLock()
        self._depth = 0
        self._known: StepLog | None = None

    @property
    def workspace(self) -> Workspace:
        """Whose journal it is."""
        return self._workspace

    def do(self, what: str, changes: Sequence[Change], *, advice: str = _LOOK_AGAIN) -> Step:
        """Make all of `changes`, or none.

        Args:
            what: for a person, as in ``add 'ohwx' to 12 captions``.
            changes: those that change nothing are dropped; no two may touch one file.
            advice: what to do where a file is not what a change begins with, for the message.

        Raises:
            FilesChangedError: a file is not what a change begins with; nothing was written.
            JournalError: something cannot be written, or nothing would change; all is as it was.
        """
        with self.locked():
            kept = tuple(self._kept(changes))
            number = self._step_log().last + 1
            folders = tuple(codec.name(path, self._workspace.root) for path in missing_folders(kept))
            heading = Heading(number, what, time.time(), len(kept), folders)
            self._carry_out(Act.DO, heading, kept, advice)
            return self._step(heading, is_undone=False)

    def undo(self, number: int | None = None) -> Step | None:
        """Take a step back, and leave all others as they are; None where there is none.

        Args:
            number: of the step; None: the latest.

        Raises:
            FilesChangedError: a file is not as the step left it; nothing was written.
            JournalError: it cannot be taken back by itself, or something cannot be written; all is as it was.
        """
        with self.locked():
            step_log = self._step_log()
            if number is not None:
                self._require_free(step_log, number)
            elif not step_log.done:
                return None
            heading = step_log.headings[step_log.done[-1] if number is None else number]
            changes = tuple(change.inverse for change in reversed(self._own_changes(heading)))
            number = heading.number
            advice = (
                f"step {number} ({heading.what}) left it different, so it cannot be undone; restore what it left "
                f"(`wantui items changed {number}`), or keep the step with `wantui items settle` and go on"
            )
            self._carry_out(Act.UNDO, heading, changes, advice)
            return self._step(heading, is_undone=True)

    def redo(self) -> Step | None:
        """Do the step again that was undone last; None where there is none, or another was done since.

        Raises:
            FilesChangedError: a file is not as it was before the step; nothing was written.
            JournalError: something cannot be written; all is as it was.
        """
        with self.locked():
            step_log = self._step_log()
            if not step_log.undone:
                return None
            heading = step_log.headings[step_log.undone[-1]]
            advice = f"step {heading.number} ({heading.what}) started from something else, so it is not redone"
            self._carry_out(Act.REDO, heading, self._own_changes(heading), advice)
            return self._step(heading, is_undone=False)

    def _require_free(self, step_log: StepLog, number: int) -> None:
        """See that a step can be taken back without any other.

        Raises:
            JournalError: there is none that holds, or a later one has changed the same files.
        """
        if number not in step_log.done:
            known = "stands for good" if number in step_log.settled else "is undone already"
            raise JournalError(f"step {number} {known if number in step_log.headings else 'was never made'}")
        own = {path for change in self._changes(number) for path in change.paths}
        for later in sorted(each for each in (*step_log.done, *step_log.settled) if each > number):
            path = next((path for change in self._changes(later) for path in change.paths if path in own), None)
            if path is not None:
                what = step_log.headings[later].what
                raise JournalError(
                    f"step {number} cannot be undone by itself: step {later} ({what}) has changed {path.name} since; "
                    f"undo step {later} first"
                )

    def settle(self) -> Step | None:
        """Let the latest step stand for good, so that undo goes on to the one before; None where there is none."""
        with self.locked():
            step_log = self._step_log()
            if not step_log.done:
                return None
            heading = step_log.headings[step_log.done[-1]]
            try:
                log.append(self._log, {"is": "settled", "step": heading.number})
            except OSError as error:
                raise _unwritable(error) from error
            return self._step(heading, is_undone=False)

    def steps(self) -> tuple[Step, ...]:
        """The steps that undo takes back and those that redo does again, newest last."""
        if not self._log.exists():
            return ()
        with self.locked():
            step_log = self._step_log()
        undone = set(step_log.undone)
        return tuple(
            self._step(step_log.headings[number], is_undone=number in undone)
            for number in sorted(undone.union(step_log.done))
        )

    def everything(self) -> tuple[Step, ...]:
        """Every step there ever was, newest last, also those that can neither be undone nor redone any more."""
        if not self._log.exists():
            return ()
        with self.locked():
            step_log = self._step_log()
        in_effect = step_log.settled.union(step_log.done)
        return tuple(
            self._step(heading, is_undone=number not in in_effect) for number, heading in step_log.headings.items()
        )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes and threads from changing anything through the journal; may be nested.

        For changes that depend on what is there: look and `do` inside.

        Raises:
            JournalError: another process holds it for too long, or the workspace cannot be written.
            FilesChangedError: a step that was interrupted has been taken back but for files that changed since.
        """
        with self._threads:
            if self._depth:
                with self._nested():
                    yield
                return
            busy = f"another wantui has been changing files for {_PATIENCE_S:.0f} s; wait for it, or end it"
            with held(self._workspace, "journal.lock", patience_s=_PATIENCE_S, busy=busy), self._nested():
                self._recover()
                yield

    @contextmanager
    def _nested(self) -> Iterator[None]:
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def _recover(self) -> None:
        """Take back what a crash interrupted."""
        step_log = self._step_log()
        if step_log.interrupted is None:
            return
        heading = step_log.headings[step_log.interrupted.number]
        changes = self._own_changes(heading)
        if step_log.interrupted.act is Act.UNDO:
            changes = tuple(change.inverse for change in reversed(changes))
        left = self._take_back(heading, changes)
        if left:
            advice = f"step {heading.number} ({heading.what}) was interrupted and has been undone elsewhere"
            raise FilesChangedError(left, advice)

    def _carry_out(self, act: Act, heading: Heading, changes: Sequence[Kept], advice: str) -> None:
        """Write down what is about to happen, let it happen, and write down that it has."""
        ready = look(changes, advice)
        entry = {"is": "begun", "deed": str(act), "step": heading.number, "when": time.time()}
        try:
            if act is Act.DO:
                self._folder.mkdir(parents=True, exist_ok=True)
                root = self._workspace.root
                record = codec.to_bytes(changes, root)
                atomic.write_bytes(self._record(heading.number), record)
                entry |= {
                    "what": heading.what,
                    "when": heading.when,
                    "size": heading.size,
                    "folders": heading.folders,
                    "signature": seal.sign(record, heading.folders),
                }
            log.append(self._log, entry)
        except OSError as error:
            raise _unwritable(error) from error
        try:
            carry_out(heading.number, ready)
            log.append(self._log, {"is": "done", "step": heading.number})
        except (FilesChangedError, OSError) as error:
            self._take_back(heading, changes)
            if isinstance(error, OSError):
                raise _unwritable(error) from error
            raise
        if act is Act.UNDO:
            self._remove_folders(heading)

    def _take_back(self, heading: Heading, changes: Sequence[Kept]) -> list[tuple[Path, str]]:
        try:
            left = take_back(heading.number, changes)
            log.append(self._log, {"is": "taken back", "step": heading.number})
        except OSError as error:
            raise JournalError(
                f"{error.filename}: {error.strerror}: step {heading.number} ({heading.what}) was interrupted and is "
                "taken back as soon as that can be written"
            ) from error
        self._remove_folders(heading)
        return left

    def _remove_folders(self, heading: Heading) -> None:
        remove_empty([self._workspace.root / name for name in heading.folders])

    def _kept(self, changes: Sequence[Change]) -> tuple[Kept, ...]:
        """The changes as the journal keeps them, without those that change nothing."""
        kept: list[Kept] = []
        touched: set[Path] = set()
        for change in changes:
            if isinstance(change, FileChange) and change.before == change.after:
                continue
            try:
                known = kept_edit(change) if isinstance(change, FileChange) else kept_move(change)
            except FileNotFoundError as error:
                raise FilesChangedError([(Path(error.filename), "is not there")], _LOOK_AGAIN) from error
            except OSError as error:
                raise JournalError(f"{error.filename}: cannot be read: {error.strerror}") from error
            for path in known.paths:
                if path in touched:
                    raise JournalError(f"{path}: is changed twice in one step; make it two steps")
                touched.add(path)
            kept.append(known)
        if not kept:
            raise JournalError("nothing to change: every file is as it should be")
        return tuple(kept)

    def _step_log(self) -> StepLog:
        known, self._known = self._known, None  # what cannot be read to its end is read from its beginning again
        self._known = log.read(self._log, known)
        return self._known

    def _record(self, number: int) -> Path:
        return self._folder / f"{number}.jsonl"

    def _changes(self, number: int) -> tuple[Kept, ...]:
        return codec.from_bytes(self._content(number), self._workspace.root, self._record(number))

    def _own_changes(self, heading: Heading) -> tuple[Kept, ...]:
        """The changes of a step, to be carried out.

        Raises:
            JournalError: they cannot be read, or reach outside of the workspace and are not this user's.
        """
        content, root = self._content(heading.number), self._workspace.root
        changes = codec.from_bytes(content, root, self._record(heading.number))
        path = seal.outside(root, changes, heading.folders)
        if path is not None and not seal.is_own(content, heading.folders, heading.signature):
            raise JournalError(
                f"step {heading.number} ({heading.what}) changes {path}, outside of this workspace, and you have not "
                f"made it on this machine with this wantui, so it is neither undone nor redone; move {self._folder} "
                "away to begin a new journal: your files are not affected, and what was overwritten stays in it"
            )
        return changes

    def _content(self, number: int) -> bytes:
        path = self._record(number)
        try:
            return reading.read_bytes(path, LARGEST_STEP)
        except OSError as error:
            raise JournalError(f"{path}: cannot be read: {error.strerror}; step {number} cannot be undone") from error

    def _step(self, heading: Heading, *, is_undone: bool) -> Step:
        changes = _Recorded(heading.size, lambda: self._changes(heading.number))
        return Step(heading.number, heading.what, heading.when, changes, is_undone)


class _Recorded(Sequence[Kept]):
    """The changes of a step, read when one is asked for."""

    def __init__(self, size: int, read: Callable[[], tuple[Kept, ...]]) -> None:
        self._size = size
        self._read = read

    @cached_property
    def _changes(self) -> tuple[Kept, ...]:
        return self._read()

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> Kept: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Kept, ...]: ...
    def __getitem__(self, index: int | slice) -> Kept | tuple[Kept, ...]:
        return self._changes[index]


def _unwritable(error: OSError) -> JournalError:
    return JournalError(f"{error.filename}: cannot be written: {error.strerror}; nothing was changed")
