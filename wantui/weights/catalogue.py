"""The weight files that WAN2.2 training needs, and where the Hub keeps them.

Repositories and paths are those of the workflow's own download commands. Sizes and digests are the Hub's to tell, at
run time (`wantui.weights.hub`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

Task: TypeAlias = Literal["t2v", "i2v", "all"]
TASKS: tuple[Task, ...] = ("t2v", "i2v", "all")


@dataclass(frozen=True, slots=True)
class Weight:
    """One file on the Hub."""

    key: str
    """The key of ``[models]`` that names its place here."""
    purpose: str
    """What the trainer does with it, in a few words."""
    repository: str
    """``owner/name``."""
    path: str
    """In the repository, with ``/``."""
    task: Literal["t2v", "i2v"] | None
    """The only task that needs it; None: both do."""

    @property
    def name(self) -> str:
        """The last part of `path`."""
        return PurePosixPath(self.path).name


def _expert(task: Literal["t2v", "i2v"], noise: str) -> Weight:
    path = f"split_files/diffusion_models/wan2.2_{task}_{noise}_noise_14B_fp16.safetensors"
    repository = "Comfy-Org/Wan_2.2_ComfyUI_Repackaged"
    return Weight(f"{task}_{noise}", f"{task}, {noise}-noise expert", repository, path, task)


WEIGHTS = (
    Weight("t5", "text encoder", "Wan-AI/Wan2.1-I2V-14B-720P", "models_t5_umt5-xxl-enc-bf16.pth", None),
    Weight(
        "vae",
        "latent encoder",
        "Comfy-Org/Wan_2.1_ComfyUI_repackaged",
        "split_files/vae/wan_2.1_vae.safetensors",
        None,
    ),
    _expert("t2v", "high"),
    _expert("t2v", "low"),
    _expert("i2v", "high"),
    _expert("i2v", "low"),
)


def weights_for(task: Task) -> tuple[Weight, ...]:
    """The files that a task needs, small ones first: a cache job can start before the experts are here."""
    needed = [weight for weight in WEIGHTS if task == "all" or weight.task in {None, task}]
    return tuple(sorted(needed, key=lambda weight: weight.key != "vae"))
