"""Weight files that would end a training late, or spoil it silently, are found from their headers."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.trainer.settings import run_settings
from wantui.caches.header import read_header
from wantui.paths import Workspace
from wantui.trainer.model import Expert, Task
from wantui.trainer.musubi.expert_weights import expert_weight_problems
from wantui.trainer.musubi.weights import named_noise
from wantui.weights.catalogue import WEIGHTS
from wantui.weights.digests import FileIdentity
from wantui.weights.hash_cache import HashCache
from wantui.weights.remote import Remote

if TYPE_CHECKING:
    from wantui.dataset.model import Problem

DIT = "blocks.0.cross_attn.k.weight"
INPUT = "patch_embedding.weight"


def weights(path: Path, channels: int = 16, dtype: str = "F16", more: tuple[str, ...] = (), prefix: str = "") -> Path:
    """A safetensors file of a model's first layer, one block, and tensors of other names."""
    header: dict[str, object] = {}
    tensors = [(DIT, [2, 2], dtype), (INPUT, [1, channels, 1, 2, 2], dtype), *((name, [1], "F32") for name in more)]
    end = 0
    for name, shape, kind in tensors:
        size = {"F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1}[kind]
        for side in shape:
            size *= side
        header[prefix + name] = {"dtype": kind, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(end))
    return path


def found(path: Path, task: Task = Task.T2V, expert: Expert = Expert.HIGH, **changes: object) -> list[Problem]:
    models = {f"{task}_{expert}": path}
    settings = run_settings(**({"task": task, "models": models, "base_directory": path.parent} | changes))
    return list(expert_weight_problems(settings, expert, read_header(path)))


def codes(problems: list[Problem]) -> list[str]:
    return [problem.code for problem in problems]


@pytest.mark.parametrize("prefix", ["", "model.diffusion_model."])
def test_each_task_has_its_own_first_layer(tmp_path: Path, prefix: str) -> None:
    t2v = weights(tmp_path / "t2v.safetensors", 16, prefix=prefix)
    i2v = weights(tmp_path / "i2v.safetensors", 36, prefix=prefix)
    assert found(t2v) == found(i2v, Task.I2V) == []
    (problem,) = found(i2v)
    assert problem.code == "weights-task"
    assert problem.message == "the t2v_high file is a model for i2v: it takes 36 channels, and t2v has 16"
    assert problem.fix == "name the t2v file in t2v_high in [models], or train i2v"
    (problem,) = found(t2v, Task.I2V)
    assert "is a model for t2v:" in problem.message
    (problem,) = found(weights(tmp_path / "fun.safetensors", 48, prefix=prefix))
    assert "a model for something else: it takes 48 channels" in problem.message


@pytest.mark.parametrize("name", ["scaled_fp8", "blocks.0.ffn.0.scale_weight", "blocks.0.ffn.0.weight_scale"])
def test_scaled_weights_cannot_be_loaded(tmp_path: Path, name: str) -> None:
    path = weights(tmp_path / "a.safetensors", dtype="F8_E4M3", more=(name,))
    (problem,) = found(path)
    assert problem.code == "weights-scaled"
    assert "name the fp16 file" in problem.fix
    assert found(weights(tmp_path / "b.safetensors", dtype="F8_E4M3")) == []


def test_a_wrong_precision_of_a_misplaced_file_is_told_too(tmp_path: Path) -> None:
    path = weights(tmp_path / "wan_low_noise.safetensors", 16, dtype="BF16")
    assert codes(found(path)) == ["weights-expert", "weights-precision"]


@pytest.mark.parametrize(
    ("name", "noise"),
    [
        ("wan2.2_t2v_high_noise_14B_fp16.safetensors", "high"),
        ("wan22-LowNoise.safetensors", "low"),
        ("low_noise_model/diffusion_pytorch_model.safetensors", "low"),
        ("low/high.safetensors", "high"),
        ("flowers/highlands.safetensors", None),
        ("merged_high_low.safetensors", None),
        ("plain.safetensors", None),
    ],
)
def test_what_a_name_says(name: str, noise: str | None) -> None:
    assert named_noise(Path("/models") / name) == noise


def test_the_other_experts_name_is_an_error(tmp_path: Path) -> None:
    path = weights(tmp_path / "wan2.2_t2v_low_noise_14B_fp16.safetensors")
    (problem,) = found(path)
    assert problem.code == "weights-expert"
    assert "is the low-noise expert's, as it is named" in problem.message
    assert found(path, expert=Expert.LOW) == []


def test_one_file_for_both_experts(tmp_path: Path) -> None:
    path = weights(tmp_path / "a.safetensors")
    (tmp_path / "b.safetensors").hardlink_to(path)
    models = {"t2v_high": path, "t2v_low": tmp_path / "b.safetensors"}
    (problem,) = found(path, models=models)
    assert problem.message == "t2v_high and t2v_low are the same file"


def test_a_remembered_content_wins_over_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "run"))
    path = weights(tmp_path / "renamed.safetensors")
    named = weights(tmp_path / "wan_low_noise.safetensors", dtype="F16", more=("x",))
    hash_cache = HashCache(Workspace(tmp_path))
    by_key = {weight.key: weight for weight in WEIGHTS}
    for key, file in (("t2v_low", path), ("t2v_high", named)):
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        hash_cache.remember_remote(by_key[key], Remote(file.stat().st_size, sha256, None))
        hash_cache.remember(file, sha256, FileIdentity.of(file))
    (problem,) = found(path)
    assert problem.message == "the t2v_high file is that of t2v_low: its sha256 is"
    assert found(named) == []
    assert found(path, base_directory=None) == []


@pytest.mark.skipif("WANTUI_TEST_MUSUBI_WEIGHTS" not in os.environ, reason="WANTUI_TEST_MUSUBI_WEIGHTS is not set")
@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize("expert", list(Expert))
@pytest.mark.parametrize("precision", ["fp16", "bf16"])
def test_files_that_the_trainer_loads_are_taken(task: Task, expert: Expert, precision: str) -> None:
    folder = Path(os.environ["WANTUI_TEST_MUSUBI_WEIGHTS"])
    path = folder / f"wan2.2_{task}_{expert}_noise_14B_{precision}.safetensors"
    assert found(path, task, expert, training={"mixed_precision": precision}) == []
