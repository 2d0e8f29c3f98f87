"""What the devices of a machine are known to do badly with given settings: found before minutes of loading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.dataset.model import Problem, Severity
from wantui.trainer.musubi import commands
from wantui.trainer.musubi.flags import config_file
from wantui.trainer.musubi.memory_levels import cautions
from wantui.trainer.musubi.memory_plan import ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.gpus.model import Gpu
    from wantui.trainer.model import RunSettings


def device_problems(settings: RunSettings, gpus: tuple[Gpu, ...]) -> list[Problem]:
    """Warnings, for they rest on estimates and on what others have seen."""
    return list(dict.fromkeys([*_of_flags(settings, gpus), *_of_memory(settings, gpus)]))


def _of_flags(settings: RunSettings, gpus: tuple[Gpu, ...]) -> Iterator[Problem]:
    for expert in settings.experts:
        flags = commands.training_flags(settings, expert, None)
        for gpu in gpus:
            for code, message, fix in cautions(flags, gpu):
                yield Problem(Severity.WARNING, code, config_file(settings), message, fix)


def _of_memory(settings: RunSettings, gpus: tuple[Gpu, ...]) -> Iterator[Problem]:
    """An option that was asked for, or the leanest there is, on a device that has not the memory for it."""
    for way in ways(settings, gpus):
        if way.chosen.why_not is None:
            continue
        better = next((option.name for option in way.options if option.why_not is None), None)
        message = f"{way.chosen.name} on {way.gpu.name}: {way.chosen.why_not}"
        fix = f'set memory = "{better}" or "auto" in [run]' if better else "lower the resolution or target_frames"
        yield Problem(Severity.WARNING, "gpu-memory", config_file(settings), message, fix)
