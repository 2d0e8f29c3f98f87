"""Cache runs as the supervisor makes them, without a supervisor: hook, script, hook."""

from __future__ import annotations

import importlib
import io
import os
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol
from unittest.mock import patch

from tests.recaching.place import Content, Place
from wantui.caches.model import CacheStep
from wantui.gpus.model import Gpu
from wantui.jobs.hook import Decision, HookResult
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.paths import Workspace
from wantui.runs.dataset_report import DatasetReport, look_at
from wantui.runs.hook_context import HookContext
from wantui.runs.hooks import caching
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert, RunSettings, Task, TrainerCommand

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GPU = Gpu(0, "GPU-0", "simulated")


class Execute(Protocol):
    """Runs a cache script to its end; why it failed, or None."""

    def __call__(self, command: TrainerCommand) -> str | None: ...


def in_this_process(command: TrainerCommand) -> str | None:
    """Run a script of the rehearsal without the price of a process; an exception is its failure."""
    name, *arguments = command.argv[command.argv.index("-m") + 1 :]
    script = importlib.import_module(name)
    quiet = {"WANTUI_REHEARSAL_STEP_S": "0"}
    with patch.dict(os.environ, quiet), redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()):
        script.main(arguments)
    return None


def in_a_process(command: TrainerCommand) -> str | None:
    """Run a script as it is run in earnest."""
    done = subprocess.run(
        command.argv,
        cwd=command.cwd,
        env={**os.environ, **command.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    return None if done.returncode == 0 else done.stdout.decode(errors="replace")[-2000:]


@dataclass(frozen=True)
class Changes:
    """What a cache run did to the cache files, each by ``section/name``."""

    encoded: frozenset[str]
    removed: frozenset[str]
    started: tuple[CacheStep, ...]
    """The steps whose script ran."""


@dataclass
class Bench:
    """A workspace with a dataset, and a trainer to encode it."""

    root: Path
    settings: RunSettings
    execute: Execute = in_this_process
    place: Place = field(init=False)
    references: int = 0
    asks_first: bool = True
    """Whether the hook is asked without a GPU before, as the supervisor does."""

    def __post_init__(self) -> None:
        self.place = Place(self.root / "data")
        self.settings = replace(self.settings, dataset=self.place.file)
        self.workspace = Workspace(self.root)
        self.workspace.create_state()

    def look(self) -> DatasetReport:
        return look_at(self.workspace, self.settings)

    def case(self, step: CacheStep, *, gpu: Gpu | None = GPU, force: bool = False) -> HookContext:
        kind = JobKind(step.value)
        job = Job(f"1.{kind}", 1, JobSpec(kind, (), self.root), JobState.STARTING, 0.0)
        return HookContext(self.workspace, Run(1, RunKind.CACHE, 0.0, {}, (job,)), job, self.settings, force, gpu)

    def cache(self, *, force: bool = False) -> Changes:
        """A whole cache run, which has to succeed."""
        before = self.place.files()
        started = tuple(step for step in CacheStep if self.encode(step, force=force).decision is Decision.GO)
        after = self.place.files()
        encoded = {name for name, written in after.items() if before.get(name) != written}
        return Changes(frozenset(encoded), frozenset(before.keys() - after.keys()), started)

    def encode(self, step: CacheStep, *, force: bool = False) -> HookResult:
        """One job of a cache run, which has to succeed; GO: its script ran."""
        verdict = self.prepare(step, force=force)
        if verdict.decision is Decision.SKIP:
            return verdict
        assert verdict.decision is Decision.GO, verdict.reason
        failure = self.execute(TrainerCommand(verdict.argv, self.place.folder, verdict.env))
        ended = caching.verify(self.case(step, force=force), step, failure)
        assert ended.decision is Decision.GO, ended.reason
        return verdict

    def prepare(self, step: CacheStep, *, force: bool = False) -> HookResult:
        """What the hook says before the job has a GPU, and then with one."""
        if self.asks_first:
            first = caching.prepare(self.case(step, gpu=None, force=force), step)
            if first.decision is not Decision.GO:
                return first
        return caching.prepare(self.case(step, force=force), step)

    def reference(self) -> dict[str, Content]:
        """What encoding everything afresh in another folder comes to."""
        self.references += 1
        file = self.place.copy_sources(self.root / f"fresh-{self.references}")
        settings, tool = replace(self.settings, dataset=file), trainer(self.settings.trainer_kind)
        for make in (tool.latents_command, tool.text_command):
            failure = self.execute(make(settings, GPU, skip_existing=False))
            assert failure is None, failure
        return Place(file.parent).contents()

    def assert_current(self) -> None:
        """Every item is current, and nothing else is there."""
        look = self.look()
        wrong = {str(each.path): each.why for each in look.caches.verdicts if each.state != "current"}
        assert wrong == {}
        assert not list(self.place.folder.glob("*/cache/.wantui-trash"))


def assert_same(ours: Mapping[str, Content], fresh: Mapping[str, Content]) -> None:
    """`ours` has every tensor of `fresh`, bit for bit; it may have image-to-video's as well."""
    assert ours.keys() == fresh.keys()
    for name, content in fresh.items():
        kept = {each: ours[name].tensors[each] for each in content.tensors}
        more = ours[name].tensors.keys() - content.tensors.keys()
        assert kept == content.tensors, name
        assert all(each.startswith("latents_image_") for each in more), name
        assert ours[name].metadata == content.metadata, name


def rehearsal_settings(root: Path) -> RunSettings:
    """The rehearsal with weights that are files like any other."""
    root.mkdir(parents=True, exist_ok=True)
    models = {key: root / f"{key}.safetensors" for key in ("t5", "vae")}
    for key, path in models.items():
        path.write_text(key)
    return RunSettings(
        trainer_kind="rehearsal",
        trainer_root=root,
        trainer_python=root,
        trainer_env={},
        models=models,
        dataset=root,
        task=Task.T2V,
        experts=tuple(Expert),
        suffix="a",
        author="",
        epochs=1,
        save_every=1,
        output_directory=root / "output",
    )


def corrupt(path: Path) -> None:
    """Cut a file in the middle."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
