"""Proves the whole chain on this machine: caches and a few steps of both experts, with the real trainer in miniature.

It is a training run like any other, planned, supervised and gated as runs are, in a workspace of its own: the
trainer's checkout, interpreter, environment and flags are those of the configuration; dataset and weights are made
for it, and its models are tiny (`wantui.trainer.musubi.miniature`). It runs on a GPU where there is one, else on the
CPU.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from wantui import config as configuration
from wantui.doctor.devices import read_gpus
from wantui.errors import MachineError
from wantui.jobs.model import JobState, RunKind
from wantui.jobs.store import RunStore, job_files
from wantui.paths import Workspace
from wantui.runs.plan import plan_run, start
from wantui.runs.request import RunRequest
from wantui.supervisor import client
from wantui.trainer.musubi import miniature
from wantui.trainer.musubi.checkout import absolute
from wantui.trainer.musubi.commands import PATH_FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.config import Config
    from wantui.jobs.model import Job

SIZES = ((96, 96), (128, 96), (96, 128), (160, 90))
"""Of the pictures, in pixels: three buckets."""
EPOCHS = 2
"""Four steps each: an optimizer that fails does so at its second."""
WEIGHTS_PATIENCE_S = 180.0
PATIENCE_S = 900.0
"""For the whole run. Two minutes are usual on two CPU cores; a GPU may have to be waited for."""
LOOK_EVERY_S = 0.2
END_PATIENCE_S = 20.0
"""For the end of what was stopped; the real trainer is gone within 1.2 s of a SIGTERM (observed)."""
LAST_LINES = 12

_DATASET = """\
[general]
resolution = [64, 64]
caption_extension = ".txt"
batch_size = 1
enable_bucket = true

[[datasets]]
image_directory = "images"
cache_directory = "cache"
"""


class SmokeError(MachineError):
    """The chain cannot even begin; the message says what is missing and how to fix it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One link of the chain, once it has ended."""

    name: str
    """``weights``, ``latents``, ``text``, ``high`` or ``low``."""
    seconds: float
    trouble: str | None = None
    """Why it failed; None: it did not."""
    log: tuple[str, ...] = ()
    """The last lines of its log where it failed."""


def where(workspace: Workspace, config: Config) -> str:
    """On what the miniature runs: a GPU by its name, or the CPU."""
    readings, _ = read_gpus(workspace, config)
    return readings[0].name if readings else "the CPU"


def smoke(workspace: Workspace, config: Config) -> Iterator[Stage]:
    """Run the miniature and tell each stage as it ends; everything it made is removed again.

    Raises:
        SmokeError: there is no trainer to try, or the run cannot start.
    """
    if config.trainer.kind != "musubi":
        raise SmokeError('there is no real trainer to try: kind = "rehearsal" in [trainer]; `wantui demo` rehearses')
    with _workspace() as miniature_workspace:
        folder = miniature_workspace.root
        _make_dataset(folder / "dataset")
        has_gpu = bool(read_gpus(workspace, config)[0])
        _write_settings(folder / "wantui.toml", config, has_gpu=has_gpu)
        begun = time.monotonic()
        trouble = _make_weights(config, folder / "weights")
        yield Stage("weights", time.monotonic() - begun, trouble[0] if trouble else None, tuple(trouble[1:]))
        if not trouble:
            yield from _train(miniature_workspace, _in_miniature(config, folder))


def _train(workspace: Workspace, config: Config) -> Iterator[Stage]:
    plan = plan_run(workspace, config, RunRequest(RunKind.TRAIN))
    if plan.errors:
        first = plan.errors[0]
        raise SmokeError(f"{first.path}: {first.message}; {first.fix}")
    run = start(workspace, plan).number
    store, told = RunStore(workspace), set[str]()
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for job in store.get(run).jobs:
            if job.state.has_ended and job.id not in told:
                told.add(job.id)
                if job.state is not JobState.CANCELLED:
                    yield _stage(workspace, job)
        if store.get(run).has_ended:
            return
        time.sleep(LOOK_EVERY_S)
    for job in store.get(run).jobs:
        if not job.state.has_ended:
            trouble = job.reason or f"it did not end within {PATIENCE_S / 60:.0f} minutes"
            yield Stage(str(job.kind), PATIENCE_S, trouble, _last_lines(workspace, job))
            return


def _stage(workspace: Workspace, job: Job) -> Stage:
    seconds = (job.ended or 0) - (job.started or job.ended or 0)
    if job.state.is_good:
        return Stage(str(job.kind), seconds)
    return Stage(str(job.kind), seconds, job.reason or str(job.state), _last_lines(workspace, job))


def _last_lines(workspace: Workspace, job: Job) -> tuple[str, ...]:
    try:
        text = job_files(workspace, job).log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(text.replace("\r", "\n").splitlines()[-LAST_LINES:])


@contextmanager
def _workspace() -> Iterator[Workspace]:
    """A workspace that is gone afterwards, with everything that ran in it."""
    folder = Path(tempfile.mkdtemp(prefix="wantui-smoke-")).resolve()
    workspace = Workspace(folder)
    try:
        yield workspace
    finally:
        if workspace.runs.exists():
            _end_everything(workspace)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(workspace.runtime, ignore_errors=True)


def _end_everything(workspace: Workspace) -> None:
    """Stop what runs, and wait for its end: a shim whose workspace is gone would begin it again."""
    store = RunStore(workspace)
    for run in store.runs():
        if not run.has_ended:
            client.stop(workspace, str(run.number))
    deadline = time.monotonic() + END_PATIENCE_S
    while not all(run.has_ended for run in store.runs()) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
    client.shut_down(workspace)


def _make_dataset(folder: Path) -> None:
    images = folder / "images"
    images.mkdir(parents=True)
    for at, (width, height) in enumerate(SIZES):
        picture = Image.new("RGB", (width, height), (40 * at, 90, 160))
        ImageDraw.Draw(picture).ellipse(
            (width // 4, height // 4, 3 * width // 4, 3 * height // 4), fill=(250, 200, 90)
        )
        picture.save(images / f"disc_{at}.png")
        (images / f"disc_{at}.txt").write_text(f"a disc on a plain ground, number {at}\n", encoding="utf-8")
    (folder / "dataset.toml").write_text(_DATASET, encoding="utf-8")


def _write_settings(file: Path, config: Config, *, has_gpu: bool) -> None:
    """What the supervisor of the miniature reads: which GPUs, and that nothing is watched."""
    provider = config.gpus.provider if has_gpu else "simulated"
    lines = ["[gpus]", f'provider = "{provider}"', f"free_below_mib = {config.gpus.free_below_mib}"]
    if has_gpu and config.gpus.use is not None:
        lines.append(f"use = {list(config.gpus.use)}")
    if not has_gpu:
        lines.append(f"simulated = {max(1, (os.cpu_count() or 1) // 2)}")
    file.write_text("\n".join([*lines, "[watch]", "enabled = false", ""]), encoding="utf-8")


def _make_weights(config: Config, folder: Path) -> list[str]:
    """Write the tiny weights; answers with why that failed, and the last lines that were said."""
    python, root = absolute(config.trainer.python), absolute(config.trainer.root)
    argv = [str(python), str(miniature.MAKE_WEIGHTS), str(root), str(folder), config.run.task]
    try:
        done = subprocess.run(
            argv, env={**os.environ, **_environment(config)}, capture_output=True, text=True, errors="replace",
            timeout=WEIGHTS_PATIENCE_S, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return [f"the trainer's interpreter did not end within {WEIGHTS_PATIENCE_S:.0f} s"]
    except OSError as error:
        return [f"{python} cannot be started: {error.strerror}; run `wantui setup`"]
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        return [f"the trainer cannot be imported: {lines[-1]}; see `wantui doctor`", *lines[-LAST_LINES:]]
    return []


def _environment(config: Config) -> dict[str, str]:
    inherited = config.trainer.env.get("PYTHONPATH") or os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(miniature.FOLDER), *([inherited] if inherited else [])])
    return {**config.trainer.env, "PYTHONPATH": path}


def _in_miniature(config: Config, folder: Path) -> Config:
    """The configuration with tiny models and a tiny dataset; the trainer and its flags stay as they are."""
    weights: dict[str, Any] = miniature.weight_files(folder / "weights", config.run.task)
    own = configuration.load(Workspace(folder))
    return replace(
        config,
        trainer=replace(config.trainer, env=_environment(config)),
        models=replace(config.models, **weights),
        run=replace(
            config.run, dataset=folder / "dataset" / "dataset.toml", suffix="smoke", experts="both", epochs=EPOCHS,
            save_every=EPOCHS, output_directory=folder / "output",
        ),
        training=replace(
            config.training, flags=_without_paths(config.training.flags), high=_without_paths(config.training.high),
            low=_without_paths(config.training.low),
        ),
        gpus=own.gpus,
        watch=own.watch,
    )  # fmt: skip


def _without_paths(flags: dict[str, configuration.FlagValue]) -> dict[str, configuration.FlagValue]:
    """Flags that name weights or states of the real size are left out."""
    return {name: value for name, value in flags.items() if name not in PATH_FLAGS}
