"""A checkout with weights that nothing is wrong with, for tests that spoil it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.trainer.settings import run_settings
from tests.trainer.transcripts import FOLDER
from wantui.trainer.model import RunSettings
from wantui.trainer.musubi.checkout import SCRIPTS
from wantui.trainer.musubi.preflight import problems

if TYPE_CHECKING:
    from pathlib import Path

TENSOR = "blocks.0.cross_attn.k.weight"
VAE_TENSOR = "encoder.conv1.weight"
LATENTS_FLAGS = ("dataset_config", "vae", "i2v", "skip_existing", "batch_size", "vae_cache_cpu")
TEXT_FLAGS = ("dataset_config", "t5", "skip_existing", "batch_size", "fp8_t5")

Ready = Callable[..., RunSettings]


def weights(path: Path, dtype: str = "F16", tensor: str = TENSOR, shape: tuple[int, ...] = (2,)) -> Path:
    """A safetensors file with one tensor."""
    size = 2 * math.prod(shape)
    tensors = {tensor: {"dtype": dtype, "shape": shape, "data_offsets": [0, size]}}
    header = json.dumps({"__metadata__": {}, **tensors})
    path.write_bytes(len(header).to_bytes(8, "little") + header.encode() + bytes(size))
    return path


def script(path: Path, flags: tuple[str, ...] | list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (f'    parser.add_argument(\n        "--{name}", nargs="*")\n' for name in flags)
    path.write_text("".join(("def setup(parser):\n", *lines)))


@pytest.fixture
def ready(tmp_path: Path) -> Ready:
    """Settings with nothing wrong, on a checkout with the flags of the workflow's commit."""
    root = tmp_path / "musubi-tuner"
    source = root / "src" / "musubi_tuner"
    known = [line.strip().removeprefix("--") for line in (FOLDER / "flags-pinned.txt").read_text().splitlines()]
    script(source / SCRIPTS["train"], known)
    script(source / SCRIPTS["latents"], LATENTS_FLAGS)
    script(source / SCRIPTS["text"], TEXT_FLAGS)
    python = root / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch(mode=0o755)
    models = {name: weights(tmp_path / f"{name}.safetensors") for name in ("t2v_high", "t2v_low")}
    models["vae"] = weights(tmp_path / "vae.safetensors", tensor=VAE_TENSOR, shape=(2, 3, 3, 3, 3))
    models["t5"] = tmp_path / "t5.pth"
    models["t5"].write_bytes(b"PK")

    def settings(**changes: Any) -> RunSettings:
        given = {
            "trainer_root": root,
            "trainer_python": python,
            "models": models,
            "dataset": tmp_path / "dataset.toml",
            "output_directory": tmp_path / "output" / "loras",
            "base_directory": tmp_path,
        }
        return run_settings(**(given | changes))

    return settings


def codes(settings: RunSettings) -> list[str]:
    return [problem.code for problem in problems(settings)]
