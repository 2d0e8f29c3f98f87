"""The collector: the parent of one training, which moves what that saves to its place and ends it when it is done.

The trainer counts from 1 in each attempt and never ends before it has trained all its epochs, so somebody beside it
has to know where the attempt began. It has to be there as long as the training is, whoever else is killed: so it
starts the training, in the same process group, and ends as the training does. An error with files is told in the log
and tried again; it never ends the training.

Run by path with ``python -I -S``, as the shim is (`wantui.supervisor.shim`), which starts it:

    collector.py TASK.json ARGUMENT...       `wantui.trainer.attempts.AttemptTask`, and the training's command
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).resolve().parents[3]))  # last: only wantui's own modules are wanted from there

from wantui.jobs.exits import CANNOT_START
from wantui.jobs.process import adopt_orphans, descendants
from wantui.trainer.attempts import AttemptTask, EndedBy
from wantui.trainer.musubi.attempt_files import AttemptFiles
from wantui.trainer.musubi.saved_files import opened_of

if TYPE_CHECKING:
    from collections.abc import Callable

TICK_S = 0.5
"""How often to look for something that is whole."""
GRACE_S = 5.0
"""Between SIGTERM and SIGKILL, when all that was wanted is whole; the trainer is gone within 1.2 s (observed)."""
_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_LISTENED = {signal.SIGCHLD, *_ENDING}


def main(task_file: str, argv: list[str]) -> int:
    """Train; the exit code is the training's, or 0 where it was ended because it was done.

    A training that died of a signal is followed by this process, so that whoever waits for it learns the signal.
    """
    task = AttemptTask.from_document(json.loads(Path(task_file).read_text(encoding="utf-8")))
    signal.pthread_sigmask(signal.SIG_BLOCK, _LISTENED)
    adopt_orphans()
    try:
        trainer = os.posix_spawnp(
            argv[0],
            argv,
            os.environ,
            setsigmask=(),
            setsigdef=(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE),
        )
    except OSError as error:
        print(f"ERROR:wantui:cannot start {argv[0]}: {error.strerror}", file=sys.stderr, flush=True)  # noqa: T201
        return CANNOT_START
    return Collector(trainer, AttemptFiles(task)).until_it_ends()


class Collector:
    """Waits for a training, and looks after its files meanwhile."""

    def __init__(self, trainer: int, files: AttemptFiles) -> None:
        self._trainer = trainer
        self._files = files
        self._exit_code: int | None = None
        self._ended_by: EndedBy | None = None
        self._kill_at: float | None = None
        self._was_signalled = False
        self._complaint = ""

    def until_it_ends(self) -> int:
        """The exit code; does not return where the training died of a signal."""
        while not self._has_ended():
            if self._ended_by is None and not self._was_signalled:
                self._look()
            self._press()
            received = signal.sigtimedwait(_LISTENED, TICK_S)
            if received is not None and received.si_signo in _ENDING:
                self._was_signalled = True
                self._signal(self._trainer, received.si_signo)  # it may not have been sent to the whole group
        if self._attempt(lambda: self._files.collect(in_a_hurry=self._was_signalled)):
            self._files.give_up_rest()
        if self._ended_by is not None:
            return 0
        code = CANNOT_START if self._exit_code is None else self._exit_code
        if code < 0:
            _die_of(-code)
        return code

    def _has_ended(self) -> bool:
        """Collect what has ended; whether nothing of the training is left that somebody waits for."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid == 0:
                return self._exit_code is not None and self._ended_by is None
            if pid == self._trainer:
                self._exit_code = os.waitstatus_to_exitcode(status)

    def _look(self) -> None:
        self._attempt(self._collect)
        if self._ended_by is not None:
            self._kill_at = time.monotonic() + GRACE_S
            print(f"\nINFO:wantui:{self._why()}", file=sys.stderr, flush=True)  # noqa: T201
            for pid in descendants(os.getpid()):
                self._signal(pid, signal.SIGTERM)

    def _collect(self) -> None:
        self._files.collect(lambda: opened_of(descendants(os.getpid())))
        why = self._files.should_end()
        if why is not None:
            self._files.note_end(why)
            self._ended_by = why

    def _why(self) -> str:
        if self._ended_by is EndedBy.ASKED:
            return "this epoch is saved, and after it the training was to stop"
        return "all epochs are trained and saved: the training is ended"

    def _press(self) -> None:
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            for pid in descendants(os.getpid()):
                self._signal(pid, signal.SIGKILL)

    @staticmethod
    def _signal(pid: int, number: int) -> None:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            return

    def _attempt(self, act: Callable[[], None]) -> bool:
        """Do something with files; whether it went well. An error is told, once, and never ends the training."""
        try:
            act()
        except Exception as error:  # noqa: BLE001  a mistake here must not cost a night of training
            at = traceback.extract_tb(error.__traceback__)[-1]
            why = f"{type(error).__name__}: {error} ({Path(at.filename).name}:{at.lineno})"
            if isinstance(error, OSError):  # of two names the first may be a temporary one, another each time
                why = f"{error.filename2 or error.filename}: {error.strerror}"
            complaint = f"what was saved cannot be moved to its place yet: {why}"
            if complaint != self._complaint:
                self._complaint = complaint
                print(f"\nWARNING:wantui:{complaint}", file=sys.stderr, flush=True)  # noqa: T201
            return False
        return True


def _die_of(number: int) -> None:
    """End as the training did."""
    signal.signal(number, signal.SIG_DFL) if number != signal.SIGKILL else None
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)
    signal.pause()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
