"""A workspace to try wantui in: sample pictures, their captions and settings that need no GPU and no weights."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from wantui import atomic
from wantui.demo.pictures import PICTURES, TRIGGER

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_EPOCHS = 10
"""With `STEP_S` about twenty seconds of training."""
STEP_S = 0.1
"""Seconds that a rehearsed step takes, slow enough to watch."""
SUFFIX = "demo"

_JPEG_QUALITY = 92

_DATASET = """\
# The sample dataset of wantui's demo. resolution is small, so that rehearsing is quick;
# a real training of WAN2.2 has something like [960, 544].
[general]
resolution = [256, 256]
caption_extension = ".txt"
batch_size = 1
enable_bucket = true
bucket_no_upscale = false

[[datasets]]
image_directory = "images"
cache_directory = "cache"
num_repeats = 1
"""

_SETTINGS = """\
# The workspace of wantui's demo: the rehearsal trainer, which needs no weights, on GPUs that are simulated.
[trainer]
kind = "rehearsal"
env = {{ WANTUI_REHEARSAL_STEP_S = "{step_s}" }}

[run]
dataset = "dataset/dataset.toml"
suffix = "{suffix}"
author = "wantui"
epochs = {epochs}
save_every = {save_every}

[gpus]
provider = "simulated"
simulated = 2
"""

HELD_OUT = tuple(picture.name for picture in PICTURES[::5])
"""Pictures that are not trained on where a demo asks what came of it."""
_PROMPTS = """\
# What the demo makes pictures of, once its run has ended: a prompt in each line, options behind it.
{trigger}, silhouette against the setting sun, beach --w 256 --h 256 --d 42 --s 4
{trigger}, a lighthouse in the evening --w 256 --h 256 --d 7 --s 4
"""
_QUESTIONS = """
[probe]                 # after each run: which epoch is best on the pictures that are held out?
after_run = true
draws = 4

[sample]                # after each run: pictures by both experts together, epoch by epoch
prompts = "prompts.txt"
after_run = true
"""


def create_demo_workspace(folder: Path, *, epochs: int | None = None) -> None:
    """Fill `folder` with the demo's workspace, as far as it is not there yet.

    What is there already stays as it is, so that a demo can be gone on with.

    Args:
        folder: the workspace; made if need be.
        epochs: how long a run trains; None: `DEFAULT_EPOCHS`.

    Raises:
        OSError: the folder is not writable.
    """
    images = folder / "dataset" / "images"
    images.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        path = images / f"{picture.name}.jpg"
        if not path.exists():
            encoded = BytesIO()
            picture.draw().save(encoded, "JPEG", quality=_JPEG_QUALITY)
            atomic.write_bytes(path, encoded.getvalue())
        _write_new(images / f"{picture.name}.txt", f"{TRIGGER}, {picture.caption}\n")
    _write_new(folder / "dataset" / "dataset.toml", _DATASET)
    trained = DEFAULT_EPOCHS if epochs is None else epochs
    settings = _SETTINGS.format(step_s=STEP_S, suffix=SUFFIX, epochs=trained, save_every=max(1, (trained + 1) // 2))
    _write_new(folder / "wantui.toml", settings)


def ask_what_it_is_worth(folder: Path) -> None:
    """Let each training in a demo's new workspace be followed by a probe and by pictures.

    Raises:
        OSError: the folder is not writable.
    """
    _write_new(folder / "prompts.txt", _PROMPTS.format(trigger=TRIGGER))
    settings = folder / "wantui.toml"
    atomic.write_text(settings, settings.read_text(encoding="utf-8") + _QUESTIONS)


def _write_new(path: Path, text: str) -> None:
    if not path.exists():
        atomic.write_text(path, text)
