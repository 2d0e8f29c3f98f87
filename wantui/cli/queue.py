"""``queue``: which runs wait and run, in which order; to move, hold and release one, and to pause them all."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.errors import DONE, complain
from wantui.formatting import clock_and_day
from wantui.services.queue import Queue

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from wantui.paths import Workspace
    from wantui.services.queue import QueuedRun, QueueView

GLYPHS = {"running": "▶", "waiting": "…", "held": "■", "paused": "■"}
SHOWN = ("position", "run", "suffix", "state", "reason", "after", "start", "end")
"""Of a run, as the JSON contract has it."""


def queue(workspace: Workspace, options: argparse.Namespace) -> int:
    """Do what was asked, and say what has become of it; as JSON, how the queue is now."""
    service = Queue(workspace)
    said = ACTIONS[options.action](service, options)
    if options.json:
        show.document(_document(service.look()))
    elif said is None:
        _list(service.look())
    else:
        print(said)
    return DONE


def _look(service: Queue, _: argparse.Namespace) -> None:
    service.wake()


def _move(service: Queue, options: argparse.Namespace) -> str:
    return f"run {options.run} is at position {service.move(options.run, options.position)} now"


def _hold(service: Queue, options: argparse.Namespace) -> str:
    run = service.hold(options.run)
    active = [job.id for job in run.jobs if job.state.is_active]
    goes_on = f"{' and '.join(active)} {'go' if len(active) > 1 else 'goes'} on, and " if active else ""
    return f"run {run.number} is held: {goes_on}nothing of it starts until `wantui queue release {run.number}`"


def _release(service: Queue, options: argparse.Namespace) -> str:
    """Let a run go on; before, where this user has not started it, what it would execute."""
    foreign = service.foreign_jobs(options.run)
    if not options.json:
        show.commands([replace(spec, argv=command) for spec in foreign for command in spec.commands])
    run = service.release(options.run)
    return f"released: {', '.join(job.id for job in run.jobs if not job.state.has_ended)}"


def _pause(service: Queue, _: argparse.Namespace) -> str:
    running = service.pause()
    goes_on = f"{', '.join(running)} {'run' if len(running) > 1 else 'runs'} on" if running else "nothing runs"
    return f"paused: {goes_on}, and nothing starts until `wantui queue go`"


def _go(service: Queue, _: argparse.Namespace) -> str:
    service.go()
    return "the queue is resumed"


ACTIONS: dict[str, Callable[[Queue, argparse.Namespace], str | None]] = {
    "list": _look, "move": _move, "hold": _hold, "release": _release, "pause": _pause, "go": _go,
}  # fmt: skip


def _list(found: QueueView) -> None:
    if found.trouble:
        complain(f"what is listed may be old: {found.trouble}")
    if found.paused:
        print("paused: nothing starts until `wantui queue go`")
    if found.runs:
        show.table([_cells(row) for row in found.runs])
    else:
        print("nothing is waiting or running; `wantui train` queues a run")


def _cells(row: QueuedRun) -> list[str]:
    begins = "started" if row.state == "running" else "starts"
    return [
        str(row.position),
        GLYPHS[row.state],
        f"run {row.run}",
        row.suffix or row.kind,
        row.state,
        "start unknown" if row.start is None else f"{begins} {clock_and_day(row.start)}",
        "end unknown" if row.end is None else f"ends {clock_and_day(row.end)}",
        row.waiting_for,
    ]


def _document(found: QueueView) -> dict[str, Any]:
    rows = [{key: value for key, value in asdict(row).items() if key in SHOWN} for row in found.runs]
    return {"paused": found.paused, "runs": rows}
