"""Which GPUs a workspace works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.gpus.provider import open_provider

if TYPE_CHECKING:
    from wantui.config import Config
    from wantui.gpus.model import GpuProvider
    from wantui.paths import Workspace


def open_for(config: Config, workspace: Workspace) -> GpuProvider:
    """The provider that ``[gpus]`` asks for.

    With ``provider = "auto"`` on a machine without a GPU the rehearsal trainer, which needs none, gets simulated
    ones; the real trainer gets none, and the provider says why.
    """
    kind = config.gpus.provider
    simulated_state = workspace.state / "simulated-gpus.json"
    provider = open_provider(
        kind, use=config.gpus.use, simulated=config.gpus.simulated, simulated_state=simulated_state
    )
    if kind == "auto" and config.trainer.kind == "rehearsal" and not provider.snapshot(with_processes=False):
        provider.close()
        return open_provider(
            "simulated", use=config.gpus.use, simulated=config.gpus.simulated, simulated_state=simulated_state
        )
    return provider
