"""Rehearses ``wan_generate_video.py``: draws pictures that tell prompts, seeds and pairs of checkpoints apart.

A picture is the same for the same prompt, seed and files. The prompt decides on the colours, the seed on where the
sun stands; the high-noise LoRA on how far the figure has come out of the haze, since that expert composes, and the
low-noise LoRA on how little grain is left, since that one finishes.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from wantui.trainer.prompts import Prompt, parse
from wantui.trainer.rehearsal import caching, console, tensors
from wantui.trainer.rehearsal.arrays import Array, np
from wantui.trainer.rehearsal.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE = "wantui.trainer.rehearsal.wan_generate_video"
_STEP_SHARE = 0.25
"""Of the time of a training step: a step without a gradient is faster."""
_HALF_LEARNED = 3
"""Epochs after which a LoRA has come half of its way."""


def parser() -> argparse.ArgumentParser:
    """The command line, as far as it can be asked for here; both commits that wantui works with take all of it."""
    made = argparse.ArgumentParser(description="Rehearse making pictures: no weights are used.")
    made.add_argument("--task", choices=("t2v-A14B", "i2v-A14B"), required=True)
    made.add_argument("--save_path", type=Path, required=True)
    for name in ("lora_weight", "lora_weight_high_noise"):
        made.add_argument(f"--{name}", type=Path, nargs=1, required=True)
    made.add_argument("--from_file", type=Path)
    made.add_argument("--output_type", choices=("images",), required=True)
    made.add_argument("--attn_mode", choices=("flash", "flash2", "flash3", "torch", "sageattn", "xformers", "sdpa"))
    for name in ("fp8", "fp8_scaled", "fp8_t5", "vae_cache_cpu", "lazy_loading"):
        made.add_argument(f"--{name}", action="store_true")
    for name in ("video_length", "seed", "infer_steps", "blocks_to_swap"):
        made.add_argument(f"--{name}", type=int)
    for name in ("guidance_scale", "flow_shift"):
        made.add_argument(f"--{name}", type=float)
    for name in ("prompt", "negative_prompt", "image_path", "end_image_path", "control_path"):
        made.add_argument(f"--{name}")
    for name in ("dit", "dit_high_noise", "vae", "t5"):
        made.add_argument(f"--{name}", required=True)
    made.add_argument("--video_size", type=int, nargs=2, default=[256, 256])
    return made


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script.

    Raises:
        SystemExit: argparse's, with code 2.
        OSError: a LoRA file or the prompts cannot be read, or nothing can be written.
        wantui.trainer.rehearsal.tensors.TensorFileError: a LoRA file is corrupt.
    """
    console.use_utf8()
    options = parser().parse_args(argv)
    console.info(SOURCE, caching.DISCLAIMER)
    faults = Faults("sample", blocks_to_swap=options.blocks_to_swap or 0)
    faults.start()
    prompts = _prompts(options)
    high, low = _learned(options.lora_weight_high_noise[0]), _learned(options.lora_weight[0])
    drawn: list[tuple[Prompt, list[Array]]] = []
    for number, prompt in enumerate(prompts, 1):
        console.info(SOURCE, f"Processing prompt {number}/{len(prompts)}: {prompt.text[:50]}...")
        with console.ProgressBar(total=prompt.steps) as bar:
            for _ in range(prompt.steps):
                faults.step(0, _STEP_SHARE)
                bar.advance()
        drawn.append((prompt, draw(prompt, high, low)))
        faults.step(number, 0.0)
    options.save_path.mkdir(parents=True, exist_ok=True)
    for number, (prompt, frames) in enumerate(drawn, 1):
        console.info(SOURCE, f"Decoding output {number}/{len(drawn)}")
        _save(options.save_path, f"{time.strftime('%Y%m%d-%H%M%S')}-{number:03d}_{prompt.seed}", frames)
    console.info(SOURCE, "Done!")


def draw(prompt: Prompt, high: float, low: float) -> list[Array]:
    """The frames of a prompt, each [height, width, 3] from 0 to 1.

    Args:
        prompt: which.
        high: what the high-noise LoRA has learned, 0..1.
        low: what the low-noise LoRA has learned, 0..1.
    """
    colours = random.Random(prompt.text)  # noqa: S311  a drawing
    top, bottom = (np.array([colours.uniform(*span) for _ in range(3)]) for span in ((0.1, 0.5), (0.4, 0.8)))
    place = random.Random(prompt.seed)  # noqa: S311  the same
    across, down, stands = place.uniform(0.25, 0.75), place.uniform(0.3, 0.5), place.uniform(0.3, 0.7)
    y, x = np.mgrid[0 : prompt.height, 0 : prompt.width]
    y, x = y / prompt.height, x / prompt.width
    grain = np.random.default_rng(prompt.seed).normal(size=(prompt.height, prompt.width, 1))
    frames = []
    for frame in range(prompt.frames):
        across_now = across + 0.2 * frame / max(1, prompt.frames)
        picture = top + (bottom - top) * y[..., None]
        sun = np.clip(8 * (0.12 - np.hypot((x - across_now) * prompt.width / prompt.height, y - down)), 0, 1)
        picture = picture + (np.array([1.0, 0.9, 0.55]) - picture) * sun[..., None]
        figure = (np.abs(x - stands) < 0.06) & (y > 0.45) | (np.hypot(x - stands, y - 0.4) < 0.07)  # noqa: PLR2004  a shape
        picture = picture * (1 - high * (figure | (y > 0.85))[..., None])  # noqa: PLR2004  the ground
        frames.append(np.clip(picture + 0.25 * (1 - low) * grain, 0, 1))
    return frames


def _prompts(options: argparse.Namespace) -> list[Prompt]:
    if options.from_file is not None:
        found, _ = parse(options.from_file.read_text(encoding="utf-8"), Path())
        return [prompt for _, prompt in found]
    height, width = options.video_size
    given = {"frames": options.video_length, "seed": options.seed, "steps": options.infer_steps}
    chosen = {name: value for name, value in given.items() if value is not None}
    return [replace(Prompt(options.prompt, width, height), **chosen)]


def _learned(path: Path) -> float:
    """How far a LoRA has come, 0..1: by its epoch, and a trace of its content, so that no two files draw the same."""
    stored, metadata = tensors.load(path)
    epoch = metadata.get("ss_epoch", "0")
    epochs = int(epoch) if epoch.isdecimal() else 0
    trace = int(tensors.model_hash(stored)[:2], 16) / 255 / 50
    return min(1.0, epochs / (epochs + _HALF_LEARNED) + trace)


def _save(folder: Path, name: str, frames: list[Array]) -> None:
    place = folder if len(frames) == 1 else folder / name
    place.mkdir(exist_ok=True)
    for number, frame in enumerate(frames):
        Image.fromarray((frame * 255).astype(np.uint8)).save(place / f"{name}_{number:03d}.png")


if __name__ == "__main__":
    main()
