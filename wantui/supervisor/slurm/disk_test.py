"""A test, before the first job of a workspace goes to Slurm, whether the nodes share its disk as runs need it.

One small Slurm job of two nodes, and a process here, go through `wantui.supervisor.slurm.disk_party` together. Where
Slurm would not take such a job it is asked for a GPU as well, then for one node. Nobody waits for it but the queue.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import reading
from wantui.jobs.store import LARGEST_RECORD
from wantui.slurm.commands import is_passing
from wantui.slurm.disk_report import PATIENCE_S, DiskReport
from wantui.slurm.jobs import find
from wantui.slurm.options import options
from wantui.slurm.shared_disk import DiskFinding, judge, keep, kept, place_of
from wantui.supervisor.slurm.calls import Call
from wantui.supervisor.slurm.files import last_line

if TYPE_CHECKING:
    from wantui.config.schema import SlurmConfig
    from wantui.paths import Workspace
    from wantui.slurm.jobs import SlurmJob
    from wantui.supervisor.slurm.look import SlurmLook

NAME = "wantui-disk"
AGAIN_S = 60.0
"""How long a bad finding counts before the test is made anew: somebody may have changed something."""
PARTY_S = 600.0
WORD_S = 10.0
"""How long to wait for reports of a Slurm job that has failed; for those of others as long as the machines do."""
PAUSE_S = 10.0
"""After Slurm did not answer."""
_HERE = Path(__file__).parent
_SHAPES = ((2, False), (2, True), (1, True))
"""Nodes, and whether each asks for a GPU."""


@dataclass(slots=True)
class _Trial:
    """One test that is under way."""

    config: SlurmConfig
    place: str
    folder: Path
    token: str
    shapes: list[tuple[int, bool]] = field(default_factory=lambda: list(_SHAPES))
    """What may still be asked for; the first is."""
    sbatch: Call | None = None
    ticket: str | None = None
    submitted: float = 0.0
    """By `time.monotonic`."""
    party: Call | None = None
    """The process here."""
    is_done: bool = False
    """Whether that has ended."""
    over_since: float | None = None
    """Since when the Slurm job is over."""
    why_waiting: str = "is handed to Slurm"

    @property
    def nodes(self) -> int:
        return self.shapes[0][0]


class DiskTest:
    """The tests of one workspace's disk."""

    def __init__(self, workspace: Workspace, look: SlurmLook) -> None:
        self._workspace = workspace
        self._look = look
        self._trial: _Trial | None = None
        self._finding: DiskFinding | None = None
        self._found_at = self._not_before = 0.0

    def finding(self, config: SlurmConfig) -> DiskFinding | None:
        """What is known of the disk; None: that is being found out.

        Raises:
            OSError: the workspace is away.
        """
        place = place_of(self._workspace, config)
        if self._finding is None or self._finding.place != place:
            self._finding, self._found_at = kept(self._workspace, config), 0.0
        known = self._finding
        if known is not None and (known.refusal is None or time.monotonic() < self._found_at + AGAIN_S):
            return known
        if self._trial is None or self._trial.place != place:
            self.leave()
            if time.monotonic() >= self._not_before:
                self._begin(config, place)
        return None

    @property
    def seen_after_s(self) -> float:
        """The longest that it took one machine to see what another had written, as far as that was tested."""
        return 0.0 if self._finding is None else self._finding.seen_after_s

    @property
    def is_under_way(self) -> bool:
        """Whether a test is being made."""
        return self._trial is not None

    @property
    def why_waiting(self) -> str:
        """What a job waits for meanwhile, as a sentence."""
        why = "Slurm does not answer" if self._trial is None else self._trial.why_waiting
        return f"tests first whether the nodes share the workspace's disk ({why})"

    def go_on(self) -> None:
        """Do what is due."""
        trial = self._trial
        if trial is None:
            return
        try:
            if trial.sbatch is not None:
                self._submitted(trial, trial.sbatch)
            else:
                self._follow(trial)
        except OSError:
            self.leave()  # the workspace is away, or its disk full: another test, when a job is to start again
            self._not_before = time.monotonic() + PAUSE_S

    def leave(self) -> None:
        """Leave a test that is under way: its Slurm job finds its folder gone, and ends."""
        if self._trial is not None:
            for call in (self._trial.party, self._trial.sbatch):
                if call is not None:
                    call.kill()
            shutil.rmtree(self._trial.folder.parent, ignore_errors=True)
        self._trial = None

    def _begin(self, config: SlurmConfig, place: str) -> None:
        folder = self._workspace.state / "disk-test"
        shutil.rmtree(folder, ignore_errors=True)  # of a supervisor that was killed
        token = secrets.token_hex(8)
        folder /= token
        folder.mkdir(parents=True)
        self._trial = _Trial(config, place, folder, token)
        self._submit(self._trial)

    def _submit(self, trial: _Trial) -> None:
        trial.sbatch = Call(sbatch_command(trial.config, trial.folder, trial.token, *trial.shapes[0]))

    def _submitted(self, trial: _Trial, sbatch: Call) -> None:
        if (outcome := sbatch.outcome()) is None:
            return
        trial.sbatch = None
        if outcome.error is None:
            trial.ticket, trial.submitted = outcome.text.strip().partition(";")[0], time.monotonic()
            self._look.hurry()
        elif is_passing(str(outcome.error)) or "did not answer" in str(outcome.error):
            self._not_before = time.monotonic() + PAUSE_S
            self.leave()
        elif len(trial.shapes) > 1:
            del trial.shapes[0]
            self._submit(trial)
        else:
            why = f"the disk could not be tested: {outcome.error}"
            self._found(DiskFinding(trial.place, time.time(), caution=why))

    def _follow(self, trial: _Trial) -> None:
        """See how the Slurm job is, be its counterpart when it runs, and judge when both are over."""
        self._look.hurry()
        if not self._look.knows_since(trial.submitted):
            return
        job = find(self._look.jobs, trial.ticket, trial.token)
        if job is not None and job.waits:
            trial.why_waiting = self._look.why_waiting(job)
            return
        if trial.party is None and not trial.is_done:
            trial.party = Call(party_command(trial.folder, trial.nodes), limit_s=PARTY_S)
        trial.why_waiting = f"Slurm {trial.ticket}"
        if trial.party is not None and trial.party.outcome() is not None:
            trial.party, trial.is_done = None, True
        if (job is None or job.has_ended) and trial.over_since is None:
            trial.over_since = time.monotonic()
        reports = [read_report(trial.folder, rank) for rank in range(trial.nodes + 1)]
        patience_s = WORD_S if job is not None and job.has_ended and job.state != "COMPLETED" else PATIENCE_S
        is_late = trial.over_since is not None and time.monotonic() - trial.over_since > patience_s
        if None not in reports or is_late:
            self._found(judge(reports, self._workspace.root, trial.place, _said(trial, job)))

    def _found(self, finding: DiskFinding) -> None:
        self.leave()
        self._finding, self._found_at = finding, time.monotonic()
        with suppress(OSError):
            keep(self._workspace, finding)


def _said(trial: _Trial, job: SlurmJob | None) -> str | None:
    said = last_line(trial.folder / "slurm.out")
    return said or (None if job is None else f"{job.state} on {job.nodes or 'no node'} (Slurm {job.id})")


def read_report(folder: Path, rank: int) -> DiskReport | None:
    """What one machine has found; None: it is not there, or cannot be read."""
    try:
        return DiskReport(**reading.read_json(folder / f"report-{rank}.json", LARGEST_RECORD))
    except (OSError, ValueError, TypeError):
        return None


def sbatch_command(config: SlurmConfig, folder: Path, token: str, nodes: int, wants_gpu: bool) -> list[str]:
    """The call that hands the test to Slurm: what jobs ask for, but for little time and memory."""
    return [
        "sbatch", "--parsable", *options(config, wants_gpu=wants_gpu), f"--nodes={nodes}", f"--ntasks={nodes}",
        "--ntasks-per-node=1", "--time=10", "--mem=200M", f"--job-name={NAME}",
        f"--comment=wantui {os.getuid()} disk {token}", f"--chdir={folder}", "--output=slurm.out",
        str(_HERE / "disk.sh"), sys.executable, str(_HERE / "disk_party.py"), str(folder), str(nodes + 1),
    ]  # fmt: skip


def party_command(folder: Path, nodes: int) -> list[str]:
    """The counterpart on this machine."""
    program = str(_HERE / "disk_party.py")
    return [sys.executable, "-I", "-S", program, str(folder), str(nodes + 1), str(nodes)]
