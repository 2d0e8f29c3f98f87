"""The demo's workspace for tests: its pictures are drawn once in each process, and copied from then on."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from wantui.demo.workspace import create_demo_workspace


@cache
def _drawn() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="wantui-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    create_demo_workspace(folder)
    return folder / "dataset" / "images"


def demo_workspace(folder: Path, *, epochs: int | None = None) -> None:
    """As `wantui.demo.workspace.create_demo_workspace`, which lets stand what is there."""
    shutil.copytree(_drawn(), folder / "dataset" / "images", dirs_exist_ok=True)
    create_demo_workspace(folder, epochs=epochs)


def encode(folder: Path) -> None:
    """Make the caches of a demo workspace here and now, as if a person had run the trainer's scripts by hand.

    A run then finds nothing to encode, and takes the caches on record: for tests of what comes after that.
    """
    from wantui.trainer.rehearsal import wan_cache_latents, wan_cache_text_encoder_outputs

    dataset = ["--dataset_config", str(folder / "dataset" / "dataset.toml")]
    wan_cache_latents.main([*dataset, "--vae", "none"])
    wan_cache_text_encoder_outputs.main([*dataset, "--t5", "none"])
