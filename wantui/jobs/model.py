"""The values of the job room: a run, its jobs and their states."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from wantui.errors import WantuiError

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.jobs.process import ProcessIdentity


HELD = "held: "
"""Begins the reason of a queued job whose run this user has not started on this machine: see `wantui.jobs.trust`."""
HELD_BY_HAND = "held by hand: "
"""Begins the reason of a queued job whose run a person holds: see `Run.held`."""


class JobError(WantuiError):
    """A job or run that cannot be found, read or changed; the message says which, why and what to do."""


class RunKind(StrEnum):
    """What a run is for."""

    TRAIN = "train"
    CACHE = "cache"
    CAPTION = "caption"
    """Proposes captions; its one job is called the same."""
    SETUP = "setup"
    """Installs the trainer; its jobs are the steps that were not done."""
    PROBE = "probe"
    """Asks the checkpoints of another run for their loss; its one job is called the same."""
    SAMPLE = "sample"
    """Makes pictures by pairs of checkpoints of another run; its one job is called the same."""
    EMA = "ema"
    """Averages checkpoints of another run; its one job is called the same."""
    AFTER = "after"
    """Uploads the release of another run, and runs a command of the person's; its one job is called the same."""


class JobKind(StrEnum):
    """What a job does; also the second half of its name."""

    LATENTS = "latents"
    TEXT = "text"
    HIGH = "high"
    LOW = "low"
    CAPTION = "caption"
    TRAINER = "trainer"
    """Fetches the trainer's source."""
    ENVIRONMENT = "environment"
    """Makes its Python environment."""
    TOKENIZER = "tokenizer"
    """Fetches what the text step cuts captions with."""
    WEIGHTS = "weights"
    """Loads the weight files."""
    PROBE = "probe"
    """Asks checkpoints for their loss."""
    SAMPLE = "sample"
    """Makes pictures by pairs of checkpoints."""
    EMA = "ema"
    """Averages checkpoints."""
    AFTER = "after"
    """What is done once another run has ended."""


SETUP_KINDS = frozenset({JobKind.TRAINER, JobKind.ENVIRONMENT, JobKind.TOKENIZER, JobKind.WEIGHTS})
"""The jobs of a setup."""


CACHE_KINDS = (JobKind.LATENTS, JobKind.TEXT)
"""The jobs that encode, in the order in which they run."""

EXPERT_KINDS = (JobKind.HIGH, JobKind.LOW)
"""The jobs that train, in the order in which they are listed."""


class JobState(StrEnum):
    """Where a job stands; ``docs/architecture.md`` draws the transitions."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    """Ended because a person wanted that, and can go on from where it was."""
    LOST = "lost"
    """Ended while nobody could see how."""
    SKIPPED = "skipped"
    """There was nothing to do."""

    @property
    def is_active(self) -> bool:
        """Whether a process of the job may be alive."""
        return self in (JobState.STARTING, JobState.RUNNING)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self not in (JobState.QUEUED, JobState.STARTING, JobState.RUNNING)

    @property
    def is_good(self) -> bool:
        """Whether what the job is for has been done."""
        return self in (JobState.SUCCEEDED, JobState.SKIPPED)


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What a client asks the supervisor to run as one job. The supervisor takes every command as it is."""

    kind: JobKind
    argv: tuple[str, ...]
    """The command line as planned; `prepare` may answer with the final one."""
    cwd: Path
    env: dict[str, str] = field(default_factory=dict)
    """Set on top of the supervisor's own environment."""
    needs: tuple[JobKind, ...] = ()
    """Jobs of the same run that must be good before this one starts."""
    reads: tuple[Path, ...] = ()
    """Cache folders that the job reads: many readers or one writer."""
    writes: tuple[Path, ...] = ()
    """Cache folders that the job writes."""
    wants_gpu: bool = True
    prepare: tuple[str, ...] | None = None
    """Asked before the start; answers with a `wantui.jobs.hook.HookResult`."""
    verify: tuple[str, ...] | None = None
    """Asked after the end, whatever the exit code; answers likewise."""
    may_skip: bool = False
    """Whether `prepare` may find that there is nothing to do: then it is asked before a GPU is waited for."""
    comes_last: bool = False
    """Whether it starts only on a GPU that no other job is waiting for."""
    gpus: tuple[int, ...] | None = None
    """Numbers of the GPUs that it may run on; None: on any."""

    @property
    def commands(self) -> tuple[tuple[str, ...], ...]:
        """Every command that is executed for the job, in order."""
        return tuple(command for command in (self.prepare, self.argv, self.verify) if command is not None)


class InterruptedBy(StrEnum):
    """What ended a job from outside, where a scheduler says so."""

    CANCELLED = "cancelled"
    """A person, past wantui."""
    TIME_LIMIT = "time limit"
    PREEMPTED = "preempted"
    """Another job was more urgent."""
    NODE = "node"
    """The machine that it ran on failed or was taken away."""
    MEMORY = "memory"
    """It took more of the machine's memory than it had asked for."""


@dataclass(frozen=True, slots=True)
class Interruption:
    """The end of a job from outside."""

    by: InterruptedBy
    says: str
    """A sentence."""


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """An attempt at a job that has ended."""

    number: int
    """From 1."""
    started: float | None
    ended: float | None
    exit_code: int | None
    reason: str | None
    """Why it ended, as a sentence."""
    cause: str | None = None
    """Where it was retried automatically: what for, in a word or two that are the same for the same cause."""


@dataclass(frozen=True, slots=True)
class Job:
    """One trainer process, with its children, from the queue to its end."""

    id: str
    """``RUN.KIND``: ``7.high``."""
    run: int
    spec: JobSpec
    state: JobState
    queued: float
    """Seconds since 1970, as every time here."""
    reason: str | None = None
    """A sentence: what a queued job waits for, why it failed, was skipped or got lost."""
    gpu: int | None = None
    gpu_uuid: str | None = None
    attempt: int = 1
    """Counts the starts: a retry is another attempt, with a log of its own."""
    pid: int | None = None
    """Process id, and process group, of the trainer."""
    shim: ProcessIdentity | None = None
    """The small process of wantui's own that started the trainer and writes down how it ends."""
    argv: tuple[str, ...] = ()
    """What was started, or what is planned while the job is queued."""
    env: dict[str, str] = field(default_factory=dict)
    """What wantui set on top of its own environment."""
    started: float | None = None
    ended: float | None = None
    exit_code: int | None = None
    """As the shell counts: a process that died of signal N has -N."""
    stopping: bool = False
    """Whether somebody asked for its end."""
    detached: bool = False
    """Whether it reads its caches elsewhere than in the folders of its specification."""
    replaces: bool = False
    """Whether a person has said, for this attempt, that files which exist under its names may be replaced."""
    launcher: tuple[str, ...] = ()
    """What was put before `argv` when it was started: a program of wantui's own that starts it."""
    changes: dict[str, Any] = field(default_factory=dict)
    """How this job differs from the settings of its run; the pipeline alone looks inside."""
    end_after: int | None = None
    """A person wants it to end by itself after this epoch; None: at its end."""
    not_before: float | None = None
    """When it may start; None: as soon as it can."""
    past: tuple[PastAttempt, ...] = ()
    """The attempts before this one, oldest first."""
    node: str | None = None
    """The machine that it runs or ran on, where a scheduler has chosen it."""
    ticket: str | None = None
    """What the scheduler calls it: Slurm's number of the job."""
    interruption: Interruption | None = None
    """What ended it from outside."""

    @property
    def kind(self) -> JobKind:
        """What the job does."""
        return self.spec.kind

    @property
    def is_held(self) -> bool:
        """Whether it waits until a person releases its run."""
        return not self.state.has_ended and self.reason is not None and self.reason.startswith(HELD)

    @property
    def is_held_by_hand(self) -> bool:
        """Whether it waits since a person holds its run."""
        return self.state is JobState.QUEUED and self.reason is not None and self.reason.startswith(HELD_BY_HAND)

    @property
    def is_handed_over(self) -> bool:
        """Whether a scheduler has it, and lets it wait: it is active, and no process of it has begun."""
        return self.state is JobState.STARTING and self.started is None

    @property
    def reads(self) -> tuple[Path, ...]:
        """The cache folders that it reads."""
        return () if self.detached else self.spec.reads

    def moved(self, state: JobState, **changes: Any) -> Job:
        """This job in another state, with other fields changed on the way."""
        return replace(self, state=state, **changes)


@dataclass(frozen=True, slots=True)
class Run:
    """One request, with its jobs in the order in which they depend on each other."""

    number: int
    kind: RunKind
    created: float
    settings: dict[str, Any]
    """What the pipeline needs to plan the jobs again; nobody else looks inside."""
    jobs: tuple[Job, ...]
    order: float | None = None
    """Where it stands in the queue, the least first; None: by its number."""
    held: bool = False
    """Whether a person holds it: jobs that run go on, and no other starts."""
    after: tuple[int, ...] = ()
    """Numbers of the runs that must have ended, well or not, before its first job starts."""

    @property
    def place(self) -> tuple[float, int]:
        """What the queue is sorted by."""
        return float(self.number) if self.order is None else self.order, self.number

    @property
    def has_begun(self) -> bool:
        """Whether one of its jobs has come out of the queue."""
        return any(job.state.is_active or job.state.is_good or job.started is not None for job in self.jobs)

    @property
    def has_ended(self) -> bool:
        """Whether every job has ended."""
        return all(job.state.has_ended for job in self.jobs)

    @property
    def is_good(self) -> bool:
        """Whether every job did what it is for."""
        return all(job.state.is_good for job in self.jobs)

    def job(self, kind: JobKind) -> Job | None:
        """The job of that kind, where the run has one."""
        return next((job for job in self.jobs if job.kind is kind), None)

    def with_job(self, changed: Job) -> Run:
        """This run with one job replaced."""
        return replace(self, jobs=tuple(changed if job.id == changed.id else job for job in self.jobs))
