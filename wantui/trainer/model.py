"""The values of the trainer's seam: tasks, experts, what a run's settings are, what it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from wantui.errors import MachineError

if TYPE_CHECKING:
    from pathlib import Path


class TrainerError(MachineError):
    """A trainer that cannot be used; the message says what is missing and how to fix it."""


class Task(StrEnum):
    """The two WAN2.2 14B tasks."""

    T2V = "t2v"
    I2V = "i2v"


class Expert(StrEnum):
    """The two WAN2.2 experts: one works on the noisy end of the schedule, one on the clean end."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Everything that decides a run's command lines; kept with the run, so that a retry is the same run."""

    trainer_kind: str
    """``musubi`` or ``rehearsal``."""
    trainer_root: Path
    trainer_python: Path
    trainer_env: dict[str, str]
    models: dict[str, Path]
    """Weight files by the keys of ``[models]``: ``t5``, ``vae``, ``t2v_high``, ..."""
    dataset: Path
    task: Task
    experts: tuple[Expert, ...]
    suffix: str
    author: str
    epochs: int
    save_every: int
    """Epochs between two checkpoints."""
    output_directory: Path
    keep_states: int = 0
    """Newest states kept for each expert, to resume from; 0: none is written."""
    retries: int = 0
    """How often an expert that crashed is retried automatically."""
    memory: str = "workflow"
    """How memory is spent: ``workflow``, ``auto``, or the name of a level of the trainer's ladder."""
    gpus: tuple[int, ...] | None = None
    """Numbers of the GPUs that its experts may train on; None: any that ``[gpus]`` allows."""
    training: dict[str, Any] = field(default_factory=dict)
    """Flags of the training script: a value, True (bare flag), False (leave it out), or a list of values."""
    training_high: dict[str, Any] = field(default_factory=dict)
    training_low: dict[str, Any] = field(default_factory=dict)
    caching_latents: dict[str, Any] = field(default_factory=dict)
    caching_text: dict[str, Any] = field(default_factory=dict)
    base_directory: Path | None = None
    """What relative paths among the user's flags are relative to: the folder of wantui.toml. None: the dataset's."""

    flag_places: dict[str, str] = field(default_factory=dict, compare=False)
    """Where a flag was given, by section and name as in ``training.high.network_dim``: ``wantui.toml:12``,
    ``presets/NAME.toml:3`` or ``--set``. Known while a run is planned; a run's record does not keep it."""

    most_at_once: int | None = None
    """How many experts may train at the same time, which is no more than there are GPUs; None: all of them."""

    def training_flags(self, expert: Expert) -> dict[str, Any]:
        """``[training]`` with ``[training.high]`` or ``[training.low]`` on top."""
        return self.training | (self.training_high if expert is Expert.HIGH else self.training_low)

    @property
    def at_once(self) -> int:
        """Experts that share the machine."""
        count = len(self.experts)
        return max(1, count if self.most_at_once is None else min(count, self.most_at_once))

    def output_name(self, expert: Expert) -> str:
        """``WAN2.2-HighNoise_<suffix>`` or ``WAN2.2-LowNoise_<suffix>``, as the workflow names them."""
        return f"WAN2.2-{expert.value.capitalize()}Noise_{self.suffix}"


@dataclass(frozen=True, slots=True)
class TrainerCommand:
    """A command line, ready to run."""

    argv: tuple[str, ...]
    cwd: Path
    env: dict[str, str] = field(default_factory=dict)
    """Set on top of the environment."""


if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Progress:
    """What a job's output has told so far. What it has not told is None."""

    phase: str | None = None
    """A few words for a person: ``loading the model``, ``encoding``, ``training``."""
    step: int | None = None
    """Training: optimizer steps done. Caching: items encoded or looked at."""
    steps: int | None = None
    epoch: int | None = None
    """The epoch under way, from 1."""
    epochs: int | None = None
    loss: float | None = None
    """``avr_loss``, the trainer's mean over the last epoch's window."""
    step_s: float | None = None
    """Seconds a step takes."""
    eta_s: float | None = None
    """Seconds until the last step."""
    saved: tuple[Path, ...] = ()
    """Files that the job has written and not removed again, in order."""
    cause: str | None = None
    """Why it fails, as a sentence; None while nothing has gone wrong."""
    warnings: tuple[str, ...] = ()
    """What the trainer said in passing that a person should know, at most a few."""


@dataclass(frozen=True, slots=True)
class StepTold:
    """A training step as a log or an event file tells of it. What it does not tell is None."""

    step: int
    """As the attempt counts, from 1."""
    epoch: int | None = None
    """Likewise."""
    loss: float | None = None
    """Of this step alone; it may be no number."""
    smoothed: float | None = None
    """The mean over the steps of an epoch; it may be no number."""
    learning_rate: float | None = None
    grad_norm: float | None = None
    time: float | None = None
    """Seconds since 1970."""
    elapsed_s: float | None = None
    """Since the first step."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What one expert leaves behind."""

    checkpoints: tuple[Path, ...]
    """LoRA files in the order in which they are written, without those that are removed again."""
    states: tuple[Path, ...]
    """Folders to resume from."""
    checkpoint_bytes: int
    """Of one LoRA file, to about a hundredth; 0 where that is not known."""
    state_bytes: int
    more_states: int = 0
    """States that are there for a moment on top: the oldest goes when the next one is whole."""

    @property
    def size(self) -> int:
        """Bytes of everything, at the moment when there is most."""
        states = len(self.states) + self.more_states
        return len(self.checkpoints) * self.checkpoint_bytes + states * self.state_bytes


@dataclass(frozen=True, slots=True)
class ExistingOutputs:
    """What there is already under the names of one expert."""

    files: tuple[Path, ...] = ()
    """LoRA files and state folders: a training of these names writes over them."""
    samples: tuple[Path, ...] = ()
    """Sample pictures and clips: their names have the second in which they were made, so they are added to."""


GPU_MEMORY = "the GPU ran out of memory"
"""How an `ExitReason` begins that says so."""
GPU_MEMORY_CAUSE = "GPU memory"
"""`wantui.jobs.model.PastAttempt.cause` of an attempt that ended so and was tried again with less."""
MACHINE_MEMORY = "the machine ran out of memory"
"""How the cause of a failure begins that says so."""


@dataclass(frozen=True, slots=True)
class ExitReason:
    """Why a job ended that did not succeed."""

    says: str
    """A sentence without a final stop: what happened, and what to do."""
    is_gpu_memory: bool = False
    """Whether the device's memory did not suffice, so that another try with less of it may go well."""
    is_crash: bool = False
    """Whether the process was ended from outside or with its machine, so that another try may go well."""
