"""The command that asks a checkpoint, and the observer of the trainer's batches, without the trainer."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.trainer.settings import run_settings
from wantui.trainer.model import Expert, TrainerCommand
from wantui.trainer.musubi.observer import FOLDER
from wantui.trainer.musubi.trainer import MusubiTrainer
from wantui.trainer.probes import BATCHES_VARIABLE, ProbeTask, read_batches
from wantui.trainer.rehearsal.flags import training_parser
from wantui.trainer.rehearsal.trainer import RehearsalTrainer

TASK = ProbeTask(Path("/out/x-000020.safetensors"), Path("/run/set/dataset.json"), 16, 1, Path("/run/asked"))


def command(tool: MusubiTrainer | None = None, **changed: Any) -> TrainerCommand:
    return (tool or MusubiTrainer()).probe_command(run_settings(**changed), Expert.LOW, None, 1234, TASK)


def values(asked: TrainerCommand) -> dict[str, Any]:
    """The flags as the training script understands them."""
    script = next(at for at, word in enumerate(asked.argv) if "wan_train_network" in word)
    return vars(training_parser().parse_args(asked.argv[script + 1 :]))


def test_nothing_is_trained_saved_uploaded_or_left_to_chance() -> None:
    asked = command(
        keep_states=2,
        base_directory=Path("/w"),
        training={
            "save_state": True, "save_state_on_train_end": True, "sample_prompts": "p.txt", "sample_at_first": True,
            "save_every_n_steps": 5, "huggingface_repo_id": "a/b", "optimizer_type": "prodigy", "lr_warmup_steps": 9,
            "optimizer_args": ["d_coef=2"], "network_dropout": 0.1, "scale_weight_norms": 1, "learning_rate": 1,
            "gradient_accumulation_steps": 4, "max_train_steps": 100, "persistent_data_loader_workers": True,
            "max_data_loader_n_workers": 4, "network_dim": 32, "resume": "somewhere", "log_with": "wandb",
        },
    )  # fmt: skip
    found = values(asked)
    for name in (
        "save_state", "save_state_on_train_end", "sample_prompts", "sample_at_first", "save_every_n_steps", "resume",
        "save_every_n_epochs", "huggingface_repo_id", "optimizer_args", "network_dropout", "scale_weight_norms",
        "persistent_data_loader_workers",
    ):  # fmt: skip
        assert not found[name], name
    assert (found["learning_rate"], found["lr_scheduler"], found["lr_warmup_steps"]) == (1e-20, "constant", 0)
    assert (found["optimizer_type"], found["gradient_accumulation_steps"]) == ("adamw", 1)
    assert (found["max_train_epochs"], found["seed"], found["max_data_loader_n_workers"]) == (16, 1, 0)
    assert (found["network_weights"], found["network_dim"]) == (str(TASK.checkpoint), 32)
    assert found["dataset_config"] == str(TASK.dataset)
    assert (found["output_dir"], found["logging_dir"]) == (str(TASK.folder), str(TASK.events))
    assert (found["log_with"], found["min_timestep"], found["max_timestep"]) == ("tensorboard", 0, 875)
    assert asked.env["PYTHONPATH"].split(os.pathsep)[0] == str(FOLDER)
    assert asked.env[BATCHES_VARIABLE] == str(TASK.batches)


def test_rehearsal_tells_its_batches_itself() -> None:
    asked = command(RehearsalTrainer())
    assert str(FOLDER) not in asked.env["PYTHONPATH"]
    assert asked.env[BATCHES_VARIABLE] == str(TASK.batches)
    assert values(asked)["network_weights"] == str(TASK.checkpoint)


def observer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("an_observer", FOLDER / "sitecustomize.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Manager:
    """As much of ``BucketBatchManager`` as there is to be observed."""

    def __init__(self) -> None:
        names = {"wide": "abc", "tall": "de"}
        self.batch_size = 2
        self.buckets = {
            key: [type("Info", (), {"latent_cache_path": name}) for name in own] for key, own in names.items()
        }
        self.bucket_batch_indices = [("tall", 0), ("wide", 1), ("wide", 0)]

    def __getitem__(self, index: int) -> str:
        return f"batch {index}"


def test_the_observer_writes_the_items_of_each_batch_in_order(tmp_path: Path) -> None:
    module, file = ModuleType("m"), tmp_path / "batches.jsonl"
    own = type("BucketBatchManager", (Manager,), {"__getitem__": Manager.__getitem__})
    module.BucketBatchManager = own  # type: ignore[attr-defined]
    observed = observer()
    observed.observe(module, str(file))
    observed.observe(module, str(file))  # a module that imports it by name has the same class
    assert [own()[at] for at in (2, 0, 1)] == ["batch 2", "batch 0", "batch 1"]
    assert read_batches(file) == [("a", "b"), ("d", "e"), ("c",)]
    observed.observe(ModuleType("other"), str(file))


def test_the_observer_runs_in_front_of_another_sitecustomize(tmp_path: Path) -> None:
    package = tmp_path / "path/musubi_tuner/dataset"
    package.mkdir(parents=True)
    (tmp_path / "path/sitecustomize.py").write_text("import builtins\nbuiltins.other = 'was run too'\n")
    (package / "bucket.py").write_text(
        "class Info:\n    latent_cache_path = 'x'\n"
        "class BucketBatchManager:\n    batch_size = 1\n    bucket_batch_indices = [('b', 0)]\n"
        "    buckets = {'b': [Info]}\n    def __getitem__(self, index):\n        return index\n"
    )
    (package / "image_video_dataset.py").write_text("from musubi_tuner.dataset.bucket import BucketBatchManager\n")
    code = "import musubi_tuner.dataset.image_video_dataset as m; print(other, m.BucketBatchManager()[0])"

    def run(**environment: str) -> str:
        path = os.pathsep.join([str(FOLDER), str(tmp_path / "path")])
        given = {"PATH": os.environ["PATH"], "PYTHONPATH": path, **environment}
        done = subprocess.run([sys.executable, "-c", code], env=given, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    file = tmp_path / "batches.jsonl"
    assert run() == "was run too 0\n"
    assert not file.exists()
    assert run(**{BATCHES_VARIABLE: str(file)}) == "was run too 0\n"
    assert [json.loads(line) for line in file.read_text().splitlines()] == [{"items": ["x"]}]
