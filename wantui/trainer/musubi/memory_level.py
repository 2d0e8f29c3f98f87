"""The level of the ladder for one run on one device: the preset's name, the dataset's largest batch, the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wantui.dataset import blueprint
from wantui.dataset.model import DatasetError
from wantui.gpus import host
from wantui.trainer.memory_plans import AUTO
from wantui.trainer.musubi import memory_levels
from wantui.trainer.musubi.flag_source import ATTENTION_FLAGS, known_flags
from wantui.trainer.musubi.memory import BatchShape
from wantui.trainer.musubi.memory_levels import LEVELS, Conditions

if TYPE_CHECKING:
    from wantui.dataset.model import DatasetConfig, Subset
    from wantui.gpus.model import Gpu
    from wantui.trainer.model import Expert, RunSettings

USUAL = BatchShape(960, 960)
"""The workflow's resolution: what is reckoned with where the dataset cannot be read."""
HOST_SPARE_MIB = 4 * 1024
"""Memory of the machine that an expert takes beside swapped blocks: Python, torch and the data loaders (observed:
about 0.5 GiB for each of them), and the system's own."""


def device_flags(settings: RunSettings, expert: Expert, gpu: Gpu | None) -> dict[str, Any]:
    """What the preset makes of the workflow's flags on a device."""
    given = conditions(settings, expert, largest_batch(settings))
    name = settings.memory
    if name == AUTO:
        name = memory_levels.choose(gpu, memory_levels.options(gpu, given))[0].name
    flags = next(level for level in LEVELS if level.name == name).under(given.asked)
    if any(given.asked.get(other) for other in ATTENTION_FLAGS if other != "sdpa"):
        flags.pop("sdpa", None)
    workers = memory_levels.workers(host.cores(), settings.at_once)
    if given.asked.get("persistent_data_loader_workers"):
        workers = max(1, workers)  # torch refuses the flag where there is no process to keep
    return flags if workers >= memory_levels.MOST_WORKERS else {**flags, "max_data_loader_n_workers": workers}


def conditions(settings: RunSettings, expert: Expert, shape: BatchShape) -> Conditions:
    """What a level has to suit for an expert."""
    memory = host.memory_mib()
    return Conditions(
        shape=shape,
        asked=settings.training_flags(expert),
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
