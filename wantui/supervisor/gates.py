"""Gates: commands that say, in a process of their own, whether a job may start and whether it did what it is for.

See `wantui.jobs.gate` for what they are told and what they answer. A gate that breaks is an answer too: what it
printed to stderr lies beside the job's log.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import asdict
from typing import IO, TYPE_CHECKING

from wantui.jobs.gate import Decision, Verdict
from wantui.jobs.model import JobError
from wantui.jobs.store import job_files, run_folder

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.gpus.model import Gpu
    from wantui.jobs.model import Job
    from wantui.paths import Workspace


MOST_STARTS = 4
"""How often a gate is asked that is killed every time."""


class GateCall:
    """A gate that is being asked."""

    def __init__(
        self,
        workspace: Workspace,
        job: Job,
        command: tuple[str, ...],
        *,
        gpu: Gpu | None = None,
        exit_code: int | None = None,
    ) -> None:
        argv = [*command, "--run-folder", str(run_folder(workspace, job.run))]
        argv += ["--job", str(job.kind), "--attempt", str(job.attempt)]
        if gpu is not None:
            argv += ["--gpu", json.dumps(asdict(gpu))]
        if exit_code is not None:
            argv.append(f"--exit-code={exit_code}")
        if job.stopping:
            argv.append("--stopped")
        self.gpu = gpu
        self._complaints: Path = job_files(workspace, job).gate
        self._argv = argv
        self._folder = workspace.root
        self._starts = 0
        self._ask()

    def _ask(self) -> None:
        self._starts += 1
        self._answer: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer
        with self._complaints.open("ab") as complaints:
            self._process = subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=self._answer,
                stderr=complaints,
                cwd=self._folder,
                start_new_session=True,
            )

    def answer(self) -> Verdict | None:
        """The verdict, once the gate has given it; a gate that was killed, for want of memory say, is asked again."""
        code = self._process.poll()
        if code is None:
            return None
        if code < 0 and self._starts < MOST_STARTS:
            self._answer.close()
            self._ask()
            return None
        self._answer.seek(0)
        text = self._answer.read().decode("utf-8", errors="replace")
        self._answer.close()
        if self._process.returncode == 0:
            with suppress(JobError):
                return Verdict.from_json(text)
        return Verdict(Decision.FAIL, f"the check of this job broke; see {self._complaints}")

    def abandon(self) -> None:
        """End the gate; nobody wants its answer any more."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._answer.close()
