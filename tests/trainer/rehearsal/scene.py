"""A small dataset, and the rehearsal's scripts run on it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

import wantui
from wantui.trainer.musubi.output import MusubiOutput
from wantui.trainer.rehearsal import tensors

if TYPE_CHECKING:
    from wantui.trainer.model import Progress

SCRIPTS = {
    "latents": "wan_cache_latents",
    "text": "wan_cache_text_encoder_outputs",
    "high": "wan_train_network",
    "low": "wan_train_network",
}
SAMPLES = Path(__file__).parents[2] / "fixtures" / "samples"

_TOML = """\
[general]
resolution = [64, 64]
caption_extension = ".txt"
enable_bucket = true

[[datasets]]
image_directory = "images"
cache_directory = "cache"
num_repeats = {repeats}
batch_size = {batch_size}
"""
_PICTURES = (("apple", (96, 96), "red"), ("boat", (128, 96), "blue"), ("cat", (160, 90), "black"))
_AVERAGES = re.compile(rb"avr_loss=([\d.]+)")


@dataclass
class Ended:
    """How a script ended."""

    code: int
    output: bytes
    """stdout and stderr, as a job's log has them."""
    progress: Progress
    """What the real trainer's reader makes of that."""

    @property
    def text(self) -> str:
        return self.output.decode()

    @property
    def losses(self) -> list[float]:
        """Every average loss printed."""
        return [float(value) for value in _AVERAGES.findall(self.output)]


@dataclass
class Scene:
    """A folder with a dataset of three images."""

    folder: Path

    @property
    def images(self) -> Path:
        return self.folder / "images"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def output(self) -> Path:
        return self.folder / "output"

    def run(self, job: str, *flags: str, **environment: str) -> Ended:
        """Run a job's script with the flags it cannot do without and more."""
        ended = subprocess.run(
            self.command(job, *flags),
            cwd=self.folder,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
        )
        reader = MusubiOutput(job)
        reader.feed(ended.stdout)
        return Ended(ended.returncode, ended.stdout, reader.progress)

    def command(self, job: str, *flags: str) -> list[str]:
        needed = {
            "latents": ("--vae", "vae.safetensors"),
            "text": ("--t5", "t5.pth"),
            "high": ("--dit", "high.safetensors", "--min_timestep", "875", "--max_timestep", "1000"),
            "low": ("--dit", "low.safetensors", "--min_timestep", "0", "--max_timestep", "875"),
        }[job]
        if job in ("high", "low"):
            needed += ("--task", "t2v-A14B", "--network_dim", "4", "--network_alpha", "4", "--seed", "5")
            needed += ("--learning_rate", "3e-4", "--output_dir", str(self.output), "--output_name", "toy")
        module = f"wantui.trainer.rehearsal.{SCRIPTS[job]}"
        return [sys.executable, "-m", module, "--dataset_config", "dataset.toml", *needed, *flags]

    def environment(self, **changes: str) -> dict[str, str]:
        root = str(Path(wantui.__file__).parents[1])
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WANTUI_")}
        return {**kept, "PYTHONPATH": root, "PYTHONUNBUFFERED": "1", "WANTUI_REHEARSAL_STEP_S": "0", **changes}

    def cache_everything(self) -> None:
        for job in ("latents", "text"):
            ended = self.run(job)
            assert ended.code == 0, ended.text

    def header(self, name: str) -> dict[str, str]:
        return tensors.load(self.cache / name)[1]


def make_scene(folder: Path, *, repeats: int = 1, batch_size: int = 1) -> Scene:
    """Draw the images and write their captions."""
    scene = Scene(folder)
    scene.images.mkdir(parents=True)
    for name, size, colour in _PICTURES:
        image = Image.new("RGB", size, "white")
        ImageDraw.Draw(image).ellipse((10, 10, size[0] // 2, size[1] - 10), fill=colour)
        image.save(scene.images / f"{name}.png")
        (scene.images / f"{name}.txt").write_text(f"ohwx, one {colour} {name}\n", encoding="utf-8")
    toml = _TOML.format(repeats=repeats, batch_size=batch_size)
    (folder / "dataset.toml").write_text(toml, encoding="utf-8")
    return scene
