"""``metrics``, ``events``, ``gpus --history``: what was kept; ``notify``: whether somebody can be told."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from wantui.cli import show
from wantui.cli.errors import DONE, FAILED
from wantui.formatting import moment
from wantui.gpus.model import Throttle
from wantui.history.model import EventSeverity
from wantui.services.history import History
from wantui.services.notify import Notifications
from wantui.services.reports import Reports
from wantui.terminal.foreign_text import escape_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from wantui.history.model import Event, KeptGpuReading, TrainingPoint
    from wantui.paths import Workspace

EPOCHS_SHOWN = 20
"""The latest, of each expert; ``--json`` and ``--csv`` have every step."""
ROWS_SHOWN = 24
"""Stretches of time that readings are shown in; ``--json`` has them all."""
GLYPHS = {EventSeverity.INFO: " ", EventSeverity.WARNING: show.CAUTION, EventSeverity.ERROR: show.BAD}


def metrics(workspace: Workspace, options: argparse.Namespace) -> int:
    """Print the steps of a run: all of them for programs, the end of each epoch for people."""
    found = History(workspace).metrics(options.run)
    if options.json:
        experts = {expert: [point.document() for point in points] for expert, points in found.items()}
        show.document({"run": options.run, "experts": experts})
    elif options.csv:
        print(Reports.table(found), end="")
    elif found:
        head = ["expert", "epoch", "step", "loss", "smoothed", "learning rate", "gradient norm", "at"]
        show.table([head, *(row for expert, points in found.items() for row in _epoch_rows(expert, points))])
    else:
        print(f"run {options.run} has made no step yet")
    return DONE


def events(workspace: Workspace, options: argparse.Namespace) -> int:
    """Print what has happened, and with ``-f`` what happens."""
    history = History(workspace)
    if options.follow:
        for found in history.follow_events():
            for event in found:
                print(_line(event) if options.json else "  ".join(_event_row(event)))
            sys.stdout.flush()
    every = history.events()
    if options.json:
        show.document([_event_document(event) for event in every])
    elif every:
        show.table([_event_row(event) for event in every])
    else:
        print("nothing has happened yet")
    return DONE


def gpu_history(workspace: Workspace, options: argparse.Namespace) -> int:
    """Print readings of the GPUs that were kept: each one for programs, over stretches of time for people."""
    found = History(workspace).gpu_readings(options.since)
    if options.json:
        show.document([_reading_document(reading) for reading in found])
    elif found:
        head = ["from", "gpu", "use", "most memory", "hottest", "power", "clock", "held down", "job"]
        show.table([head, *_stretches(found, max(1, round(options.since / ROWS_SHOWN)))])
    else:
        print("no GPU was read in this time")
    return DONE


def notify(workspace: Workspace, options: argparse.Namespace) -> int:
    """Send a test to each address of ``[notify]``, and print which of them took it."""
    tried = Notifications(workspace).test()
    if options.json:
        show.document([{"address": each.address, "ok": each.error is None, "error": each.error} for each in tried])
    else:
        show.table(
            [[show.GOOD if each.error is None else show.BAD, each.address, each.error or "sent"] for each in tried]
        )
    return DONE if all(each.error is None for each in tried) else FAILED


def _epoch_rows(expert: str, points: Sequence[TrainingPoint]) -> list[list[str]]:
    """The last step of each of the latest epochs."""
    last = {point.epoch: point for point in points}
    return [
        [
            expert, "" if point.epoch is None else str(point.epoch), str(point.step),
            *map(_figure, (point.loss, point.smoothed, point.learning_rate, point.grad_norm)), moment(point.time),
        ]
        for point in list(last.values())[-EPOCHS_SHOWN:]
    ]  # fmt: skip


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"  # noqa: RUF001  the design's glyph


def _event_document(event: Event) -> dict[str, Any]:
    """An event as the JSON contract has it."""
    return {
        "time": event.time,
        "severity": str(event.severity),
        "kind": event.kind,
        "job": event.job,
        "message": event.message,
        "evidence": event.evidence,
        "action": None if event.action is None else {"command": event.action.command, "verb": event.action.verb},
    }


def _line(event: Event) -> str:
    return escape_json(json.dumps(_event_document(event), ensure_ascii=False))


def _event_row(event: Event) -> list[str]:
    todo = "" if event.action is None else f"  → {event.action.verb}"
    return [GLYPHS[event.severity], moment(event.time), f"{event.message}{todo}"]


def _reading_document(reading: KeptGpuReading) -> dict[str, Any]:
    return {
        "time": reading.time,
        "index": reading.index,
        "uuid": reading.uuid,
        "name": reading.name,
        "utilization_pct": reading.utilization_pct,
        "memory_used_mib": reading.memory_used_mib,
        "temperature_c": reading.temperature_c,
        "power_w": reading.power_w,
        "sm_clock_mhz": reading.sm_clock_mhz,
        "throttle": None if reading.throttle is None else reading.throttle.word,
        "job": reading.job,
    }


def _stretches(readings: Sequence[KeptGpuReading], seconds: int) -> list[list[str]]:
    """A row for each GPU and stretch of so many seconds."""
    found: defaultdict[tuple[int, int], list[KeptGpuReading]] = defaultdict(list)
    for reading in readings:
        found[reading.time // seconds * seconds, reading.index].append(reading)
    return [
        [
            moment(begin), str(index),
            _in_words(_mean([each.utilization_pct for each in group]), "%"),
            _in_words(_most([each.memory_used_mib for each in group]), "MiB"),
            _in_words(_most([each.temperature_c for each in group]), "°C"),
            _in_words(_mean([each.power_w for each in group]), "W"),
            _in_words(_mean([each.sm_clock_mhz for each in group]), "MHz"),
            _held_down([each.throttle for each in group]),
            ", ".join(sorted({each.job for each in group if each.job is not None})),
        ]
        for (begin, index), group in sorted(found.items())
    ]  # fmt: skip


def _mean(figures: Sequence[int | None]) -> int | None:
    known = [figure for figure in figures if figure is not None]
    return round(sum(known) / len(known)) if known else None


def _most(figures: Sequence[int | None]) -> int | None:
    return max((figure for figure in figures if figure is not None), default=None)


def _held_down(throttles: Sequence[Throttle | None]) -> str:
    """The weightiest reason for clocks that were held down: ``thermal``; empty: there was none, or nobody told."""
    worst = max((each for each in throttles if each is not None), default=Throttle.NONE)
    return worst.word if worst else ""


def _in_words(figure: int | None, unit: str) -> str:
    return "" if figure is None else f"{figure} {unit}"
