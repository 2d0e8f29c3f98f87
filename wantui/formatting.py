"""Figures as a person reads them: durations, moments, sizes, counts; one function for each way they are written."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86400
KILOBYTE = 10**3
MEGABYTE = 10**6
GIGABYTE = 10**9
MEBIBYTE = 1 << 20
_LONGEST_VALUE = 60
"""Characters of a setting that a message quotes."""


def duration(seconds: float | None) -> str:
    """``53:32``, ``4:07:09``, ``2d 03h``: whole seconds that have passed; empty where it is not known."""
    if seconds is None or seconds < 0:
        return ""
    whole = int(seconds)
    if whole >= DAY_S:
        return f"{whole // DAY_S}d {whole % DAY_S // HOUR_S:02}h"
    hours, rest = divmod(whole, HOUR_S)
    if hours:
        return f"{hours}:{rest // MINUTE_S:02}:{rest % MINUTE_S:02}"
    return f"{rest // MINUTE_S}:{rest % MINUTE_S:02}"


def duration_in_hours(seconds: float | None) -> str:
    """``2:03``, ``1:02:03``, ``51:00:00``: to the nearest second, and hours however many.

    Empty for what is not known, or comes of a clock that was set back.
    """
    if seconds is None or seconds < 0:
        return ""
    whole = round(seconds)
    minutes, hours = whole // MINUTE_S % 60, whole // HOUR_S
    return f"{hours}:{minutes:02d}:{whole % MINUTE_S:02d}" if hours else f"{minutes}:{whole % MINUTE_S:02d}"


def rough_duration(seconds: float) -> str:
    """``about 12 min``, ``under a minute``, ``about 1 h 30 min``: of estimates."""
    minutes = round(seconds / MINUTE_S)
    if minutes < 1:
        return "under a minute"
    hours, rest = divmod(minutes, 60)
    words = [f"{hours} h"] if hours else []
    return " ".join(["about", *words, *([f"{rest} min"] if rest else [])])


def step_duration(step_s: float | None) -> str:
    """Seconds a step: ``1.90``; under a tenth of a second three digits, so that it never reads as nothing."""
    if step_s is None:
        return ""
    return f"{step_s:.2f}" if step_s >= 0.1 else f"{step_s:.3f}"  # noqa: PLR2004


def clock(moment: float | None, *, now: float | None = None) -> str:
    """``21:06`` today, ``19 Nov`` on another day; empty where it is not known."""
    if moment is None:
        return ""
    when = time.localtime(moment)
    today = time.localtime(now if now is not None else time.time())
    if (when.tm_year, when.tm_yday) == (today.tm_year, today.tm_yday):
        return time.strftime("%H:%M", when)
    return time.strftime("%d %b", when)


def at_clock(moment: float | None, *, now: float | None = None) -> str:
    """``at 02:14`` today, ``on 19 Nov at 02:14`` on another day; empty where it is not known."""
    if moment is None:
        return ""
    time_of_day = time.strftime("%H:%M", time.localtime(moment))
    shown = clock(moment, now=now)
    return f"at {shown}" if shown == time_of_day else f"on {shown} at {time_of_day}"


def clock_and_day(moment: float, *, now: float | None = None) -> str:
    """``21:06`` today, ``Sat 21:06`` within six days, ``29 Nov 21:06`` at other times."""
    when = time.localtime(moment)
    present = now if now is not None else time.time()
    if time.localtime(present)[:3] == when[:3]:
        return time.strftime("%H:%M", when)
    return time.strftime("%a %H:%M" if abs(moment - present) < 6 * DAY_S else "%d %b %H:%M", when)


def moment(seconds: float) -> str:
    """``2026-06-24 22:31``: seconds since 1970 as this machine's clock shows them."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def file_size(size: int) -> str:
    """``28.6 GB``, ``254.0 MB``, ``1.2 kB``, ``12 bytes``: of what lies on disks, decimal as these are sold."""
    for unit, of_unit in (("GB", GIGABYTE), ("MB", MEGABYTE), ("kB", KILOBYTE)):
        if size >= of_unit:
            return f"{size / of_unit:.1f} {unit}"
    return f"{size} bytes"


def size_limit(size: int) -> str:
    """``64 MiB``, ``16 KiB``: of limits, which are powers of two."""
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"


def gibibytes(mib: int) -> str:
    """Mebibytes of memory in a sentence: ``18 GiB``, ``0.6 GiB``."""
    gib = mib / 1024
    return f"{gib:.1f} GiB" if 0 < gib < 1 else f"{gib:.0f} GiB"


def short_gibibytes(mib: float | None) -> str:
    """Mebibytes of memory in a column: ``29.8 G``; empty where it is not known."""
    return "" if mib is None else f"{mib / 1024:.1f} G"


def transfer_rate(bytes_a_second: float) -> str:
    """``250 MB/s``."""
    return f"{bytes_a_second / MEGABYTE:.0f} MB/s"


def count(number: int) -> str:
    """``1,204``."""
    return f"{number:,}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """``1 item``, ``1,204 items``: on the screen."""
    return f"{number:,} {_noun(number, one, many)}"


def plain_plural(number: int, one: str, many: str | None = None) -> str:
    """``1 item``, ``1204 items``: in what verbs and jobs print, and in what is kept."""
    return f"{number} {_noun(number, one, many)}"


def home(path: Path) -> str:
    """The path with ``~`` for the home folder."""
    try:
        return "~/" + str(path.relative_to(Path.home())) if path != Path.home() else "~"
    except (ValueError, RuntimeError):
        return str(path)


def shortened(text: str, width: int, ellipsis: str) -> str:
    """The end of `text` in at most `width` characters: of a path the end tells more than the start."""
    return text if len(text) <= width else ellipsis + text[len(text) - width + 1 :] if width > 1 else text[:width]


def _noun(number: int, one: str, many: str | None) -> str:
    return one if number == 1 else many or one + "s"


def in_words(value: Any, between: str = "  ") -> str:
    """A setting as a person writes it.

    Args:
        value: as a run keeps it.
        between: what stands between the parts of a table.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return between.join(f"{key}={in_words(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return " ".join(in_words(part) for part in value)
    return "–" if value is None else str(value)  # noqa: RUF001  an en dash is what is drawn


def as_toml(value: object) -> str:
    """A value as TOML would write it, shortened where it is long."""
    match value:
        case dict():
            return "a table"
        case int() if value.bit_length() > _LONGEST_VALUE * 4:
            return f"a number of {value.bit_length()} bits"  # Python refuses to write out the longest
        case str() | bool() | int() | float() | list() | tuple():
            import json  # noqa: PLC0415  only complaints need it

            written = json.dumps(value, ensure_ascii=False, default=str)
        case _:
            written = str(value)
    return written if len(written) <= _LONGEST_VALUE else written[: _LONGEST_VALUE - 1] + "…"
