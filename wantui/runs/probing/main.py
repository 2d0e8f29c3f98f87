"""The process of a probe: asks checkpoint after checkpoint, and keeps each answer.

    python -m wantui.runs.probing.main --run-folder DIR --gpu JSON

The trainer runs once for each checkpoint. An answer is on the disk before the next checkpoint is asked, and who has
answered is passed over, so that a retry goes on where the job ended. As soon as another job waits for a GPU, the
process ends with `wantui.runs.giving_way.GIVES_WAY`, and its hook puts it back into the queue.
"""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.formatting import plain_plural
from wantui.jobs.model import JobKind
from wantui.jobs.shown import shown_argv
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.runs.counted_output import counted_line
from wantui.runs.free_port import free_port
from wantui.runs.giving_way import give_way, run_command, run_process
from wantui.runs.hook_context import gpu_from_text
from wantui.runs.kept_settings import settings_of_job
from wantui.runs.memory_choice import choice_of, choose
from wantui.runs.probing.order import OpenProbe, ProbeOrder
from wantui.runs.probing.results import HELD_OUT, TRAINING, ItemLoss, Probed, stamp_of
from wantui.trainer.catalogue import trainer
from wantui.trainer.memory_plans import AUTO
from wantui.trainer.model import Expert, TrainerError
from wantui.trainer.probes import ProbeTask, losses_by_item, read_batches

if TYPE_CHECKING:
    from wantui.gpus.model import Gpu
    from wantui.jobs.model import Job
    from wantui.runs.probing.checkpoints import Checkpoint
    from wantui.trainer.model import RunSettings
    from wantui.trainer.protocol import Trainer


class Prober:
    """Asks the checkpoints of one run on one GPU."""

    def __init__(
        self, workspace: Workspace, probe: OpenProbe, folder: Path, gpu: Gpu | None, job: Job | None = None
    ) -> None:
        """Take an order; `job` is whose attempt this is, None where memory is spent as in the training."""
        self._workspace = workspace
        self._job = job
        self._probe = probe
        self._folder = folder
        self._gpu = gpu
        self._store = RunStore(workspace)

    def run(self) -> None:
        """Ask every checkpoint that has not answered.

        Raises:
            WantuiError: something cannot be asked, or read.
            GivesWayError: another job waits for a GPU.
            OSError: answers cannot be kept.
        """
        dataset = self._probe.question.make_dataset(self._probe.look, self._folder / "set")
        left = self._probe.left(self._workspace)
        asked, begun = 0, time.monotonic()
        items, draws = len(self._probe.question.items), self._probe.question.draws
        _say(
            f"{plain_plural(len(left), 'checkpoint')} to ask about {plain_plural(items, 'item')}, {draws} times each"
        )
        while left:
            give_way(self._store)
            probed = self._ask(left[0], dataset)
            self._probe.results.keep(probed)
            asked += 1
            left = self._probe.left(self._workspace)  # the run may have saved another one
            _say("\n" + counted_line(asked, asked + len(left), time.monotonic() - begun, _in_words(probed)))

    def _ask(self, checkpoint: Checkpoint, dataset: Path) -> Probed:
        question = self._probe.question
        work = self._folder / "asked"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        task = ProbeTask(checkpoint.path, dataset, question.draws, question.seed, work)
        settings, stamp = self._settings(checkpoint.job, Expert(checkpoint.expert)), stamp_of(checkpoint.path)
        tool = trainer(settings.trainer_kind)
        self._train(tool, settings, Expert(checkpoint.expert), task)
        found = self._by_item(losses_by_item(read_batches(task.batches), _losses(tool, task)))
        shutil.rmtree(work, ignore_errors=True)
        return Probed(
            expert=checkpoint.expert,
            epoch=checkpoint.epoch,
            question=question.digest,
            checkpoint=str(checkpoint.path),
            stamp=stamp,
            asked=time.time(),
            items=tuple(ItemLoss(key, question.sets[key], tuple(losses)) for key, losses in found.items()),
            average=checkpoint.average,
        )

    def _settings(self, job: Job, expert: Expert) -> RunSettings:
        """Those of the training, with the memory level that it was found to need, or one that takes less."""
        settings = settings_of_job(self._probe.run, job)
        known = choice_of(self._workspace, job) if settings.memory == AUTO else None
        if settings.memory != AUTO or self._job is None or self._gpu is None:
            return settings if known is None else replace(settings, memory=known.name)
        plan = next(
            each for each in trainer(settings.trainer_kind).ways(settings, (self._gpu,)) if each.expert is expert
        )
        own = next((each for each in plan.options if known is not None and each.name == known.name), plan.chosen)
        same = tuple(each for each in plan.options if each.weights == own.weights)  # whose losses can be compared
        choice = choose(self._workspace, self._job, replace(plan, chosen=own, options=same))
        return replace(settings, memory=choice.name)

    def _train(self, tool: Trainer, settings: RunSettings, expert: Expert, task: ProbeTask) -> None:
        command = tool.probe_command(settings, expert, self._gpu, free_port(), task)
        _say(f"\n$ {shlex.join(shown_argv(command.argv))}")
        code = run_command(command, self._store)
        if code != 0:
            raise TrainerError(f"{task.checkpoint}: the trainer ended with exit code {code}")

    def _by_item(self, losses: dict[str, list[float]]) -> dict[str, list[float]]:
        """The losses of each item, by its key; in the order of the dataset, and clips of one item together."""
        known = self._probe.question.caches
        found: dict[str, list[float]] = {key: [] for key in known.values()}
        for file, drawn in losses.items():
            path = Path(file)
            name = f"{path.parent.name}/{path.name}"
            if name not in known:
                raise TrainerError(f"{file}: the trainer took something that it was not asked about")
            found[known[name]] += drawn
        if silent := [key for key, drawn in found.items() if not drawn]:
            raise TrainerError(f"{silent[0]}: the trainer has not taken this item; `wantui check` may say why")
        return found


def _losses(tool: Trainer, task: ProbeTask) -> list[float | None]:
    """The loss of each step, in order.

    Raises:
        TrainerError: there is none.
    """
    files = tool.event_files(task.events)
    told = {step.step: step.loss for file, _ in files for step in tool.event_reader(file).read()}
    if not told:
        missing = "the trainer has written no event file: its Python needs tensorboard (`pip install tensorboard`)"
        raise TrainerError(missing)
    return [told.get(step) for step in range(1, max(told) + 1)]


def _in_words(probed: Probed) -> str:
    """``high epoch 40: held-out 0.0795 ± 0.0031``, or ``high ema-10-40: ...``."""
    said = ", ".join(f"{which} {words}" for which in (HELD_OUT, TRAINING) if (words := probed.in_words(which)))
    return f"{probed.expert} {probed.average or f'epoch {probed.epoch}'}: {said}"


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def probe(folder: Path, gpu: str | None) -> None:
    """Do what the run in the folder is for; see `Prober.run`."""
    workspace = Workspace(folder.parents[2])
    run = RunStore(workspace).get(int(folder.name))
    order = ProbeOrder.from_document(run.settings)
    try:
        device = None if gpu is None else gpu_from_text(gpu)
        Prober(workspace, OpenProbe.of(workspace, order), folder, device, run.job(JobKind.PROBE)).run()
    finally:
        for name in ("set", "asked"):
            shutil.rmtree(folder / name, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(run_process("wantui.runs.probing.main", probe, "not asked"))
