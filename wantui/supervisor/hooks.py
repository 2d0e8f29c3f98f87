"""Hooks: commands that say, in a process of their own, whether a job may start and whether it did what it is for.

See `wantui.jobs.hook` for what they are told and what they answer. A hook that breaks is an answer too: what it
printed to stderr lies beside the job's log.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict
from typing import IO, TYPE_CHECKING

from wantui.jobs.hook import NOT_NOW, Decision, HookResult
from wantui.jobs.model import JobError
from wantui.jobs.process import work_of_group
from wantui.jobs.store import job_files, run_folder

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from wantui.gpus.model import Gpu
    from wantui.jobs.model import Job
    from wantui.paths import Workspace


MOST_STARTS = 4
"""How often a hook is asked that breaks each time, before a start or after an end that was bad anyhow. A job that
ended well is never failed by a check that breaks: its hook is asked until it answers."""
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
"""Seconds before a hook is asked again; doubled each time."""
STALL_S = 300.0
"""A hook that has neither reckoned nor read anything for so long hangs: a network disk that is away answers within
180 s of an NFS time-out, or never."""
LONGEST_S = 4 * 3600.0
"""More than it takes to read 5,000 clips of 100 MB from a disk that gives 50 MB/s."""

HURRIED_S = 30.0
"""For a hook whose job somebody has stopped."""
_LONGEST_ANSWER = 16 << 20
_GONE_WITHIN_S = 2.0


class Hooks:
    """The hooks of one queue that are being asked, and what they have said of jobs that wait."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._calls: dict[str, HookCall] = {}
        self.asked: set[str] = set()
        """Ids of queued jobs whose hook has found something to do."""

    @property
    def asking(self) -> Collection[str]:
        """Ids of the jobs whose hooks are being asked."""
        return self._calls.keys()

    def __bool__(self) -> bool:
        return bool(self._calls)

    def are_about(self, job: Job) -> bool:
        """Whether a hook of `job` is being asked."""
        return job.id in self._calls

    def ask_before(self, job: Job, gpu: Gpu | None = None) -> bool:
        """Ask the hook of a job that is to start, on `gpu` where it has one already; False: it has no hook.

        Raises:
            OSError: it cannot be started.
        """
        if job.spec.prepare is None:
            return False
        self._calls[job.id] = HookCall(self._workspace, job, job.spec.prepare, gpu=gpu)
        return True

    def ask_after(self, job: Job, lost: str | None) -> bool:
        """Ask the hook of a job that has ended; False: it has no hook.

        Args:
            job: that has ended.
            lost: why nobody saw how; None: its exit code is known.

        Raises:
            OSError: it cannot be started.
        """
        if job.spec.verify is None:
            return False
        self._calls[job.id] = HookCall(self._workspace, job, job.spec.verify, exit_code=job.exit_code, lost=lost)
        return True

    def answer(self, job: Job) -> HookResult | None:
        """What the hook of `job` has answered, told once; None: nothing yet.

        Raises:
            OSError: it cannot be asked again at the moment.
        """
        result = self._calls[job.id].answer()
        if result is not None:
            del self._calls[job.id]
        return result

    def trouble(self, job: Job) -> str | None:
        """Why the hook of `job` has not answered yet, where that is not just because it takes its time."""
        return self._calls[job.id].trouble

    def hurry(self, job: Job) -> None:
        """Somebody has stopped `job`: let its hook, where one is asked, be done in moments."""
        if (call := self._calls.get(job.id)) is not None:
            call.hurry()

    def abandon(self, job: Job) -> None:
        """End the hook of `job`, where one is asked."""
        if (call := self._calls.pop(job.id, None)) is not None:
            call.abandon()

    def abandon_all(self) -> None:
        """End every hook."""
        for call in self._calls.values():
            call.abandon()
        self._calls.clear()


class HookCall:
    """A hook that is being asked."""

    def __init__(
        self,
        workspace: Workspace,
        job: Job,
        command: tuple[str, ...],
        *,
        gpu: Gpu | None = None,
        exit_code: int | None = None,
        lost: str | None = None,
        stall_s: float = STALL_S,
    ) -> None:
        """Ask the hook.

        Raises:
            OSError: it cannot be started; nothing is left of it.
        """
        argv = [*command, "--run-folder", str(run_folder(workspace, job.run))]
        argv += ["--job", str(job.kind), "--attempt", str(job.attempt)]
        if gpu is not None:
            argv += ["--gpu", json.dumps(asdict(gpu))]
        if exit_code is not None:
            argv.append(f"--exit-code={exit_code}")
        if lost is not None:
            argv.append(f"--lost={lost}")
        if job.stopping:
            argv.append("--stopped")
        self.gpu = gpu
        self.trouble: str | None = None
        """Why there is no answer yet, where that is not just because it takes its time."""
        self._complaints: Path = job_files(workspace, job).hook
        self._argv = argv
        self._folder = workspace.root
        self._is_patient = exit_code == 0
        self._stall_s = stall_s
        self._starts = 0
        self._ask_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._ask()

    def _ask(self) -> None:
        answer = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer
        try:
            with self._complaints.open("ab") as complaints:
                self._process = subprocess.Popen(
                    self._argv,
                    stdin=subprocess.DEVNULL,
                    stdout=answer,
                    stderr=complaints,
                    cwd=self._folder,
                    start_new_session=True,
                )
        except BaseException:
            answer.close()
            raise
        self._answer: IO[bytes] = answer
        self._starts += 1
        self._moved = time.monotonic()
        self._give_up_at = self._moved + LONGEST_S
        self._done: tuple[int, ...] = ()

    def answer(self) -> HookResult | None:
        """The result, once the hook has given it; a hook that breaks, is killed or hangs is asked again.

        Raises:
            OSError: it cannot be asked again at the moment; the next call tries that.
        """
        if self._process is None:
            if time.monotonic() >= self._ask_at:
                self._ask()
            return None
        code = self._process.poll()
        if code is None:
            if (hangs := self._hangs()) is None:
                return None
            self._kill()
            return self._broke(hangs)
        self._answer.seek(0)
        text = self._answer.read(_LONGEST_ANSWER).decode("utf-8", errors="replace")
        self._forget()
        if code == 0:
            with suppress(JobError):
                return HookResult.from_json(text)
        if code == NOT_NOW:
            self._starts -= 1  # for as long as it takes
            return self._broke("the check of this job found no room, memory or descriptors")
        return self._broke("the check of this job " + (f"was killed by signal {-code}" if code < 0 else "broke"))

    def _hangs(self) -> str | None:
        """What is wrong with a hook that has not answered; None: it is at work."""
        now = time.monotonic()
        done = work_of_group(self._process.pid) if self._process is not None else ()
        if done != self._done:
            self._done, self._moved = done, now
        if now - self._moved > self._stall_s:
            return f"the check of this job hung: it did nothing for {self._stall_s:.0f} s"
        if now > self._give_up_at:
            return "the check of this job was not ready in time"
        return None

    def _broke(self, what: str) -> HookResult | None:
        """Ask again after a pause, or give up."""
        reason = f"{what}; see {self._complaints}"
        if self._starts >= MOST_STARTS and not self._is_patient:
            return HookResult(Decision.FAIL, reason)
        pause = min(FIRST_PAUSE_S * 2 ** max(0, min(self._starts - 1, 20)), LONGEST_PAUSE_S)
        self._ask_at = time.monotonic() + pause
        self.trouble = f"{reason}; it is asked again"
        return None

    def hurry(self) -> None:
        """Somebody has stopped the job: give the hook only moments to tidy up, and do not ask it again."""
        self._is_patient, self._starts = False, MOST_STARTS
        self._give_up_at = time.monotonic() + HURRIED_S

    def abandon(self) -> None:
        """End the hook; nobody wants its answer any more."""
        if self._process is not None:
            self._kill()

    def _kill(self) -> None:
        """End it with all its children, and see it gone, unless it hangs in the kernel because of a dead disk."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GONE_WITHIN_S)
            self._forget()

    def _forget(self) -> None:
        self._answer.close()
        self._process = None
