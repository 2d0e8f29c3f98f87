"""``status``, ``gpus``, ``config``: what is there."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.errors import DONE
from wantui.cli.recorded import gpu_history
from wantui.cli.screen_settings import check_themes, command_table, written
from wantui.jobs.shown import shown
from wantui.services.machine import MachineReadings
from wantui.services.runs import Runs
from wantui.services.screen_settings import ScreenSettings
from wantui.services.settings import Settings
from wantui.services.supervisor import Supervisor

if TYPE_CHECKING:
    import argparse

    from wantui.config.schema import ConfigValue
    from wantui.gpus.model import GpuReading
    from wantui.paths import Workspace
    from wantui.services.machine import MachineView
    from wantui.services.screen_settings import StartSettings
    from wantui.ui.commands.command_table import CommandTable


def gpus(workspace: Workspace, options: argparse.Namespace) -> int:
    """What the GPU pane shows, or what was read before."""
    if options.history:
        return gpu_history(workspace, options)
    found = _look(workspace)
    if options.json:
        show.document([_gpu_document(reading) for reading in found.gpus])
    elif found.gpus:
        show.table([_gpu_row(reading) for reading in found.gpus])
    else:
        print(f"no GPU: {found.trouble}")
    return DONE


def status(workspace: Workspace, options: argparse.Namespace) -> int:
    """Supervisor, GPUs and runs at a partial_rescan."""
    service = Supervisor(workspace)
    service.wake()
    found = service.status()
    machine = _look(workspace)
    active = Runs(workspace).active()
    if options.json:
        supervisor = {"running": found.running, "pid": found.pid, "version": found.version, "trouble": found.trouble}
        gpu_documents = [_gpu_document(reading) for reading in machine.gpus]
        show.document({"supervisor": supervisor, "gpus": gpu_documents, "jobs": [view.document() for view in active]})
        return DONE
    print(f"workspace   {workspace.root}")
    print(f"supervisor  {f'process {found.pid}' if found.running else 'not running; it starts with the first run'}")
    if found.trouble:
        print(f"            {found.trouble}")
    if machine.gpus:
        show.table([_gpu_row(reading) for reading in machine.gpus])
    else:
        print(f"no GPU: {machine.trouble}")
    if active:
        show.table([show.job_line(view) for view in active])
    else:
        print("no run is active")
    return DONE


def config(workspace: Workspace, options: argparse.Namespace) -> int:
    """Every value in force, with where it is from; or the commands of the screen with their keys.

    Raises:
        ConfigError: ``wantui.toml`` cannot be used, or ``[keys]`` or ``[screen] theme`` cannot.
    """
    settings = Settings(workspace)
    config = settings.config()
    table = command_table(config)
    if options.keys:
        return _command_keys(table, as_json=options.json)
    screen = ScreenSettings(workspace)
    start = screen.at_start()
    for warning in check_themes(config, start):
        print(f"warning: {warning}", file=sys.stderr)
    values = [_theme_in_force(each, start) for each in settings.in_force()]
    if options.json:
        show.document({each.key: {"value": shown(each.key, each.value), "source": each.source} for each in values})
    else:
        show.table([[each.key, str(shown(each.key, each.value)), each.source] for each in values])
    return DONE


def _theme_in_force(value: ConfigValue, start: StartSettings) -> ConfigValue:
    """A theme that was chosen on the screen is in force where the file names none."""
    if value.key != "screen.theme" or value.value is not None:
        return value
    return replace(value, value=start.chosen or "dark", source="chosen on the screen" if start.chosen else "default")


def _command_keys(table: CommandTable, *, as_json: bool) -> int:
    """The names that ``[keys]`` takes, each with the keys in force, where they work and what it does."""
    if as_json:
        show.document(
            {
                each.id: {"keys": list(written(each)), "place": each.place, "says": each.says}
                for each in table.commands
            }
        )
    else:
        show.table([[each.id, " ".join(written(each)), each.place, each.says] for each in table.commands])
    return DONE


def _look(workspace: Workspace) -> MachineView:
    with closing(MachineReadings(workspace)) as machine:
        return machine.look()


def _gpu_document(reading: GpuReading) -> dict[str, Any]:
    """A GPU as the JSON contract has it."""
    gpu = reading.gpu
    return {
        "index": gpu.index,
        "uuid": gpu.uuid,
        "name": gpu.name,
        "memory_used_mib": gpu.memory_used_mib,
        "memory_total_mib": gpu.memory_total_mib,
        "utilization_pct": gpu.utilization_pct,
        "temperature_c": gpu.temperature_c,
        "power_w": gpu.power_w,
        "power_limit_w": gpu.power_limit_w,
        "sm_clock_mhz": gpu.sm_clock_mhz,
        "throttle": None if gpu.throttle is None else gpu.throttle.word,
        "job": reading.job,
        "free": reading.busy is None,
    }


def _gpu_row(reading: GpuReading) -> list[str]:
    gpu = reading.gpu
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
        reading.job or reading.busy or "free",
    ]
