"""The real trainer: what tests need for it, and how they run its scripts.

Skipped unless these are set:

- ``WANTUI_TEST_MUSUBI``: a musubi-tuner checkout
- ``WANTUI_TEST_MUSUBI_PYTHON``: the interpreter of its environment
- ``WANTUI_TEST_MUSUBI_WEIGHTS``: a folder of weight files under the workflow's names
- ``WANTUI_TEST_MUSUBI_SHIM``: a folder put on ``PYTHONPATH``, which makes the models small enough for a CPU; some
  tests do without
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from wantui.demo.workspace import create_demo_workspace
from wantui.trainer.model import Expert, Progress, RunSettings, Task, TrainerCommand
from wantui.trainer.musubi.output import MusubiOutput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cli.conftest import Shell

NEEDED = ("WANTUI_TEST_MUSUBI", "WANTUI_TEST_MUSUBI_PYTHON", "WANTUI_TEST_MUSUBI_WEIGHTS", "WANTUI_TEST_MUSUBI_SHIM")
"""What must be set for tests that need all of it."""
IMAGES = 3
EPOCHS = 2


def marks(limit_s: int) -> list[pytest.MarkDecorator]:
    """Those of a test that needs all of it, and may take so long."""
    is_missing = any(name not in os.environ for name in NEEDED)
    return [
        pytest.mark.musubi,
        pytest.mark.timeout(limit_s),
        pytest.mark.skipif(is_missing, reason=f"needs {', '.join(NEEDED)}"),
    ]


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
        training={"logging_dir": str(folder / "logs")},
    )


def run(command: TrainerCommand, kind: str, log: Path, more: Mapping[str, str] | None = None) -> tuple[int, Progress]:
    """Run a command with its output in a file, as the supervisor does, and read that."""
    environment = {**os.environ, **command.env, **(more or {})}
    with log.open("wb") as output:
        ended = subprocess.run(
            command.argv, cwd=command.cwd, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    reader = MusubiOutput(kind)
    reader.feed(log.read_bytes())
    return ended.returncode, reader.progress


def toy_workspace(shell: Shell, run: str, environment: str = "") -> None:
    """Make a workspace for the real trainer with toy weights, simulated GPUs and three images.

    Args:
        shell: in an empty folder.
        run: what follows ``[run]`` in its ``wantui.toml``.
        environment: more of ``[trainer] env``, each ending with a comma.
    """
    create_demo_workspace(shell.folder, epochs=2)
    for picture in sorted((shell.folder / "dataset/images").iterdir())[6:]:
        picture.unlink()
    shell.replace("dataset/dataset.toml", "[256, 256]", "[64, 64]")
    checkout, python, weights, shim = (os.environ[name] for name in NEEDED)
    shell.write(
        "wantui.toml",
        f"""
[trainer]
root = "{checkout}"
python = "{python}"
env = {{ {environment} PYTHONPATH = "{shim}", TINY_MUSUBI = "{checkout}", OMP_NUM_THREADS = "1" }}
[models]
t5 = "{weights}/models_t5_umt5-xxl-enc-bf16.pth"
vae = "{weights}/wan_2.1_vae.safetensors"
t2v_high = "{weights}/wan2.2_t2v_high_noise_14B_fp16.safetensors"
t2v_low = "{weights}/wan2.2_t2v_low_noise_14B_fp16.safetensors"
[gpus]
provider = "simulated"
[run]
{run}
""",
    )
