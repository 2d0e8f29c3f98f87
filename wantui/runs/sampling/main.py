"""The process of a sample job: makes picture after picture, and moves each to its place.

    python -m wantui.runs.sampling.main --run-folder DIR --gpu JSON

The trainer runs once for each group of prompts of a pair (`wantui.trainer.samples.batches`). What is there is passed
over, so that a retry goes on where the job ended. As soon as another job waits for a GPU, the process ends with
`wantui.runs.giving_way.GIVES_WAY`, and its hook puts it back into the queue. Several sample jobs on one machine each
make pictures of another pair.
"""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from wantui import atomic, locks
from wantui.formatting import plain_plural, rough_duration
from wantui.jobs.model import JobKind
from wantui.jobs.shown import shown_argv
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.runs.counted_output import counted_line
from wantui.runs.giving_way import LOOK_S, give_way, run_command, run_process
from wantui.runs.hook_context import gpu_from_text
from wantui.runs.memory_choice import choose
from wantui.runs.sampling.order import OpenSampling, SampleOrder, expected_s
from wantui.runs.sampling.pictures import name_of
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import TrainerError
from wantui.trainer.samples import SampleTask, batches

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wantui.gpus.model import Gpu
    from wantui.jobs.model import Job
    from wantui.runs.sampling.order import WantedPicture
    from wantui.runs.sampling.pairs import Pair

WORK = "making"
"""Folder, beside the job's log, for what the trainer writes."""


class Sampler:
    """Makes the pictures of one order on one GPU."""

    def __init__(
        self,
        workspace: Workspace,
        sampling: OpenSampling,
        folder: Path,
        gpu: Gpu | None,
        *,
        job: Job | None = None,
        pause: Callable[[], None] = lambda: time.sleep(LOOK_S),
    ) -> None:
        """Take an order.

        Args:
            workspace: where.
            sampling: the order.
            folder: of the sample job's run.
            gpu: the device assigned.
            job: whose attempt this is; None: how memory is spent is left to the trainer.
            pause: waits before another look at pairs that other jobs are at.
        """
        self._pause = pause
        self._job = job
        self._workspace = workspace
        self._sampling = sampling
        self._work = folder / WORK
        self._gpu = gpu
        self._store = RunStore(workspace)
        self._begun = time.monotonic()
        self._made = 0

    def run(self) -> None:
        """Make what is not there.

        Raises:
            WantuiError: something cannot be made, or read.
            GivesWayError: another job waits for a GPU.
            OSError: pictures cannot be kept.
        """
        left = self._sampling.left(self._workspace)
        expected = expected_s(self._workspace, self._sampling, left)
        about = "" if expected is None else f", {rough_duration(expected)}"
        _say(f"{plain_plural(len(left), 'picture')} to make{about}")
        while left:
            give_way(self._store)
            if not self._make_some(left):
                self._pause()
            left = self._sampling.left(self._workspace)  # the run may have saved another checkpoint

    def _make_some(self, left: Sequence[WantedPicture]) -> bool:
        """Make pictures of the first pair that no other job is at; False: others are at all of them."""
        for pair in dict.fromkeys(each.pair for each in left):
            with ExitStack() as stack:
                try:
                    stack.enter_context(locks.held(self._lock(pair), patience_s=0.0))
                except locks.LockedError:
                    continue
                still = [each for each in self._sampling.left(self._workspace) if each.pair == pair]
                if still:
                    self._make(_next_group(still), len(left))
                return True
        return False

    def _lock(self, pair: Pair) -> Path:
        return self._workspace.runtime / f"samples-{self._sampling.order.run}-{pair.high}-{pair.low}.lock"

    def _make(self, group: Sequence[WantedPicture], left: int) -> None:
        """Make a group; a picture that this does not bring about is an error, so that nobody waits for ever."""
        shutil.rmtree(self._work, ignore_errors=True)
        self._work.mkdir()
        prompts = tuple(each.prompt for each in group)
        task = SampleTask(group[0].high.path, group[0].low.path, prompts, self._work)
        if len(prompts) > 1:
            atomic.write_text(task.prompt_file, "".join(f"{prompt.line()}\n" for prompt in prompts))
        settings = self._sampling.settings
        tool = trainer(settings.trainer_kind)
        if self._job is not None and self._gpu is not None:
            way = tool.sample_memory(settings, self._gpu, task)
            task = replace(task, memory=choose(self._workspace, self._job, way).name)
        command = tool.sample_command(settings, self._gpu, task)
        _say(f"\n$ {shlex.join(shown_argv(command.argv))}")
        begun = time.monotonic()
        code = run_command(command, self._store)
        if code != 0:
            raise TrainerError(f"{group[0].pair}: the trainer ended with exit code {code}")
        took, work = time.monotonic() - begun, sum(prompt.work for prompt in prompts)
        _say("")
        self._require_unchanged(group)
        for each, frames in zip(group, tool.made_files(task), strict=True):
            if len(frames) != each.prompt.frames:
                wanted = plain_plural(each.prompt.frames, "frame")
                raise TrainerError(f"{each.prompt.text}: {wanted} wanted, and the trainer has made {len(frames)}")
            seconds = took * each.prompt.work / work
            self._sampling.pictures.keep(
                each.name, each.pair, each.prompt, frames, seconds=seconds, trainer=settings.trainer_kind
            )
            self._made += 1
            elapsed = time.monotonic() - self._begun
            left -= 1
            _say(counted_line(self._made, self._made + left, elapsed, f"{each.pair}: {each.prompt.text}"))
        shutil.rmtree(self._work, ignore_errors=True)

    def _require_unchanged(self, group: Sequence[WantedPicture]) -> None:
        """See that pictures are of what their names say.

        Raises:
            TrainerError: a LoRA file or an image is another one than before the trainer was started.
            OSError: one is gone.
        """
        digests = [self._sampling.pictures.digest(each.path) for each in (group[0].high, group[0].low)]
        for each in group:
            if name_of(each.prompt, each.pair, *digests) != each.name:
                raise TrainerError(
                    f"{each.pair}: a LoRA file or an image was replaced while pictures were made of it, so they are "
                    f"not kept; `wantui sample {self._sampling.order.run}` makes them anew"
                )


def _next_group(left: Sequence[WantedPicture]) -> list[WantedPicture]:
    """What is made next, at once: of the first pair."""
    first = left[0]
    same = [each for each in left if (each.high, each.low) == (first.high, first.low)]
    chosen = batches(tuple(each.prompt for each in same))[0]
    return [next(each for each in same if each.prompt == prompt) for prompt in chosen]


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def sample(folder: Path, gpu: str | None) -> None:
    """Do what the run in the folder is for; see `Sampler.run`."""
    workspace = Workspace(folder.parents[2])
    run = RunStore(workspace).get(int(folder.name))
    order = SampleOrder.from_document(run.settings)
    try:
        sampling = OpenSampling.of(workspace, order)
        device = None if gpu is None else gpu_from_text(gpu)
        Sampler(workspace, sampling, folder, device, job=run.job(JobKind.SAMPLE)).run()
    finally:
        shutil.rmtree(folder / WORK, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(run_process("wantui.runs.sampling.main", sample, "not made"))
