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
import sys
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
VERB_LIMIT_S = 800
MERGED_BY_LOADER = """
import sys, torch
sys.path.insert(0, sys.argv[1] + "/src")
from safetensors.torch import load_file
from musubi_tuner.networks import lora_wan

class WanAttentionBlock(torch.nn.Module):
    "What the loader looks for layers in, with those that the file has."

for path in sys.argv[2:]:
    weights, model = load_file(path), torch.nn.Module()
    model.blocks = torch.nn.ModuleList()
    modules = sorted({name.partition(".")[0] for name in weights})
    layers = {}
    for module in modules:
        number, _, rest = module.removeprefix("lora_unet_blocks_").partition("_")
        while len(model.blocks) <= int(number):
            model.blocks.append(WanAttentionBlock())
        parent, _, last = rest.rpartition("_")
        at = model.blocks[int(number)]
        if not hasattr(at, parent):
            at.add_module(parent, torch.nn.Module())
        down, up = weights[module + ".lora_down.weight"], weights[module + ".lora_up.weight"]
        layer = torch.nn.Linear(down.shape[1], up.shape[0], bias=False)
        layer.weight.data.zero_()
        getattr(at, parent).add_module(last, layer)
        layers[module] = layer
    network = lora_wan.create_arch_network_from_weights(1.0, weights, unet=model, for_inference=True)
    network.merge_to(None, model, weights, device="cpu")
    for module, layer in layers.items():
        down, up = (weights[f"{module}.lora_{part}.weight"].float() for part in ("down", "up"))
        wanted = up @ down * (weights[module + ".alpha"].float() / down.shape[0])
        assert wanted.abs().max() > 0, module
        assert torch.allclose(layer.weight.data, wanted, atol=1e-6), module
    print(len(layers))
"""
"""Merges LoRA files by the trainer's own loader, after its checkout: says how many layers each changed."""


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


def run_wantui(shell: Shell, *words: str, code: int = 0) -> str:
    """What a verb prints that runs in a process of its own, as it must where a trainer runs for minutes.

    Raises:
        AssertionError: it ended with another exit code.
    """
    argv = [sys.executable, "-m", "wantui", *words]
    done = subprocess.run(argv, cwd=shell.folder, timeout=VERB_LIMIT_S, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def by_trainer(code: str, *words: object) -> str:
    """What a script says that the trainer's interpreter runs."""
    argv = [os.environ["WANTUI_TEST_MUSUBI_PYTHON"], "-c", code, *map(str, words)]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


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
