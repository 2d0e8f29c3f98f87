"""The real trainer, unmodified, started by our own command lines.

Needs what ``real.py`` names; the shim is optional.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.trainer.real import EPOCHS, IMAGES, run, settings_of
from wantui.trainer.model import Task
from wantui.trainer.musubi.trainer import MusubiTrainer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.musubi,
    pytest.mark.timeout(900),
    pytest.mark.skipif("WANTUI_TEST_MUSUBI" not in os.environ, reason="WANTUI_TEST_MUSUBI names no checkout"),
]


def metadata(path: Path) -> dict[str, str]:
    """What a LoRA file says of itself."""
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    said: dict[str, str] = header["__metadata__"]
    return said


@pytest.mark.parametrize("task", list(Task))
def test_caches_and_both_experts(tmp_path: Path, task: Task) -> None:
    trainer, settings = MusubiTrainer(), settings_of(tmp_path, task)
    assert trainer.problems(settings) == []
    for kind, command in (
        ("latents", trainer.latents_command(settings, None, skip_existing=False)),
        ("text", trainer.text_command(settings, None, skip_existing=True)),
    ):
        exit_code, progress = run(command, kind, tmp_path / f"{kind}.log")
        assert (exit_code, progress.cause) == (0, None)
        assert (progress.step, progress.steps) == (IMAGES, IMAGES)
    # A configuration for two GPUs, which accelerate would follow, had it not been given ours.
    (tmp_path / "hf" / "accelerate").mkdir(parents=True)
    (tmp_path / "hf" / "accelerate" / "default_config.yaml").write_text(
        "compute_environment: LOCAL_MACHINE\ndistributed_type: MULTI_GPU\nnum_processes: 2\nmixed_precision: bf16\n"
    )
    for expert in settings.experts:
        command = trainer.training_command(settings, expert, None, 29511)
        log = tmp_path / f"{expert.value}.log"
        exit_code, progress = run(command, expert.value, log, {"HF_HOME": str(tmp_path / "hf")})
        assert (exit_code, progress.cause, progress.phase) == (0, None, "finished")
        assert (progress.step, progress.steps) == (IMAGES * EPOCHS, IMAGES * EPOCHS)
        assert (progress.epoch, progress.epochs) == (EPOCHS, EPOCHS)
        assert progress.loss is not None
        name = settings.output_name(expert)
        assert progress.saved == tuple(settings.output_directory / f"{name}{end}" for end in SUFFIXES)
        said = metadata(progress.saved[-1])
        assert said["modelspec.title"] == name
        assert said["modelspec.author"] == settings.author
        assert (tmp_path / "logs").is_dir()


SUFFIXES = ("-000001.safetensors", ".safetensors")


def test_a_missing_vae_is_the_cause(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    settings.models["vae"] = tmp_path / "no vae.safetensors"
    assert [problem.code for problem in MusubiTrainer().problems(settings)] == ["weights-missing"]
    command = MusubiTrainer().latents_command(settings, None, skip_existing=False)
    exit_code, progress = run(command, "latents", tmp_path / "latents.log")
    assert exit_code == 1
    assert progress.cause is not None
    assert progress.cause.startswith(f"the VAE {settings.models['vae']} is missing")
