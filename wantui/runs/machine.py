"""The GPUs with who has them: what the GPU pane and ``wantui gpus`` show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.gpus.choice import open_for
from wantui.jobs.store import RunStore
from wantui.supervisor.devices import judge

if TYPE_CHECKING:
    from wantui.config import Config
    from wantui.gpus.model import Gpu
    from wantui.paths import Workspace


@dataclass(frozen=True, slots=True)
class GpuView:
    """A GPU, and what stands in the way of a job on it."""

    gpu: Gpu
    job: str | None
    """Id of the job of this workspace that has it."""
    busy: str | None
    """Why it is not free; None: it is."""


def look_at_gpus(workspace: Workspace, config: Config) -> tuple[tuple[GpuView, ...], str | None]:
    """Every GPU that may be used, and why there is none where there is none."""
    provider = open_for(config, workspace)
    try:
        readings = provider.snapshot()
        why_none = None if readings else provider.reason or "none may be used"
    finally:
        provider.close()
    own = {
        job.gpu: job.id
        for run in RunStore(workspace).runs()
        for job in run.jobs
        if job.state.is_active and job.gpu is not None
    }
    offers = judge(workspace, config, readings)
    return tuple(GpuView(offer.gpu, own.get(offer.gpu.index), offer.busy) for offer in offers), why_none
