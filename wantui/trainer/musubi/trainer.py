"""kohya-ss/musubi-tuner behind wantui's seam."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wantui.trainer.musubi import commands, observer, saved_files
from wantui.trainer.musubi.attempt_tasks import attempt_task, collector, epochs_of, kept_by_state
from wantui.trainer.musubi.checkout import absolute
from wantui.trainer.musubi.failures import explain_exit
from wantui.trainer.musubi.output import MusubiOutput
from wantui.trainer.musubi.output_files import existing_outputs, outputs
from wantui.trainer.musubi.version import commit_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wantui.dataset.model import MediaRules, Problem
    from wantui.gpus.model import Gpu
    from wantui.trainer.attempts import AttemptPlace, AttemptTask, StartPoint
    from wantui.trainer.averages import AverageTask
    from wantui.trainer.memory_plans import MemoryPlan
    from wantui.trainer.model import ExistingOutputs, ExitReason, Expert, Outputs, RunSettings, TrainerCommand
    from wantui.trainer.musubi.tokens import TokenizerProcess
    from wantui.trainer.probes import ProbeTask
    from wantui.trainer.protocol import CurveReader, EventFileReader, OutputReader, StepReader
    from wantui.trainer.samples import SampleTask


class MusubiTrainer:
    """The trainer that the workflow uses, in a checkout and an environment of its own."""

    kind = "musubi"
    observer: Path | None = observer.FOLDER
    """Of the items in each batch; None: the scripts tell that themselves."""

    def launcher(
        self, settings: RunSettings, expert: Expert | None = None, port: int | None = None
    ) -> commands.Launcher:
        """What starts the scripts; expert and port are for training."""
        return commands.musubi_launcher(settings, expert, port)

    def problems(self, settings: RunSettings) -> list[Problem]:
        """What keeps the checkout from running these settings."""
        from wantui.trainer.musubi.preflight import problems  # noqa: PLC0415  not where a job has ended

        return problems(settings)

    def latents_command(self, settings: RunSettings, gpu: Gpu | None, *, skip_existing: bool) -> TrainerCommand:
        """Encode the media."""
        return commands.latents_command(settings, self.launcher(settings), gpu, skip_existing=skip_existing)

    def text_command(self, settings: RunSettings, gpu: Gpu | None, *, skip_existing: bool) -> TrainerCommand:
        """Encode the captions."""
        return commands.text_command(settings, self.launcher(settings), gpu, skip_existing=skip_existing)

    def training_command(
        self,
        settings: RunSettings,
        expert: Expert,
        gpu: Gpu | None,
        port: int | None,
        task: AttemptTask | None = None,
    ) -> TrainerCommand:
        """Train one expert."""
        return commands.training_command(settings, self.launcher(settings, expert, port), expert, gpu, task)

    def probe_command(
        self, settings: RunSettings, expert: Expert, gpu: Gpu | None, port: int | None, task: ProbeTask
    ) -> TrainerCommand:
        """By the training script, watched from outside."""
        from wantui.trainer.musubi.probing import probe_command  # noqa: PLC0415  only probes need it

        launcher = self.launcher(settings, expert, port)
        if self.observer is not None:
            launcher = replace(launcher, python_path=(self.observer, *launcher.python_path))
        return probe_command(settings, launcher, expert, gpu, task)

    def sample_command(self, settings: RunSettings, gpu: Gpu | None, task: SampleTask) -> TrainerCommand:
        """By the script that makes videos."""
        from wantui.trainer.musubi.sampling import sample_command  # noqa: PLC0415  only samples need it

        return sample_command(settings, self.launcher(settings), gpu, task)

    def sample_memory(self, settings: RunSettings, gpu: Gpu, task: SampleTask) -> MemoryPlan:
        """By the levels of training."""
        from wantui.trainer.musubi.sampling import sample_memory  # noqa: PLC0415  as above

        return sample_memory(settings, gpu, task)

    def average_command(self, settings: RunSettings, task: AverageTask) -> TrainerCommand:
        """By the script for a post-hoc EMA."""
        from wantui.trainer.musubi.averaging import average_command  # noqa: PLC0415  only averages need it

        return average_command(settings, self.launcher(settings), task)

    def made_files(self, task: SampleTask) -> tuple[tuple[Path, ...], ...]:
        """By their names, which tell the time."""
        from wantui.trainer.musubi.sampling import made_files  # noqa: PLC0415  as above

        return made_files(task)

    def training_flags(self, settings: RunSettings, expert: Expert) -> dict[str, Any]:
        """The workflow's, with the user's on top."""
        return commands.training_flags(settings, expert, None)

    def epochs(self, settings: RunSettings, expert: Expert) -> int | None:
        """By the flags of the training script."""
        return epochs_of(settings, expert)

    def attempt_task(
        self, settings: RunSettings, expert: Expert, place: AttemptPlace, start: StartPoint
    ) -> AttemptTask:
        """By the flags of the training script."""
        return attempt_task(settings, expert, place, start)

    def learning_rate(self, settings: RunSettings, expert: Expert, steps: int) -> Callable[[int], float] | None:
        """By the schedules of the training script."""
        return commands.learning_rate(settings, expert, steps)

    def kept_by_state(self, flag: str) -> str | None:
        """By what accelerate keeps in a state."""
        return kept_by_state(flag)

    def collector(self, task_file: Path) -> tuple[str, ...]:
        """A process of wantui's own."""
        return collector(task_file)

    def collect_left(self, task: AttemptTask) -> None:
        """As the collector does at its end."""
        from wantui.trainer.musubi.attempt_files import AttemptFiles  # noqa: PLC0415  only hooks need it

        left = AttemptFiles(task)
        left.collect()
        left.give_up_rest()

    def state_problem(self, folder: Path, owner: str) -> str | None:
        """By what accelerate writes."""
        if saved_files.owner_of(folder) != owner:
            return "it was saved by another training"
        try:
            return saved_files.state_problem(folder)
        except OSError as error:
            return error.strerror or str(error)

    def counts_on(self, state: Path) -> bool:
        """By a file that newer trainers write."""
        return saved_files.has_own_counters(state)

    def ways(self, settings: RunSettings, gpus: tuple[Gpu, ...]) -> tuple[MemoryPlan, ...]:
        """By the ladder of presets."""
        from wantui.trainer.musubi.memory_plan import ways  # noqa: PLC0415  only a plan needs it

        return ways(settings, gpus)

    def device_problems(self, settings: RunSettings, gpus: tuple[Gpu, ...]) -> list[Problem]:
        """By what is known of GPUs, and by the estimate."""
        from wantui.trainer.musubi.device_checks import device_problems  # noqa: PLC0415  only a plan needs it

        return device_problems(settings, gpus)

    def output_reader(self, kind: str) -> OutputReader:
        """Of steps, epochs, loss, files and failures."""
        return MusubiOutput(kind)

    def curve_reader(self) -> CurveReader:
        """Of ``avr_loss``."""
        from wantui.trainer.musubi.curve import MusubiCurve  # noqa: PLC0415  only the screen draws curves

        return MusubiCurve()

    def step_reader(self, epoch: int | None = None) -> StepReader:
        """Of the progress bar."""
        from wantui.trainer.musubi.steps import MusubiSteps  # noqa: PLC0415  only the recorder reads steps

        return MusubiSteps(epoch)

    def event_folder(self, argv: tuple[str, ...]) -> Path | None:
        """By ``--logging_dir``."""
        from wantui.trainer.musubi.event_files import event_folder  # noqa: PLC0415  as above

        return event_folder(argv)

    def event_files(self, folder: Path) -> tuple[tuple[Path, int], ...]:
        """Those of TensorBoard."""
        from wantui.trainer.musubi.event_files import event_files  # noqa: PLC0415  as above

        return event_files(folder)

    def event_reader(self, file: Path, offset: int = 0) -> EventFileReader:
        """Of TensorBoard's files."""
        from wantui.trainer.musubi.event_files import MusubiEvents  # noqa: PLC0415  as above

        return MusubiEvents(file, offset)

    def absolute_lines(self, task: AttemptTask) -> Callable[[str], str]:
        """Of epochs, steps, the training's bar, and saved files."""
        from wantui.trainer.musubi.absolute_lines import MusubiLines  # noqa: PLC0415  only logs need it

        return MusubiLines(task).absolute

    def explain_exit(self, exit_code: int, cause: str | None) -> ExitReason:
        """By the signal, or by what it printed."""
        return explain_exit(exit_code, cause)

    def media_rules(self, root: Path) -> MediaRules:
        """Read from the source of the checkout at `root`."""
        from wantui.trainer.musubi.media_source import media_rules  # noqa: PLC0415  clips and controls alone need it

        return media_rules(absolute(root))

    def version(self, settings: RunSettings) -> str:
        """``musubi-tuner COMMIT``."""
        return f"musubi-tuner {commit_of(settings.trainer_root) or 'of an unknown commit'}"

    def token_counter(self, python: Path, env: dict[str, str]) -> TokenizerProcess | None:
        """A process of the trainer's interpreter."""
        from wantui.trainer.musubi.tokens import TokenizerProcess  # noqa: PLC0415  only editing needs it

        return TokenizerProcess(absolute(python), env)

    def outputs(self, settings: RunSettings, expert: Expert) -> Outputs:
        """What a training with these settings leaves behind."""
        return outputs(settings, expert)

    def existing_outputs(self, settings: RunSettings, expert: Expert) -> ExistingOutputs:
        """What trainings under the expert's names have left so far."""
        return existing_outputs(settings, expert)
