"""``status``, ``gpus``, ``config``: what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.cli import show
from wantui.cli.errors import DONE
from wantui.jobs.shown import shown
from wantui.runs.board import Board, gpu_document
from wantui.runs.machine import GpuView, look_at_gpus
from wantui.supervisor import client

if TYPE_CHECKING:
    import argparse

    from wantui.paths import Workspace


def gpus(workspace: Workspace, options: argparse.Namespace) -> int:
    """What the GPU pane shows."""
    views, why_none = look_at_gpus(workspace, configuration.load(workspace))
    if options.json:
        show.document([gpu_document(view.gpu, view.job, free=view.busy is None) for view in views])
    elif views:
        show.table([_gpu_row(view) for view in views])
    else:
        print(f"no GPU: {why_none}")
    return DONE


def status(workspace: Workspace, options: argparse.Namespace) -> int:
    """Supervisor, GPUs and runs at a partial_rescan."""
    client.wake(workspace)
    found = client.status(workspace)
    views, why_none = look_at_gpus(workspace, configuration.load(workspace))
    board = Board(workspace)
    active = [view for run in board.store.runs() if not run.has_ended for view in board.of(run)]
    if options.json:
        supervisor = {"running": found.running, "pid": found.pid, "version": found.version, "trouble": found.trouble}
        gpu_documents = [gpu_document(view.gpu, view.job, free=view.busy is None) for view in views]
        show.document({"supervisor": supervisor, "gpus": gpu_documents, "jobs": [view.document() for view in active]})
        return DONE
    print(f"workspace   {workspace.root}")
    print(f"supervisor  {f'process {found.pid}' if found.running else 'not running; it starts with the first run'}")
    if found.trouble:
        print(f"            {found.trouble}")
    if views:
        show.table([_gpu_row(view) for view in views])
    else:
        print(f"no GPU: {why_none}")
    if active:
        show.table([show.job_line(view) for view in active])
    else:
        print("no run is under way")
    return DONE


def config(workspace: Workspace, options: argparse.Namespace) -> int:
    """Every value in force, with where it is from."""
    values = configuration.effective(configuration.load(workspace))
    if options.json:
        show.document({each.key: {"value": shown(each.key, each.value), "source": each.source} for each in values})
    else:
        show.table([[each.key, str(shown(each.key, each.value)), each.source] for each in values])
    return DONE


def _gpu_row(view: GpuView) -> list[str]:
    gpu = view.gpu
    memory = "" if gpu.memory_used_mib is None else f"{gpu.memory_used_mib / 1024:.1f}"
    if gpu.memory_total_mib is not None:
        memory = f"{memory or '?'}/{gpu.memory_total_mib / 1024:.1f} GiB"
    return [
        str(gpu.index),
        gpu.name,
        "" if gpu.utilization_pct is None else f"{gpu.utilization_pct} %",
        memory,
        "" if gpu.temperature_c is None else f"{gpu.temperature_c} °C",
        "" if gpu.power_w is None else f"{gpu.power_w:.0f} W",
        view.job or view.busy or "free",
    ]
