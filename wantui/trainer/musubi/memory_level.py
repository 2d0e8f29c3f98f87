"""The rung of the ladder for one run on one device: the preset's name, the dataset's largest batch, the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wantui.dataset import blueprint
from wantui.dataset.model import DatasetError
from wantui.gpus import host
from wantui.trainer.memory_plans import AUTO, WORKFLOW, Way, gibibytes
from wantui.trainer.musubi import commands, memory_levels
from wantui.trainer.musubi.flag_source import ATTENTION_FLAGS
from wantui.trainer.musubi.flags import known_flags
from wantui.trainer.musubi.memory import BatchShape
from wantui.trainer.musubi.memory_levels import LADDER, OFFLOAD, Conditions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.dataset.model import DatasetConfig, Subset
    from wantui.gpus.model import Gpu
    from wantui.trainer.protocol import Expert, RunSettings

USUAL = BatchShape(960, 960)
"""The workflow's resolution: what is reckoned with where the dataset cannot be read."""
HOST_SPARE_MIB = 4 * 1024
"""Memory of the machine that an expert takes beside swapped blocks: Python, torch and the data loaders (observed:
about 0.5 GiB for each of them), and the system's own."""


def ways(settings: RunSettings, gpus: Iterable[Gpu]) -> tuple[Way, ...]:
    """How each expert would train on each device."""
    shape = largest_batch(settings)
    return tuple(
        _way(settings, expert, gpu, conditions(settings, expert, shape))
        for expert in settings.experts
        for gpu in gpus
    )


def device_flags(settings: RunSettings, expert: Expert, gpu: Gpu | None) -> dict[str, Any]:
    """What the preset makes of the workflow's flags on a device."""
    given = conditions(settings, expert, largest_batch(settings))
    name = settings.preset
    if name == AUTO:
        name = memory_levels.choose(gpu, memory_levels.options(gpu, given))[0].name
    flags = next(rung for rung in LADDER if rung.name == name).under(given.asked)
    if any(given.asked.get(other) for other in ATTENTION_FLAGS if other != "sdpa"):
        flags.pop("sdpa", None)
    workers = memory_levels.workers(host.cores(), settings.at_once)
    if given.asked.get("persistent_data_loader_workers"):
        workers = max(1, workers)  # torch refuses the flag where there is no process to keep
    return flags if workers >= memory_levels.MOST_WORKERS else {**flags, "max_data_loader_n_workers": workers}


def conditions(settings: RunSettings, expert: Expert, shape: BatchShape) -> Conditions:
    """What a rung has to suit for an expert."""
    memory = host.memory_mib()
    return Conditions(
        shape=shape,
        asked=commands.user_flags(settings, expert),
        host_mib=None if memory is None else memory // settings.at_once - HOST_SPARE_MIB,
        knows_offload="gradient_checkpointing_cpu_offload" in known_flags(settings.trainer_root, "train"),
    )


def largest_batch(settings: RunSettings) -> BatchShape:
    """The batch that takes most: a bucket has no more pixels than its resolution."""
    try:
        config = blueprint.load(settings.dataset)
        shapes = [BatchShape(*each.resolution, _frames(config, each), each.batch_size) for each in config.subsets]
    except DatasetError:
        return USUAL
    return max(shapes, key=lambda shape: shape.tokens, default=USUAL)


def _frames(config: DatasetConfig, subset: Subset) -> int:
    """The longest clip: with ``frame_extraction = "full"`` the videos themselves decide, up to ``max_frames``."""
    if subset.frame_extraction != "full" or not subset.is_video:
        return max(subset.target_frames)
    from wantui.dataset.scan import scan  # noqa: PLC0415  it opens every video

    lengths = [clip.frames for item in scan(config).items if item.subset == subset.index for clip in item.clips]
    return max(lengths, default=1)


def _way(settings: RunSettings, expert: Expert, gpu: Gpu, given: Conditions) -> Way:
    every = memory_levels.options(gpu, given)
    if settings.preset == AUTO:
        chosen, why = memory_levels.choose(gpu, every)
        return Way(expert, gpu, chosen, why, every)
    if settings.preset == WORKFLOW:
        flags = commands.training_flags(settings, expert, gpu)
    else:
        flags = next(rung for rung in LADDER if rung.name == settings.preset).under(given.asked)
    chosen = memory_levels.option_of(settings.preset, flags, gpu, given)
    if settings.preset == OFFLOAD and not given.knows_offload:
        return Way(expert, gpu, chosen, "this commit of the trainer has no such flag", every)
    said = f"as asked; about {gibibytes(chosen.device_mib)}"
    return Way(expert, gpu, chosen, f"{said}; {chosen.why_not}" if chosen.why_not else said, every)
