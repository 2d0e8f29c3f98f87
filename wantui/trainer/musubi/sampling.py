"""The command that makes pictures with both experts: the trainer's own ``wan_generate_video.py``.

Samples during training show one expert alone; this script takes both, each with its LoRA. Files come out in the order
of the prompts, named by the time: one ``STAMP_SEED_000.png`` for a picture, a folder ``STAMP_SEED`` of frames for a
clip (observed at both commits).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wantui.formatting import gibibytes
from wantui.trainer.memory_plans import AUTO, WORKFLOW, MemoryPlan, Option
from wantui.trainer.model import Expert, Task, TrainerError
from wantui.trainer.musubi import commands, memory, memory_levels
from wantui.trainer.musubi.flag_source import known_flags
from wantui.trainer.musubi.memory import MIB, BatchShape
from wantui.trainer.musubi.memory_levels import FP16_FROM_MIB, LEVELS, USABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from wantui.gpus.model import Gpu
    from wantui.trainer.model import RunSettings, TrainerCommand
    from wantui.trainer.musubi.commands import Launcher
    from wantui.trainer.musubi.memory_levels import MemoryLevel
    from wantui.trainer.prompts import Prompt
    from wantui.trainer.samples import SampleTask

_ATTENTION = {
    "flash_attn": "flash",
    "flash3": "flash3",
    "sage_attn": "sageattn",
    "xformers": "xformers",
}
"""``--attn_mode`` by the flag of the training script; ``torch`` is its ``sdpa``."""

_LAZY = "-lazy"
"""Behind the name of a level: with ``--lazy_loading``."""


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

    name: str
    """The level's, or that and `_LAZY`."""
    flags: Mapping[str, Any]
    """Of the training script: ``fp8_base`` and ``blocks_to_swap``."""
    is_lazy: bool
    """Whether each is loaded when its turn comes, and one alone lies there; else both do."""
    casts_while_loading: bool
    """Whether weights are cast to fp8 one by one; the workflow's commit loads them all before. Read in its
    ``wan/modules/model.py``; the commits that load lazily do so."""

    @property
    def is_fp8(self) -> bool:
        return bool(self.flags.get("fp8_base"))

    def mib(self, shape: BatchShape) -> int:
        """What it takes: weights, and the tensors of one block; there is no gradient."""
        blocks = int(self.flags.get("blocks_to_swap") or 0)
        parameters = (memory.BLOCKS - blocks) * memory.BLOCK_PARAMETERS + memory.OTHER_PARAMETERS
        resident = parameters * (memory.FP8_BYTES if self.is_fp8 else memory.FP16_BYTES)
        others = 0 if self.is_lazy else resident
        working = resident + shape.tokens * (memory.TIME_A_TOKEN + memory.FORWARD_A_TOKEN)
        loading = 0 if blocks or self.casts_while_loading else memory.weight_bytes()
        return (others + max(working, loading) + memory.CONTEXT_BYTES) // MIB

    def option(self, shape: BatchShape) -> Option:
        """As it is shown and chosen."""
        turns = ", one expert after the other" if self.is_lazy else ", both experts at once"
        weights = "fp8" if self.is_fp8 else "fp16"
        return Option(self.name, f"{memory_levels.says(self.flags)}{turns}", self.mib(shape), 0, 0, weights=weights)


def sample_memory(settings: RunSettings, gpu: Gpu, task: SampleTask) -> MemoryPlan:
    """How both experts would share a device, and how else they could."""
    ways, shape = _ways(settings), _largest(task)
    chosen, every = _chosen(ways, settings, gpu, shape).option(shape), tuple(way.option(shape) for way in ways)
    why = f"needs about {gibibytes(chosen.device_mib)} for pictures"
    return MemoryPlan(None, gpu, chosen, why, every)


def _memory_flags(settings: RunSettings, gpu: Gpu | None, task: SampleTask) -> dict[str, Any]:
    """How both experts share the device: as the task says, by the run's own level, or the fastest way that fits."""
    asked, ways = settings.training_flags(Expert.LOW), _ways(settings)
    named = next((way for way in ways if way.name == task.memory), None)
    chosen = named or _chosen(ways, settings, gpu, _largest(task))
    return {
        "fp8": chosen.is_fp8 or bool(asked.get("fp8_scaled")),
        "fp8_scaled": bool(asked.get("fp8_scaled")),
        "blocks_to_swap": chosen.flags.get("blocks_to_swap") or False,
        "lazy_loading": chosen.is_lazy,
    }


def _largest(task: SampleTask) -> BatchShape:
    shapes = (BatchShape(each.width, each.height, each.frames) for each in task.prompts)
    return max(shapes, key=lambda each: each.tokens)


def _ways(settings: RunSettings) -> tuple[_Way, ...]:
    """The ways of the level that was asked for, or of all, from the fastest to the leanest.

    Of each level both experts at once come before one after the other: that loads them again for each picture.
    """
    asked = settings.training_flags(Expert.LOW)
    knows_lazy = "lazy_loading" in known_flags(settings.trainer_root, "sample")
    return tuple(
        _Way(f"{level.name}{_LAZY if is_lazy else ''}", level.under(asked), is_lazy, knows_lazy)
        for level in _named(settings) or LEVELS
        for is_lazy in (False, True)[: 1 + knows_lazy]
    )


def _named(settings: RunSettings) -> list[MemoryLevel]:
    """The level that was asked for; empty: none was."""
    name = "fp8" if settings.memory == WORKFLOW else settings.memory
    return [level for level in LEVELS if level.name == name]


def _chosen(ways: Sequence[_Way], settings: RunSettings, gpu: Gpu | None, shape: BatchShape) -> _Way:
    """The fastest way that fits; the leanest where none does."""
    total = None if gpu is None else gpu.memory_total_mib
    if total is None:
        fp8 = [way for way in ways if settings.memory != AUTO or way.is_fp8]
        return (fp8 or ways)[0]
    is_named = bool(_named(settings))
    fitting = (
        way for way in ways if way.mib(shape) <= total * USABLE and (is_named or way.is_fp8 or total >= FP16_FROM_MIB)
    )
    return next(fitting, ways[-1])
