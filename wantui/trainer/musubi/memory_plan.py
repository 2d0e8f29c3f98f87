"""How each expert would train on each device, and which level is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.formatting import gibibytes
from wantui.trainer.memory_plans import AUTO, WORKFLOW, MemoryPlan
from wantui.trainer.musubi import commands, memory_level, memory_levels
from wantui.trainer.musubi.memory_levels import LEVELS, OFFLOAD, Conditions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.gpus.model import Gpu
    from wantui.trainer.model import Expert, RunSettings


def ways(settings: RunSettings, gpus: Iterable[Gpu]) -> tuple[MemoryPlan, ...]:
    """How each expert would train on each device."""
    shape = memory_level.largest_batch(settings)
    return tuple(
        _way(settings, expert, gpu, memory_level.conditions(settings, expert, shape))
        for expert in settings.experts
        for gpu in gpus
    )


def _way(settings: RunSettings, expert: Expert, gpu: Gpu, given: Conditions) -> MemoryPlan:
    every = memory_levels.options(gpu, given)
    if settings.memory == AUTO:
        chosen, why = memory_levels.choose(gpu, every)
        return MemoryPlan(expert, gpu, chosen, why, every)
    if settings.memory == WORKFLOW:
        flags = commands.training_flags(settings, expert, gpu)
    else:
        flags = next(level for level in LEVELS if level.name == settings.memory).under(given.asked)
    chosen = memory_levels.option_of(settings.memory, flags, gpu, given)
    if settings.memory == OFFLOAD and not given.knows_offload:
        return MemoryPlan(expert, gpu, chosen, "this commit of the trainer has no such flag", every)
    said = f"as asked; about {gibibytes(chosen.device_mib)}"
    return MemoryPlan(expert, gpu, chosen, f"{said}; {chosen.why_not}" if chosen.why_not else said, every)
