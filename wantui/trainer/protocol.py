"""The seam: what wantui asks of a trainer, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import MediaRules, Problem
    from wantui.gpus.model import Gpu
    from wantui.trainer.memory_plans import Way


class TrainerError(Exception):
    """A trainer that cannot be used; the message says what is missing and how to mend it."""


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
    preset: str = "workflow"
    """How memory is spent: ``workflow``, ``auto``, or the name of a rung of the trainer's ladder."""
    logging_directory: Path | None = None
    """Where TensorBoard event files go; None: none are written."""
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

    @property
    def at_once(self) -> int:
        """Experts that share the machine."""
        count = len(self.experts)
        return max(1, count if self.most_at_once is None else min(count, self.most_at_once))

    def output_name(self, expert: Expert) -> str:
        """``WAN2.2-HighNoise_<suffix>`` or ``WAN2.2-LowNoise_<suffix>``, as the workflow names them."""
        return f"WAN2.2-{expert.value.capitalize()}Noise_{self.suffix}"


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, ready to run."""

    argv: tuple[str, ...]
    cwd: Path
    env: dict[str, str] = field(default_factory=dict)
    """Set on top of the environment."""


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
class Outputs:
    """What one expert leaves behind."""

    checkpoints: tuple[Path, ...]
    """LoRA files in the order in which they are written, without those that are removed again."""
    states: tuple[Path, ...]
    """Folders to resume from."""
    checkpoint_bytes: int
    """Of one LoRA file, to about a hundredth; 0 where that is not known."""
    state_bytes: int

    @property
    def size(self) -> int:
        """Bytes of everything."""
        return len(self.checkpoints) * self.checkpoint_bytes + len(self.states) * self.state_bytes


@dataclass(frozen=True, slots=True)
class ExistingOutputs:
    """What there is already under the names of one expert."""

    files: tuple[Path, ...] = ()
    """LoRA files and state folders: a training of these names writes over them."""
    samples: tuple[Path, ...] = ()
    """Sample pictures and clips: their names have the second in which they were made, so they are added to."""


class OutputReader(Protocol):
    """Turns a job's output into progress, chunk by chunk."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes; they may end anywhere, even within a character."""
        ...

    @property
    def progress(self) -> Progress:
        """What is known now."""
        ...


class TokenCounter(Protocol):
    """Counts tokens as the trainer's text encoder does."""

    def count(self, text: str) -> int | None:
        """How many a caption has, the one at its end included; None where that cannot be known. It may block."""
        ...

    def close(self) -> None:
        """Let go of processes."""
        ...


class Trainer(Protocol):
    """A trainer of WAN2.2 LoRAs."""

    kind: str

    def problems(self, settings: RunSettings) -> list[Problem]:
        """What keeps this trainer from running these settings: missing scripts, weights, folders."""
        ...

    def latents_command(self, settings: RunSettings, gpu: Gpu | None, *, skip_existing: bool) -> Command:
        """Encode the media."""
        ...

    def text_command(self, settings: RunSettings, gpu: Gpu | None, *, skip_existing: bool) -> Command:
        """Encode the captions."""
        ...

    def training_command(self, settings: RunSettings, expert: Expert, gpu: Gpu | None, port: int | None) -> Command:
        """Train one expert.

        Args:
            settings: the run's.
            expert: which one.
            gpu: the device assigned; None while planning.
            port: for the launcher's rendezvous, unused on this machine; None while planning.
        """
        ...

    def ways(self, settings: RunSettings, gpus: tuple[Gpu, ...]) -> tuple[Way, ...]:
        """How each expert would spend memory on each device, expert by expert."""
        ...

    def device_problems(self, settings: RunSettings, gpus: tuple[Gpu, ...]) -> list[Problem]:
        """What the devices are known to do badly with these settings."""
        ...

    def media_rules(self, root: Path) -> MediaRules:
        """What the trainer at `root` does with media where versions differ."""
        ...

    def version(self, settings: RunSettings) -> str:
        """The trainer and its commit, for the record of a run."""
        ...

    def token_counter(self, python: Path, env: dict[str, str]) -> TokenCounter | None:
        """What counts tokens in the environment of that interpreter; None where the trainer has no tokenizer."""
        ...

    def outputs(self, settings: RunSettings, expert: Expert) -> Outputs:
        """What a training with these settings leaves behind."""
        ...

    def existing_outputs(self, settings: RunSettings, expert: Expert) -> ExistingOutputs:
        """What trainings under the expert's names have left so far.

        Raises:
            OSError: the output folder is there and cannot be listed.
        """
        ...
