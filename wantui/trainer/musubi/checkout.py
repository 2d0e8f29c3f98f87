"""Where things lie in a checkout of the trainer, and where what people name for it does."""

from __future__ import annotations

import os
from pathlib import Path

SCRIPTS = {
    "latents": "wan_cache_latents.py",
    "text": "wan_cache_text_encoder_outputs.py",
    "train": "wan_train_network.py",
}
"""The trainer's scripts, in `script_folder`."""
SAMPLE_SCRIPT = "wan_generate_video.py"
"""Makes pictures; a checkout without it trains all the same."""
AVERAGE_SCRIPT = "lora_post_hoc_ema.py"
"""Averages LoRA files; likewise."""


def script_folder(root: Path) -> Path:
    """Where the scripts lie in a checkout at `root`."""
    return absolute(root) / "src" / "musubi_tuner"


def missing_scripts(root: Path) -> list[str]:
    """Names of the scripts that a checkout at `root` lacks: all of them where it is none."""
    return [name for name in SCRIPTS.values() if not (script_folder(root) / name).is_file()]


def absolute(path: Path) -> Path:
    """`path` from the root, symbolic links kept: a virtual environment's interpreter is one."""
    return Path(os.path.abspath(path))  # noqa: PTH100  Path.absolute keeps "..", and resolve follows links


def given_path(value: str, base: Path) -> Path:
    """The path that a person gives as a flag's value, from the root."""
    try:
        return absolute(base / Path(value).expanduser())
    except RuntimeError:  # ``~nobody``: there is no such user
        return absolute(base / value)
