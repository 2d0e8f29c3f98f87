"""The process of a sample job beside others, and while files change under it; the trainer is a function."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from wantui import locks
from wantui.errors import WantuiError
from wantui.gpus.model import Gpu
from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.store import RunStore, job_files, run_folder
from wantui.paths import Workspace
from wantui.runs.hooks import sampling
from wantui.runs.probing.checkpoints import Checkpoint
from wantui.runs.sampling import main
from wantui.runs.sampling.main import Sampler
from wantui.runs.sampling.order import OpenSampling, SampleOrder, WantedPicture
from wantui.runs.sampling.pairs import Pair
from wantui.runs.sampling.pictures import Pictures, name_of
from wantui.trainer.memory_plans import MemoryPlan, Option
from wantui.trainer.model import TrainerError
from wantui.trainer.prompts import Prompt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wantui.trainer.samples import SampleTask

PROMPTS = (Prompt("a cat"), Prompt("a dog"))
EPOCHS = (2, 4)


class Order:
    """An `OpenSampling` of a run with two pairs of LoRA files."""

    def __init__(self, workspace: Workspace) -> None:
        self.folder = workspace.root
        self.pictures = Pictures(workspace, 1)
        self.order = SampleOrder(1, PROMPTS)
        self.settings = SimpleNamespace(trainer_kind="rehearsal")

    def lora(self, epoch: int) -> Path:
        return self.folder / f"{epoch}.safetensors"

    def left(self, _: Workspace) -> tuple[WantedPicture, ...]:
        found = []
        for epoch in EPOCHS:
            checkpoint = Checkpoint(cast("Job", None), epoch, None, self.lora(epoch))
            digest = self.pictures.digest(checkpoint.path)
            for prompt in PROMPTS:
                name = name_of(prompt, Pair(epoch, epoch), digest, digest)
                found.append(WantedPicture(name, checkpoint, checkpoint, prompt))
        return tuple(each for each in found if not self.pictures.has(each.name))


class Trainer:
    """Writes a picture for each prompt."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str]] = []
        self.during: Callable[[SampleTask], object] = lambda _: None
        self.plan = options_of(40)

    def sample_memory(self, *_: object) -> MemoryPlan:
        return self.plan

    def sample_command(self, *given: object) -> SimpleNamespace:
        return SimpleNamespace(argv=("python",), task=given[-1])

    def run(self, command: SimpleNamespace, _: object) -> int:
        task: SampleTask = command.task
        task.made.mkdir()
        for number, prompt in enumerate(task.prompts):
            self.made.append((task.high.stem, prompt.text))
            (task.made / f"{number}.png").write_bytes(task.high.read_bytes())
        self.during(task)
        return 0

    def made_files(self, task: SampleTask) -> tuple[tuple[Path, ...], ...]:
        return tuple((each,) for each in sorted(task.made.iterdir()))


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    made = Trainer()
    monkeypatch.setattr(main, "trainer", lambda _: made)
    monkeypatch.setattr(main, "run_command", made.run)
    monkeypatch.setattr(main, "expected_s", lambda *_: None)
    return made


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    made = Workspace(tmp_path / "w")
    made.root.mkdir()
    made.create_state()
    return made


@pytest.fixture
def order(workspace: Workspace) -> Order:
    (workspace.runs / "1").mkdir()
    made = Order(workspace)
    for epoch in EPOCHS:
        made.lora(epoch).write_bytes(b"%d" % epoch)
    return made


def sampler(workspace: Workspace, order: Order, number: int, *, pause: Callable[[], None] = lambda: None) -> Sampler:
    folder = workspace.runs / str(number)
    folder.mkdir(exist_ok=True)
    return Sampler(workspace, cast("OpenSampling", order), folder, None, pause=pause)


def test_two_jobs_at_once_make_each_picture_once(workspace: Workspace, order: Order, tool: Trainer) -> None:
    """The other one begins while the first is at its first pair, and looks twice at the pair that is being made."""
    looked: list[int] = []

    def begin_another(task: SampleTask) -> None:
        tool.during = lambda _: None

        class LeftError(Exception):
            """It would wait for the first pair now."""

        def pause() -> None:
            looked.append(1)
            if len(looked) > 1:
                raise LeftError

        with pytest.raises(LeftError):
            sampler(workspace, order, 3, pause=pause).run()
        assert task.made.is_dir()

    tool.during = begin_another
    sampler(workspace, order, 2).run()
    assert sorted(tool.made) == [("2", "a cat"), ("2", "a dog"), ("4", "a cat"), ("4", "a dog")]
    assert [len(each.frames) for each in order.pictures.all()] == [1] * 4
    assert len(looked) == 2


def test_a_job_waits_for_pairs_that_another_one_is_at(workspace: Workspace, order: Order, tool: Trainer) -> None:
    held = [locks.take(workspace.runtime / f"samples-1-{epoch}-{epoch}.lock", patience_s=0.0) for epoch in EPOCHS]
    waited: list[int] = []

    def pause() -> None:
        assert not tool.made
        waited.append(1)
        for descriptor in held:
            os.close(descriptor)

    sampler(workspace, order, 2, pause=pause).run()
    assert waited == [1]
    assert len(tool.made) == 4


@pytest.mark.parametrize("what", ["replaced", "removed"])
def test_a_lora_file_that_changes_meanwhile_has_made_nothing(
    workspace: Workspace, order: Order, tool: Trainer, what: str
) -> None:
    def change(task: SampleTask) -> None:
        task.high.unlink()
        if what == "replaced":
            task.high.write_bytes(b"of another run")

    tool.during = change
    with pytest.raises(WantuiError, match="was replaced while" if what == "replaced" else "No such file"):
        sampler(workspace, order, 2).run()
    assert order.pictures.all() == ()


def test_an_image_that_changes_meanwhile_has_made_nothing(
    workspace: Workspace, order: Order, tool: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = workspace.root / "first.png"
    image.write_bytes(b"one")
    monkeypatch.setattr(f"{__name__}.PROMPTS", (replace(PROMPTS[0], image=image),))
    tool.during = lambda _: image.write_bytes(b"other")
    with pytest.raises(TrainerError, match="an image was replaced"):
        sampler(workspace, order, 2).run()
    assert order.pictures.all() == ()


GPU = Gpu(0, "GPU-0", "a GPU", memory_total_mib=48 * 1024)


def options_of(*sizes: int) -> MemoryPlan:
    """A plan with options ``way48``, ``way32``, ... that take so many GiB; the first is chosen."""
    options = tuple(Option(f"way{size}", "", size * 1024, 0, 0) for size in sizes)
    return MemoryPlan(None, GPU, options[0], "", options)


def attempt_at(workspace: Workspace, order: Order, tool: Trainer, number: int) -> HookResult | None:
    """One attempt at the sample job 2.sample on a GPU; what its hook says where it fails, None where it does not."""
    job = Job("2.sample", 2, JobSpec(JobKind.SAMPLE, ("x",), workspace.root), JobState.RUNNING, 1.0, attempt=number)
    folder = run_folder(workspace, 2)
    folder.mkdir(exist_ok=True)
    high = Job("1.high", 1, JobSpec(JobKind.HIGH, ("x",), workspace.root), JobState.SUCCEEDED, 1.0)
    trained = Run(1, RunKind.TRAIN, 1.0, {}, (high,))
    for run in (trained, Run(2, RunKind.SAMPLE, 1.0, order.order.to_document(), (job,))):
        RunStore(workspace).write(run)
    try:
        Sampler(workspace, cast("OpenSampling", order), folder, GPU, job=job).run()
    except TrainerError:
        with job_files(workspace, job).log.open("a") as log:
            log.write("Traceback (most recent call last):\n")
            log.write("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB.\n")
        options = Namespace(run_folder=folder, question="verify", exit_code=1, stopped=False)
        return sampling.answer(options)
    return None


def test_a_job_that_runs_out_of_gpu_memory_goes_on_with_less_and_makes_nothing_again(
    workspace: Workspace, order: Order, tool: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool.plan = options_of(40, 20, 30, 10)  # 30 takes more than 20, which has failed by then
    tried: list[str | None] = []

    def runs(command: SimpleNamespace, _: object) -> int:
        tried.append(command.task.memory)
        enough = command.task.high.stem == "2" or command.task.memory == "way10"
        return tool.run(command, _) if enough else 1

    monkeypatch.setattr(main, "run_command", runs)
    first, second = (attempt_at(workspace, order, tool, number) for number in (1, 2))
    assert first == HookResult(Decision.AGAIN, "out of GPU memory with way40; again with way20", cause="GPU memory")
    assert second == HookResult(Decision.AGAIN, "out of GPU memory with way20; again with way10", cause="GPU memory")
    assert attempt_at(workspace, order, tool, 3) is None
    assert tried == ["way40", "way40", "way20", "way10"]
    assert sorted(tool.made) == [("2", "a cat"), ("2", "a dog"), ("4", "a cat"), ("4", "a dog")]


def test_a_job_that_nothing_leaner_is_left_for_fails(
    workspace: Workspace, order: Order, tool: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool.plan = options_of(40, 10)
    monkeypatch.setattr(main, "run_command", lambda *_: 1)
    _, last = (attempt_at(workspace, order, tool, number) for number in (1, 2))
    assert last is not None
    assert last.decision is Decision.FAIL
    assert (
        last.reason
        == "the GPU ran out of memory with way10 too, and nothing takes less; what was made before is kept"
    )
