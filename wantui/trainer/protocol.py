"""The seam: what wantui asks of a trainer, whichever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wantui.dataset.model import MediaRules, Problem
    from wantui.gpus.model import Gpu
    from wantui.trainer.attempts import AttemptPlace, AttemptTask, StartPoint
    from wantui.trainer.averages import AverageTask
    from wantui.trainer.memory_plans import MemoryPlan
    from wantui.trainer.model import (
        ExistingOutputs,
        ExitReason,
        Expert,
        Outputs,
        Progress,
        RunSettings,
        StepTold,
        TrainerCommand,
    )
    from wantui.trainer.probes import ProbeTask
    from wantui.trainer.samples import SampleTask


class OutputReader(Protocol):
    """Turns a job's output into progress, chunk by chunk."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes; they may end anywhere, even within a character."""
        ...

    @property
    def progress(self) -> Progress:
        """What is known now."""
        ...


class CurveReader(Protocol):
    """Turns a training's output into the points of its loss curve, chunk by chunk."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes; they may end anywhere."""
        ...

    def points(self) -> tuple[tuple[int, float], ...]:
        """Step and average loss, ascending by step; where there are very many, every second, fourth, ... of them."""
        ...


class StepReader(Protocol):
    """Turns a training's output into its steps, each told once it is in the output."""

    epoch: int | None
    """The last one told of; a reader that begins in the middle of a log is given it."""

    def feed(self, data: bytes) -> tuple[StepTold, ...]:
        """The steps that the next bytes tell of, ascending; they may end anywhere."""
        ...

    @property
    def held_back(self) -> int:
        """How many of the last bytes may be the beginning of more: reading that is taken up later begins there."""
        ...


class EventFileReader(Protocol):
    """Reads a file of figures that a training writes beside its log, as it grows."""

    offset: int
    """Where whole records end that have been read."""

    def read(self) -> tuple[StepTold, ...]:
        """The steps that it tells of since the last look, ascending.

        Raises:
            OSError: it cannot be read.
        """
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

    def latents_command(self, settings: RunSettings, gpu: Gpu | None, *, skip_existing: bool) -> TrainerCommand:
        """Encode the media."""
        ...

    def text_command(self, settings: RunSettings, gpu: Gpu | None, *, skip_existing: bool) -> TrainerCommand:
        """Encode the captions."""
        ...

    def training_command(
        self,
        settings: RunSettings,
        expert: Expert,
        gpu: Gpu | None,
        port: int | None,
        task: AttemptTask | None = None,
    ) -> TrainerCommand:
        """Train one expert.

        Args:
            settings: the run's.
            expert: which one.
            gpu: the device assigned; None while planning.
            port: for the launcher's rendezvous, unused on this machine; None while planning.
            task: the attempt, which decides where it writes and what it goes on from; None while planning.
        """
        ...

    def probe_command(
        self, settings: RunSettings, expert: Expert, gpu: Gpu | None, port: int | None, task: ProbeTask
    ) -> TrainerCommand:
        """Ask one checkpoint of an expert for its loss; arguments as with `training_command`."""
        ...

    def sample_command(self, settings: RunSettings, gpu: Gpu | None, task: SampleTask) -> TrainerCommand:
        """Make pictures or clips by both experts together, each with a checkpoint.

        Raises:
            TrainerError: they cannot be made with these settings.
        """
        ...

    def sample_memory(self, settings: RunSettings, gpu: Gpu, task: SampleTask) -> MemoryPlan:
        """How both experts would share a device, and how else they could: together, or one after the other."""
        ...

    def average_command(self, settings: RunSettings, task: AverageTask) -> TrainerCommand:
        """Average checkpoints of one training, without a GPU.

        Raises:
            TrainerError: it has no script for that.
        """
        ...

    def made_files(self, task: SampleTask) -> tuple[tuple[Path, ...], ...]:
        """The frames that have been made of each prompt, in the order of the prompts.

        Raises:
            TrainerError: there are not as many as there are prompts.
            OSError: the disk cannot be read.
        """
        ...

    def training_flags(self, settings: RunSettings, expert: Expert) -> dict[str, Any]:
        """The flags of an expert's training by name: the workflow's, with what the user has set on top.

        What depends on the GPU is as far as it is known without one.
        """
        ...

    def epochs(self, settings: RunSettings, expert: Expert) -> int | None:
        """Epochs in all; None where steps are counted: told to go on, the trainer would do all of them once more."""
        ...

    def attempt_task(
        self, settings: RunSettings, expert: Expert, place: AttemptPlace, start: StartPoint
    ) -> AttemptTask:
        """What the collector of an attempt has to know."""
        ...

    def learning_rate(self, settings: RunSettings, expert: Expert, steps: int) -> Callable[[int], float] | None:
        """The learning rate at each step, from 0, of a training of so many steps; None where it is not known."""
        ...

    def kept_by_state(self, flag: str) -> str | None:
        """Why a flag cannot be given another value when a training goes on from a state; None: it can."""
        ...

    def collector(self, task_file: Path) -> tuple[str, ...]:
        """The command that starts a training, and moves what it saves to its place: put before the training's own."""
        ...

    def collect_left(self, task: AttemptTask) -> None:
        """Move what an attempt whose processes are all gone has saved to its place, and remove its folder.

        Raises:
            OSError: the disk refuses something.
        """
        ...

    def state_problem(self, folder: Path, owner: str) -> str | None:
        """What is wrong with a state, as a clause; None: it is whole, and its owner can go on from it."""
        ...

    def counts_on(self, state: Path) -> bool:
        """Whether the trainer itself counts on from a state, and does not begin at epoch 1 again."""
        ...

    def ways(self, settings: RunSettings, gpus: tuple[Gpu, ...]) -> tuple[MemoryPlan, ...]:
        """How each expert would spend memory on each device, expert by expert."""
        ...

    def device_problems(self, settings: RunSettings, gpus: tuple[Gpu, ...]) -> list[Problem]:
        """What the devices are known to do badly with these settings."""
        ...

    def output_reader(self, kind: str) -> OutputReader:
        """A fresh reader of what a job of a kind prints: ``latents``, ``text``, ``high`` or ``low``."""
        ...

    def curve_reader(self) -> CurveReader:
        """A fresh reader of a training's loss curve."""
        ...

    def step_reader(self, epoch: int | None = None) -> StepReader:
        """A fresh reader of a training's steps; `epoch` is `StepReader.epoch` where reading is taken up again."""
        ...

    def event_folder(self, argv: tuple[str, ...]) -> Path | None:
        """The folder that a training with this command line writes its event files to; None: it writes none."""
        ...

    def event_files(self, folder: Path) -> tuple[tuple[Path, int], ...]:
        """The event files below a folder, each with the id of the process that writes it; the oldest first."""
        ...

    def event_reader(self, file: Path, offset: int = 0) -> EventFileReader:
        """A reader of an event file from `EventFileReader.offset` on."""
        ...

    def absolute_lines(self, task: AttemptTask) -> Callable[[str], str]:
        """What makes a line of an attempt's log absolute: the trainer prints epochs and steps from 1, and own paths.

        Of the line of a progress bar the last drawing is taken; it leaves a line as it is that has no such numbers.
        """
        ...

    def explain_exit(self, exit_code: int, cause: str | None) -> ExitReason:
        """Why a job ended that did not succeed.

        Args:
            exit_code: as `subprocess` has it: minus the signal's number for a process that a signal ended.
            cause: `wantui.trainer.model.Progress.cause`.
        """
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
