"""Run settings for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from wantui.gpus.model import Gpu
from wantui.trainer.model import Expert, RunSettings, Task

MODELS = {
    "t5": Path("/m/models_t5_umt5-xxl-enc-bf16.pth"),
    "vae": Path("/m/wan_2.1_vae.safetensors"),
    "t2v_high": Path("/m/wan2.2_t2v_high_noise_14B_fp16.safetensors"),
    "t2v_low": Path("/m/wan2.2_t2v_low_noise_14B_fp16.safetensors"),
    "i2v_high": Path("/m/wan2.2_i2v_high_noise_14B_fp16.safetensors"),
    "i2v_low": Path("/m/wan2.2_i2v_low_noise_14B_fp16.safetensors"),
}


def run_settings(**changes: Any) -> RunSettings:
    """The workflow's example, with changes."""
    workflow = RunSettings(
        trainer_kind="musubi",
        trainer_root=Path("/t/musubi-tuner"),
        trainer_python=Path("/t/musubi-tuner/venv/bin/python"),
        trainer_env={},
        models=MODELS,
        dataset=Path("/d/dataset.toml"),
        task=Task.T2V,
        experts=(Expert.HIGH, Expert.LOW),
        suffix="MyLoRA",
        author="MyName",
        epochs=100,
        save_every=100,
        output_directory=Path("/o"),
        base_directory=Path("/w"),
    )
    return replace(workflow, **changes)


def gpu(memory_gib: float, index: int = 0) -> Gpu:
    """A device with so much memory."""
    return Gpu(index=index, uuid=f"GPU-{index}", name="test", memory_total_mib=int(memory_gib * 1024))
