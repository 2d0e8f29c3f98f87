"""The command that makes pictures with both experts: the trainer's own ``wan_generate_video.py``.

Samples during training show one expert alone; this script takes both, each with its LoRA. Files come out in the order
of the prompts, named by the time: one ``STAMP_SEED_000.png`` for a picture, a folder ``STAMP_SEED`` of frames for a
clip (observed at both commits).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wantui.trainer.memory_plans import AUTO, WORKFLOW
from wantui.trainer.model import Expert, Task, TrainerError
from wantui.trainer.musubi import commands, memory
from wantui.trainer.musubi.flag_source import known_flags
from wantui.trainer.musubi.memory import MIB, BatchShape
from wantui.trainer.musubi.memory_levels import FP16_FROM_MIB, LEVELS, USABLE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wantui.gpus.model import Gpu
    from wantui.trainer.model import RunSettings, TrainerCommand
    from wantui.trainer.musubi.commands import Launcher
    from wantui.trainer.prompts import Prompt
    from wantui.trainer.samples import SampleTask

_ATTENTION = {
    "flash_attn": "flash",
    "flash3": "flash3",
    "sage_attn": "sageattn",
    "xformers": "xformers",
}
"""``--attn_mode`` by the flag of the training script; ``torch`` is its ``sdpa``."""


def sample_command(settings: RunSettings, launcher: Launcher, gpu: Gpu | None, task: SampleTask) -> TrainerCommand:
    """Make some prompts by one pair of checkpoints.

    Args:
        settings: of the run that has trained them.
        launcher: what starts the script.
        gpu: the device assigned.
        task: what is made.
    """
    flags: dict[str, Any] = {
        "task": f"{settings.task.value}-A14B",
        "dit": _weights(settings, Expert.LOW),
        "dit_high_noise": _weights(settings, Expert.HIGH),
        "vae": commands.model(settings, "vae"),
        "t5": commands.model(settings, "t5"),
        "lora_weight": task.low,
        "lora_weight_high_noise": task.high,
        "attn_mode": _attention(settings),
        "output_type": "images",
        "save_path": task.made,
    }
    flags |= _memory_flags(settings, gpu, task)
    flags |= {name: True for name in ("fp8_t5", "vae_cache_cpu") if _asks_for(settings, name)}
    flags |= {"from_file": task.prompt_file} if len(task.prompts) > 1 else _prompt_flags(task.prompts[0], settings)
    return commands.command(settings, launcher, launcher.sample, flags, gpu)


def made_files(task: SampleTask) -> tuple[tuple[Path, ...], ...]:
    """The frames of each prompt, in the order of the prompts.

    Raises:
        TrainerError: there are not as many as there are prompts.
        OSError: the disk cannot be read.
    """
    entries = sorted(task.made.iterdir()) if task.made.is_dir() else []
    found = [tuple(sorted(each.glob("*.png"))) if each.is_dir() else (each,) for each in entries]
    whole = tuple(frames for frames in found if frames)
    if len(whole) != len(task.prompts):
        raise TrainerError(f"{len(task.prompts)} pictures were asked for, and the trainer has written {len(whole)}")
    return whole


def _weights(settings: RunSettings, expert: Expert) -> Any:
    """What the expert was trained on."""
    own = settings.training_flags(expert).get("dit")
    return own or commands.model(settings, commands.model_key(settings.task, expert))


def _attention(settings: RunSettings) -> str:
    asked = settings.training_flags(Expert.LOW)
    return next((mode for flag, mode in _ATTENTION.items() if asked.get(flag)), "torch")


def _asks_for(settings: RunSettings, name: str) -> bool:
    given = (settings.training_flags(Expert.LOW), settings.caching_latents, settings.caching_text)
    return any(flags.get(name) for flags in given)


def _prompt_flags(prompt: Prompt, settings: RunSettings) -> dict[str, Any]:
    """One prompt as flags.

    Raises:
        TrainerError: the task wants an image.
    """
    if settings.task is Task.I2V and prompt.image is None:
        raise TrainerError(f"{prompt.text}: an i2v run makes pictures from an image; name one with --i")
    return {
        "prompt": prompt.text,
        "video_size": [prompt.height, prompt.width],
        "video_length": prompt.frames,
        "seed": prompt.seed,
        "infer_steps": prompt.steps,
        "guidance_scale": prompt.guidance,
        "flow_shift": prompt.flow_shift,
        "negative_prompt": prompt.negative,
        "image_path": prompt.image,
        "end_image_path": prompt.end_image,
        "control_path": prompt.control,
    }


class _Way(NamedTuple):
    """One way to have both experts on a device."""

    flags: Mapping[str, Any]
    """Of the training script: ``fp8_base`` and ``blocks_to_swap``."""
    is_lazy: bool
    """Whether each is loaded when its turn comes, and one alone lies there; else both do."""
    casts_while_loading: bool
    """Whether weights are cast to fp8 one by one; the workflow's commit loads them all before. Read in its
    ``wan/modules/model.py``; the commits that load lazily do so."""

    def mib(self, shape: BatchShape) -> int:
        """What it takes: weights, and the tensors of one block; there is no gradient."""
        is_fp8, blocks = bool(self.flags.get("fp8_base")), int(self.flags.get("blocks_to_swap") or 0)
        parameters = (memory.BLOCKS - blocks) * memory.BLOCK_PARAMETERS + memory.OTHER_PARAMETERS
        resident = parameters * (memory.FP8_BYTES if is_fp8 else memory.FP16_BYTES)
        others = 0 if self.is_lazy else resident
        working = resident + shape.tokens * (memory.TIME_A_TOKEN + memory.FORWARD_A_TOKEN)
        loading = 0 if blocks or self.casts_while_loading else memory.weight_bytes()
        return (others + max(working, loading) + memory.CONTEXT_BYTES) // MIB


def _memory_flags(settings: RunSettings, gpu: Gpu | None, task: SampleTask) -> dict[str, Any]:
    """How both experts share the device: the run's own level, or the fastest way that fits."""
    asked = settings.training_flags(Expert.LOW)
    lazy = "lazy_loading" in known_flags(settings.trainer_root, "sample")
    shape = max(
        (BatchShape(each.width, each.height, each.frames) for each in task.prompts), key=lambda each: each.tokens
    )
    chosen = _way(settings.memory, gpu, shape, asked, knows_lazy=lazy)
    return {
        "fp8": bool(chosen.flags.get("fp8_base")) or bool(asked.get("fp8_scaled")),
        "fp8_scaled": bool(asked.get("fp8_scaled")),
        "blocks_to_swap": chosen.flags.get("blocks_to_swap") or False,
        "lazy_loading": chosen.is_lazy,
    }


def _way(name: str, gpu: Gpu | None, shape: BatchShape, asked: Mapping[str, Any], *, knows_lazy: bool) -> _Way:
    """The way with the flags of a level that was asked for, or of the fastest that fits; the leanest where none does.

    Of each level both experts at once are tried before one after the other: that loads them again for each picture.
    """
    total = None if gpu is None else gpu.memory_total_mib
    named = [level for level in LEVELS if level.name == name]
    if name == WORKFLOW:
        named = [level for level in LEVELS if level.name == "fp8"]
    ways = [
        _Way(level.under(asked), is_lazy, knows_lazy)
        for level in named or LEVELS
        for is_lazy in (False, True)[: 1 + knows_lazy]
    ]
    if total is None:
        fp8 = [way for way in ways if name != AUTO or way.flags.get("fp8_base")]
        return (fp8 or ways)[0]
    fitting = (
        way
        for way in ways
        if way.mib(shape) <= total * USABLE and (named or way.flags.get("fp8_base") or total >= FP16_FROM_MIB)
    )
    return next(fitting, ways[-1])
