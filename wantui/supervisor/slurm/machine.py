"""Slurm as a machine: a job is handed to it, waits there, and runs on a node as our shim with the trainer below it.

What is true of a job is put together from three sources: the exit record and the claim, which its node writes on the
shared disk; Slurm's listing; and the lock that its processes hold. No call of Slurm is waited for.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wantui.gpus.model import GpuReading
from wantui.jobs.exits import CANNOT_START
from wantui.jobs.model import InterruptedBy, Interruption, JobError
from wantui.jobs.store import ExitRecord, job_files, read_exit
from wantui.slurm.commands import SlurmError, is_passing
from wantui.slurm.jobs import accounting_command, find, read_accounts
from wantui.slurm.options import gpu_to_be_chosen
from wantui.supervisor.machine import Seen
from wantui.supervisor.slurm.calls import Call
from wantui.supervisor.slurm.disk_test import DiskTest
from wantui.supervisor.slurm.ends import why_ended
from wantui.supervisor.slurm.files import SlurmFiles, note_ticket, sbatch_command, slurm_name, write_submission
from wantui.supervisor.slurm.heartbeat import Heartbeat
from wantui.supervisor.slurm.look import SlurmLook
from wantui.supervisor.spawn import Started

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.config.schema import SlurmConfig
    from wantui.jobs.model import Job
    from wantui.paths import Workspace
    from wantui.slurm.jobs import SlurmJob
    from wantui.supervisor.slurm.files import Claim, Submission

HANDING = "is handed to Slurm"
SETTLE_S = 15.0
"""How long what a node has written may take to be seen here, at least: a network disk keeps what it knows of a folder
for some seconds. Where the test of the disk took longer, twice as long as that."""
WORD_S = 60.0
"""How long to wait for Slurm's word on a job that has ended badly."""
PRESS_AGAIN_S = 15.0
TRY_AGAIN_S = 10.0
"""After Slurm did not answer when a job was handed to it."""


@dataclass(slots=True)
class _Watched:
    """What this process remembers of a job."""

    since: float
    """When it began to look, by `time.monotonic`: a listing from before says nothing about it."""
    sbatch: Call | None = None
    sacct: Call | None = None
    is_accounted: bool = False
    """Whether Slurm's accounts have been asked."""
    account: SlurmJob | None = None
    """How it ended by them."""
    refusal: str | None = None
    missed_since: float | None = None
    """Since when neither Slurm nor a record tells what it does."""
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    pressed_at: float | None = None
    complained: bool = False


class SlurmMachine:
    """The nodes of a cluster, as `wantui.supervisor.machine.Machine` has them."""

    def __init__(self, workspace: Workspace, config: Callable[[], SlurmConfig]) -> None:
        """Look after the jobs of a workspace on the shared disk.

        Args:
            workspace: of the jobs.
            config: tells what each job asks for, as it is now.
        """
        self._workspace = workspace
        self._config = config
        self._look = SlurmLook()
        self._disk = DiskTest(workspace, self._look)
        self._taken: set[str] = set()
        self._watched: dict[tuple[str, int], _Watched] = {}
        self._calls: list[Call] = []
        self._is_wanted = False
        self._silent_until = 0.0
        self._silence: SlurmError | None = None

    @property
    def trouble(self) -> str | None:
        """Why nothing is known of Slurm at the moment."""
        return None if self._look.error is None else f"Slurm does not answer: {self._look.error}"

    def offers(self) -> list[GpuReading]:
        """A GPU that Slurm will choose: as many jobs as may start are handed to it, once the disk was tested."""
        if self._silence is not None and time.monotonic() < self._silent_until:
            raise self._silence
        busy = self._disk.why_waiting if self._disk.finding(self._config()) is None else None
        return [GpuReading(gpu_to_be_chosen(self._config()), busy)]

    def take(self, job: Job) -> bool:
        """Nothing has to be taken: Slurm gives out what there is."""
        self._taken.add(job.id)
        return True

    def holds(self, job: Job) -> bool:
        """Whether it has not been handed to Slurm yet."""
        return job.id in self._taken

    def start(self, job: Job) -> str:
        """Hand it to Slurm, in the background; not where the nodes do not share the disk."""
        own = write_submission(self._workspace, job)
        submission = own.read_submission()
        if submission is None:
            raise FileNotFoundError(2, "was removed as soon as it was written", str(own.submission))
        watched = _Watched(time.monotonic())
        disk = self._disk.finding(self._config())
        if disk is not None and disk.refusal is not None:
            watched.refusal = disk.refusal
        else:
            watched.sbatch = Call(sbatch_command(own, submission, job, self._config()))
        self._watched[job.id, job.attempt] = watched
        self._taken.discard(job.id)
        return HANDING

    def see(self, job: Job) -> Seen:
        """By the records of its node, by Slurm's listing, and by its lock."""
        files = job_files(self._workspace, job)
        own = SlurmFiles.of(files)
        submission = own.read_submission()
        try:
            ended = read_exit(files.exit)
        except JobError as error:
            return Seen(own.is_locked(), broken=str(error))
        watched = self._watched.setdefault((job.id, job.attempt), _Watched(time.monotonic()))
        self._is_wanted = True
        if submission is None:
            return Seen(is_alive=False, ended=ended)
        if watched.sbatch is not None:
            return self._handing(own, submission, watched)
        if watched.refusal is not None:
            return Seen(is_alive=False, ended=ExitRecord(CANNOT_START, time.time(), watched.refusal))
        return self._handed_over(job, own, submission, ended, watched)

    def identify(self, job: Job) -> Started | None:
        """Its node and Slurm's number."""
        own = SlurmFiles.of(job_files(self._workspace, job))
        claim = own.read_claim()
        ticket = _ticket(own.read_submission(), claim)
        return None if ticket is None else Started(None, None, None if claim is None else claim.node, ticket)

    def keep(self, job: Job) -> str | None:
        """Nothing to keep; but where its lock is not seen from here, that is said."""
        own = SlurmFiles.of(job_files(self._workspace, job))
        watched = self._watched.get((job.id, job.attempt))
        claim = own.read_claim()
        if watched is None or watched.complained or claim is None or time.time() - (job.started or 0) < WORD_S:
            return None
        watched.complained = True
        if own.is_locked():
            return None
        return (
            f"{job.id}: its lock on {claim.node} is not seen here: {own.folder} does not keep locks between machines"
        )

    def press(self, job: Job) -> None:
        """``scancel``, again while it lives; by number and name, for a number may be another job's by now."""
        own = SlurmFiles.of(job_files(self._workspace, job))
        submission = own.read_submission()
        watched = self._watched.setdefault((job.id, job.attempt), _Watched(time.monotonic()))
        self._look.hurry()
        listed = None if submission is None else self._listed(submission, own.read_claim(), watched)
        now = time.monotonic()
        if listed is not None and (watched.pressed_at is None or now - watched.pressed_at > PRESS_AGAIN_S):
            watched.pressed_at = now
            self._calls.append(Call(["scancel", f"--name={slurm_name(job)}", listed.id]))

    def how_lost(self, job: Job) -> str:
        """Neither Slurm nor its node tells."""
        return self._unseen(SlurmFiles.of(job_files(self._workspace, job)), None)

    def give_back(self, job: Job) -> None:
        """It is not handed to Slurm after all."""
        self._taken.discard(job.id)

    def forget(self, job: Job) -> None:
        """Keep nothing more of it; a submission that Slurm still had would find nothing to do."""
        self._watched.pop((job.id, job.attempt), None)
        with suppress(OSError):
            SlurmFiles.of(job_files(self._workspace, job)).submission.unlink(missing_ok=True)

    def collect(self) -> None:
        """Take the answers of Slurm, and ask it again where that is due."""
        self._calls = [call for call in self._calls if call.outcome() is None]
        self._disk.go_on()
        if self._is_wanted or self._disk.is_under_way:
            self._look.go_on()
        self._is_wanted = False

    def rest(self) -> None:
        """There is no driver; a test of the disk is left."""
        self._disk.leave()

    @staticmethod
    def _unseen(own: SlurmFiles, claim: Claim | None) -> str:
        where = "" if claim is None or claim.node is None else f" on {claim.node}"
        said = own.last_words()
        what = f"; the last that Slurm said of it: {said}" if said else "; read its log"
        return f"it is over{where}, and neither Slurm nor its node tells how it ended{what}"

    # -- what is true of one job -----------------------------------------------------------------------------------

    def _handing(self, own: SlurmFiles, submission: Submission, watched: _Watched) -> Seen:
        """While ``sbatch`` has it."""
        outcome = None if watched.sbatch is None else watched.sbatch.outcome()
        if outcome is None:
            return Seen(is_alive=True, waits=HANDING)
        watched.sbatch, watched.since = None, time.monotonic()
        self._look.hurry()
        if outcome.error is None:
            note_ticket(own, submission, outcome.text.strip().partition(";")[0])
            return Seen(is_alive=True, waits=HANDING)
        if not is_passing(str(outcome.error)) and "did not answer" not in str(outcome.error):
            watched.refusal = str(outcome.error)
            return Seen(is_alive=False, ended=ExitRecord(CANNOT_START, time.time(), watched.refusal))
        own.submission.unlink(missing_ok=True)  # should it have been taken all the same, it finds nothing to do
        self._silence, self._silent_until = outcome.error, time.monotonic() + TRY_AGAIN_S
        return Seen(is_alive=False)

    def _handed_over(
        self, job: Job, own: SlurmFiles, submission: Submission, ended: ExitRecord | None, watched: _Watched
    ) -> Seen:
        """Slurm has it, or has had it."""
        claim = own.read_claim()
        listed = self._listed(submission, claim, watched)
        if listed is None and claim is not None and (ended is None or ended.exit_code != 0):
            if not self._asks_accounts(job, claim, watched):
                return Seen(is_alive=False, is_certain=False)
            listed = watched.account
        if ended is not None:
            return self._ended(ended, listed, watched)
        return self._not_ended(job, own, listed, claim, watched)

    def _listed(self, submission: Submission, claim: Claim | None, watched: _Watched) -> SlurmJob | None:
        """The job in Slurm's listing, where there is one from after the first look."""
        if not self._look.knows_since(watched.since):
            return None
        token = submission.token if claim is None or claim.token is None else claim.token
        return find(self._look.jobs, _ticket(submission, claim), token)

    def _asks_accounts(self, job: Job, claim: Claim, watched: _Watched) -> bool:
        """Whether it is known what Slurm's accounts say of a job that its listing has no longer, if there are any."""
        if claim.ticket is None or watched.is_accounted or not self._look.knows_since(watched.since):
            return True
        if watched.sacct is None:
            watched.sacct = Call(accounting_command(claim.ticket))
        if (outcome := watched.sacct.outcome()) is None:
            return False
        found = read_accounts(outcome.text, claim.ticket, slurm_name(job))
        watched.is_accounted = True
        watched.account = found if found is not None and found.has_ended else None
        return True

    def _ended(self, ended: ExitRecord, listed: SlurmJob | None, watched: _Watched) -> Seen:
        """Its node has written how it ended; what is not well done is told once Slurm has said why, too."""
        if ended.exit_code == 0 or ended.error is not None:
            return Seen(is_alive=False, ended=ended)
        self._look.hurry()
        is_known = self._look.asked_at > watched.since and (listed is None or listed.has_ended or listed.waits)
        if not is_known and time.time() - ended.ended < WORD_S:
            return Seen(is_alive=True)
        return Seen(is_alive=False, ended=ended, interruption=why_ended(ended, listed))

    def _not_ended(
        self, job: Job, own: SlurmFiles, listed: SlurmJob | None, claim: Claim | None, watched: _Watched
    ) -> Seen:
        """Its node has not written that it has ended."""
        if not self._look.knows_since(watched.since):
            self._look.hurry()
            return Seen(is_alive=False, is_certain=False)
        if listed is not None and not listed.has_ended and not listed.waits:
            watched.missed_since = None
            return Seen(is_alive=True)
        if listed is not None and listed.waits and claim is None:
            return Seen(is_alive=True, waits=self._look.why_waiting(listed))
        if claim is not None and (
            own.is_locked() or watched.heartbeat.is_heard(job_files(self._workspace, job).gpus)
        ):
            watched.missed_since = None
            return Seen(is_alive=True)  # Slurm has lost it out of sight, or has started it a second time
        return self._missed(own, listed, claim, watched)

    def _missed(self, own: SlurmFiles, listed: SlurmJob | None, claim: Claim | None, watched: _Watched) -> Seen:
        """It is over by Slurm's word, and its node has written nothing; what it wrote may still be on its way."""
        now = time.monotonic()
        watched.missed_since = watched.missed_since or now
        interruption = None if listed is None else listed.interruption
        if claim is not None or interruption is None:
            self._look.hurry()
            if now - watched.missed_since < max(SETTLE_S, 2 * self._disk.seen_after_s):
                return Seen(is_alive=False, is_certain=False)
        if listed is not None and listed.waits:
            says = f"Slurm has put it back into its queue after its node was lost (Slurm {listed.id})"
            interruption = Interruption(InterruptedBy.NODE, says)
        elif listed is None and claim is not None:
            says = (
                f"ended on {claim.node}, and Slurm knows nothing of it any more, as after a crash of its controller"
            )
            interruption = Interruption(InterruptedBy.NODE, says)
        elif claim is not None and interruption is None:
            interruption = Interruption(InterruptedBy.NODE, self._unseen(own, claim))
        elif listed is not None and interruption is None and claim is None:
            said = own.last_words() or f"Slurm says {listed.state} and no more"
            says = f"it could not be started on {listed.nodes or 'its node'}: {said}"
            return Seen(is_alive=False, ended=ExitRecord(CANNOT_START, time.time(), says))
        return Seen(is_alive=False, interruption=interruption)


def _ticket(submission: Submission | None, claim: Claim | None) -> str | None:
    """Slurm's number of the job that has the claim, else of the one that was submitted last."""
    if claim is not None and claim.ticket is not None:
        return claim.ticket
    return None if submission is None else submission.ticket
