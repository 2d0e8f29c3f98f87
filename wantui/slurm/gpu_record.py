"""Readings of GPUs that one machine writes down and another reads: a file with a line of JSON for each moment."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui import reading
from wantui.gpus.model import Gpu, Throttle
from wantui.jobs.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_TAIL = 1 << 14
"""Bytes in which the last line is looked for; each GPU takes some 250."""
_MOST = 1 << 20
"""Bytes that are read at once."""
_LATEST = 1 << 40
"""Seconds since 1970 of the last moment that is believed: some ten thousand years."""
_FIGURES = (
    "index", "uuid", "name", "memory_used_mib", "memory_total_mib", "utilization_pct", "temperature_c", "power_w",
    "power_limit_w", "sm_clock_mhz",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecordedReading:
    """The GPUs of a job at one moment."""

    time: float
    """Seconds since 1970, by the clock of the machine that wrote it."""
    gpus: tuple[Gpu, ...]


def line_of(now: float, gpus: Iterable[Gpu]) -> bytes:
    """A line of the file."""
    found = []
    for gpu in gpus:
        figures = {name: getattr(gpu, name) for name in _FIGURES}
        power = {"power_w": gpu.power_w, "power_limit_w": gpu.power_limit_w}
        throttle = None if gpu.throttle is None else int(gpu.throttle)
        found.append(
            {"index": gpu.index, "uuid": gpu.uuid, "name": gpu.name, **figures, **power, "throttle": throttle}
        )
    return json.dumps({"time": now, "gpus": found}).encode() + b"\n"


def read_lines(path: Path, offset: int) -> tuple[tuple[RecordedReading, ...], int]:
    """What was written after an offset, as far as lines are whole, and the offset behind it.

    What has no line end for longer than a line can be is passed over, so that what follows is read.

    Raises:
        OSError: there is no such file, or it cannot be read.
    """
    with reading.open_file(path) as file:
        file.seek(offset)
        text = file.read(_MOST)
    whole, end, _ = text.rpartition(b"\n")
    if not end and len(text) == _MOST:
        return (), offset + len(text)
    return tuple(_taken_apart(whole.splitlines())), offset + len(whole) + len(end)


def read_last(path: Path) -> RecordedReading | None:
    """The last whole line; None where there is none."""
    try:
        with reading.open_file(path) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            whole = file.read(_TAIL).rpartition(b"\n")[0]
    except OSError:
        return None
    return next(_taken_apart(reversed(whole.splitlines())), None)


def _taken_apart(lines: Iterable[bytes]) -> Iterator[RecordedReading]:
    """Lines of another form, as a disk that was full leaves them, are passed over."""
    for line in lines:
        try:
            fields = Fields(reading.parse_json(line), "reading")
            moment = fields.number("time")
            if not 0 <= moment < _LATEST:
                continue
            yield RecordedReading(moment, tuple(_gpu(each) for each in fields.objects("gpus")))
        except ValueError:
            continue


def _gpu(fields: Fields) -> Gpu:
    throttle = fields.integer_or_none("throttle")
    return Gpu(
        fields.integer("index"),
        fields.text("uuid"),
        fields.text("name"),
        memory_used_mib=fields.integer_or_none("memory_used_mib"),
        memory_total_mib=fields.integer_or_none("memory_total_mib"),
        utilization_pct=fields.integer_or_none("utilization_pct"),
        temperature_c=fields.integer_or_none("temperature_c"),
        power_w=fields.number_or_none("power_w"),
        power_limit_w=fields.number_or_none("power_limit_w"),
        sm_clock_mhz=fields.integer_or_none("sm_clock_mhz"),
        throttle=None if throttle is None else Throttle(throttle),
    )
