"""The rung of the ladder for one run on one device: the preset's name, the dataset's largest batch, the device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.dataset import blueprint
from wantui.dataset.model import DatasetError
from wantui.trainer.musubi import commands, presets
from wantui.trainer.musubi.memory import BatchShape

if TYPE_CHECKING:
    from wantui.gpus.model import Gpu
    from wantui.trainer.musubi.presets import Fit
    from wantui.trainer.protocol import Expert, RunSettings

USUAL = BatchShape(960, 960)
"""The workflow's resolution: what is reckoned with where the dataset cannot be read."""
AUTO = "auto"


def rung_for(settings: RunSettings, expert: Expert, gpu: Gpu | None) -> Fit:
    """The rung that the preset names, or the fastest that suits the device."""
    dim = _dim(settings, expert)
    if settings.preset == AUTO:
        return presets.choose(gpu, largest_batch(settings), network_dim=dim).fit
    every = presets.fits(gpu, largest_batch(settings), dim)
    return next(fit for fit in every if fit.rung.name == settings.preset)


def way(settings: RunSettings, expert: Expert, gpu: Gpu) -> str | None:
    """How an expert would train on a device, and why so; None where the workflow decides."""
    if settings.preset == commands.WORKFLOW:
        return None
    if settings.preset == AUTO:
        choice = presets.choose(gpu, largest_batch(settings), network_dim=_dim(settings, expert))
        return f"{choice.fit.rung.name} ({choice.fit.rung.says}): {choice.why}"
    fit = rung_for(settings, expert, gpu)
    said = f"{fit.rung.name} ({fit.rung.says}), as asked: about {fit.need.device_mib / 1024:.0f} GiB"
    return f"{said}; {fit.why_not}" if fit.why_not else said


def largest_batch(settings: RunSettings) -> BatchShape:
    """The batch that takes most: a bucket has no more pixels than its resolution."""
    try:
        subsets = blueprint.load(settings.dataset).subsets
    except DatasetError:
        return USUAL
    shapes = [BatchShape(*each.resolution, max(each.target_frames), each.batch_size) for each in subsets]
    return max(shapes, key=lambda shape: shape.tokens, default=USUAL)


def _dim(settings: RunSettings, expert: Expert) -> int:
    """The rank that ``[training]`` asks for."""
    value = commands.user_flags(settings, expert).get("network_dim", presets.DEFAULT_NETWORK_DIM)
    return value if isinstance(value, int) and not isinstance(value, bool) else presets.DEFAULT_NETWORK_DIM
