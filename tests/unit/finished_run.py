"""A training that has ended, as it lies on the disk: records and LoRA files, without a process."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.trainer.settings import run_settings
from wantui.caches.content import write_compact
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.store import RunStore, job_files
from wantui.paths import Workspace
from wantui.runs.kept_settings import KeptSettings
from wantui.runs.training_set import TrainingSet
from wantui.trainer.attempts import Saved, SavedFile, SavedKind
from wantui.trainer.model import Expert
from wantui.trainer.rehearsal.tensors import Tensor, model_hash, save, tensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

EPOCHS = (2, 4, 6)
CAPTIONS = [f"ohwx style, a picture of number {number}" for number in range(6)]


def lora(
    path: Path, dtype: str = "F16", *, seed: int = 0, more: Mapping[str, Tensor] | None = None
) -> dict[str, Tensor]:
    """Write a LoRA file of two modules and `more`, with a trainer's metadata; its tensors."""
    drawn = random.Random(seed)
    tensors = {}
    for module in ("lora_unet_blocks_0_self_attn_q", "lora_unet_blocks_1_ffn_0"):
        tensors[f"{module}.alpha"] = tensor(4.0, (), dtype)
        for part, shape in (("down", (4, 16)), ("up", (16, 4))):
            numbers = [drawn.gauss(0, 0.01) for _ in range(64)]
            tensors[f"{module}.lora_{part}.weight"] = tensor(numbers, shape, dtype)
    tensors |= more or {}
    metadata = {"ss_network_dim": "4", "sshs_model_hash": model_hash(tensors), "sshs_legacy_hash": "0123abcd"}
    path.parent.mkdir(parents=True, exist_ok=True)
    save(path, tensors, metadata)
    return tensors


def finished_run(
    folder: Path,
    *,
    dtype: str = "F16",
    experts: Sequence[Expert] = tuple(Expert),
    epochs: Sequence[int] = EPOCHS,
    trainer_kind: str = "musubi",
) -> Workspace:
    """A workspace with run 1: both experts trained, a checkpoint of each of the epochs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "wantui.toml").write_text("")
    workspace = Workspace(folder)
    workspace.create_state()
    workspace.runtime.mkdir(parents=True, exist_ok=True)
    store = RunStore(workspace)
    number = store.create_folder()
    settings = run_settings(
        trainer_kind=trainer_kind,
        experts=tuple(experts),
        suffix="toy",
        author="Ann O'Nym",
        epochs=max(epochs),
        output_directory=folder / "output",
        training={"learning_rate": 2e-4, "network_dim": 4, "wandb_api_key": "hush", "logging_dir": "/private/logs"},
    )
    jobs = []
    for expert in experts:
        spec = JobSpec(JobKind(expert.value), ("true",), folder, {})
        job = Job(f"{number}.{expert}", number, spec, JobState.SUCCEEDED, 1.0, ended=2.0, exit_code=0)
        files = []
        for epoch in epochs:
            path = folder / "output" / f"{settings.output_name(expert)}-{epoch:06d}.safetensors"
            lora(path, dtype, seed=epoch + 100 * (expert is Expert.LOW))
            files.append(SavedFile(path, SavedKind.LORA, epoch, epoch * 6, 1))
        Saved(tuple(files)).write(job_files(workspace, job).saved)
        jobs.append(job)
    run = Run(number, RunKind.TRAIN, 1.0, KeptSettings(settings).to_document(), tuple(jobs))
    store.write(run)
    write_compact(TrainingSet.of(workspace, run).items, [_item(number, each) for number, each in enumerate(CAPTIONS)])
    return workspace


def _item(number: int, caption: str) -> dict[str, object]:
    known = {"name": f"n{number}", "subset": 0, "media": f"/set/n{number}.png", "media_hash": f"{number:04d}"}
    return known | {"caption": caption, "width": 64, "height": 64, "bucket": [64, 64], "latents": [], "text": "t"}
