"""The real trainer, unmodified, started by our own command lines.

Skipped unless these are set:

- ``WANTUI_TEST_MUSUBI``: a musubi-tuner checkout
- ``WANTUI_TEST_MUSUBI_PYTHON``: the interpreter of its environment
- ``WANTUI_TEST_MUSUBI_WEIGHTS``: a folder of weight files under the workflow's names
- ``WANTUI_TEST_MUSUBI_SHIM``: optional, a folder put on ``PYTHONPATH``, which makes the models small enough for a CPU
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from wantui.trainer.model import Command, Expert, Progress, RunSettings, Task
from wantui.trainer.musubi.output import MusubiOutput
from wantui.trainer.musubi.trainer import MusubiTrainer

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = [
    pytest.mark.musubi,
    pytest.mark.timeout(900),
    pytest.mark.skipif("WANTUI_TEST_MUSUBI" not in os.environ, reason="WANTUI_TEST_MUSUBI names no checkout"),
]

IMAGES = 3
EPOCHS = 2


def dataset(folder: Path) -> Path:
    """A few captioned images, and a dataset.toml with relative paths."""
    (folder / "images").mkdir(parents=True)
    for number in range(IMAGES):
        Image.new("RGB", (96, 64), (80 * number, 40, 200)).save(folder / "images" / f"{number}.png")
        (folder / "images" / f"{number}.txt").write_text(f"tok, plain colour number {number}", encoding="utf-8")
    (folder / "dataset.toml").write_text(
        '[general]\nresolution = [64, 64]\ncaption_extension = ".txt"\nenable_bucket = true\n'
        '[[datasets]]\nimage_directory = "images"\ncache_directory = "cache"\n',
        encoding="utf-8",
    )
    return folder / "dataset.toml"


def settings_of(folder: Path, task: Task = Task.T2V) -> RunSettings:
    weights = Path(os.environ["WANTUI_TEST_MUSUBI_WEIGHTS"])
    environment = {"OMP_NUM_THREADS": "1"}
    if shim := os.environ.get("WANTUI_TEST_MUSUBI_SHIM"):
        environment["PYTHONPATH"] = shim
    experts = {
        f"{each.value}_{expert.value}": weights / f"wan2.2_{each.value}_{expert.value}_noise_14B_fp16.safetensors"
        for each in Task
        for expert in Expert
    }
    return RunSettings(
        trainer_kind="musubi",
        trainer_root=Path(os.environ["WANTUI_TEST_MUSUBI"]),
        trainer_python=Path(os.environ["WANTUI_TEST_MUSUBI_PYTHON"]),
        trainer_env=environment,
        models={
            "t5": weights / "models_t5_umt5-xxl-enc-bf16.pth",
            "vae": weights / "wan_2.1_vae.safetensors",
            **experts,
        },
        dataset=dataset(folder / "my dataset"),
        task=task,
        experts=(Expert.HIGH, Expert.LOW),
        suffix="a b",
        author="me & you",
        epochs=EPOCHS,
        save_every=1,
        output_directory=folder / "output",
        logging_directory=folder / "logs",
    )


def run(command: Command, kind: str, log: Path, more: Mapping[str, str] | None = None) -> tuple[int, Progress]:
    """Run a command with its output in a file, as the supervisor does, and read that."""
    environment = {**os.environ, **command.env, **(more or {})}
    with log.open("wb") as output:
        ended = subprocess.run(
            command.argv, cwd=command.cwd, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    reader = MusubiOutput(kind)
    reader.feed(log.read_bytes())
    return ended.returncode, reader.progress


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
