"""Figures as a person reads them: durations, sizes, counts."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86400


def duration(seconds: float | None) -> str:
    """``53:32``, ``4:07:09``, ``2d 03h``; empty where it is not known."""
    if seconds is None or seconds < 0:
        return ""
    whole = int(seconds)
    if whole >= DAY_S:
        return f"{whole // DAY_S}d {whole % DAY_S // HOUR_S:02}h"
    hours, rest = divmod(whole, HOUR_S)
    if hours:
        return f"{hours}:{rest // MINUTE_S:02}:{rest % MINUTE_S:02}"
    return f"{rest // MINUTE_S}:{rest % MINUTE_S:02}"


def clock(moment: float | None, *, now: float | None = None) -> str:
    """``21:06`` today, ``19 Nov`` on another day; empty where it is not known."""
    if moment is None:
        return ""
    when = time.localtime(moment)
    today = time.localtime(now if now is not None else time.time())
    if (when.tm_year, when.tm_yday) == (today.tm_year, today.tm_yday):
        return time.strftime("%H:%M", when)
    return time.strftime("%d %b", when)


def gib(mib: float | None) -> str:
    """Mebibytes as ``29.8 G``."""
    return "" if mib is None else f"{mib / 1024:.1f} G"


def count(number: int) -> str:
    """``1,204``."""
    return f"{number:,}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """``1 item``, ``2 items``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def rate(step_s: float | None) -> str:
    """Seconds a step: ``1.90``; under a tenth of a second three digits, so that it never reads as nothing."""
    if step_s is None:
        return ""
    return f"{step_s:.2f}" if step_s >= 0.1 else f"{step_s:.3f}"  # noqa: PLR2004


def home(path: Path) -> str:
    """The path with ``~`` for the home folder."""
    try:
        return "~/" + str(path.relative_to(Path.home())) if path != Path.home() else "~"
    except (ValueError, RuntimeError):
        return str(path)


def shortened(text: str, width: int, ellipsis: str) -> str:
    """The end of `text` in at most `width` characters: of a path the end tells more than the start."""
    return text if len(text) <= width else ellipsis + text[len(text) - width + 1 :] if width > 1 else text[:width]


def gigabytes(size: int) -> str:
    """``1.7 GB``, ``310 MB``: as disks are sold and weights are listed."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"  # noqa: PLR2004  a thousand million


def duration_words(seconds: float) -> str:
    """``about 12 min``, ``under a minute``, ``about 1 h 30 min``."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "under a minute"
    hours, rest = divmod(minutes, 60)
    words = [f"{hours} h"] if hours else []
    return " ".join(["about", *words, *([f"{rest} min"] if rest else [])])


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
