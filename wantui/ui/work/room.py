"""How many lines jobs and log get: as many as there is work to show. The rest is the dataset's."""

from __future__ import annotations

from typing import NamedTuple  # the first frame waits for this module: dataclasses take three times as long

BARS = 2
"""Lines of the top line and the keys."""
FRAME = 2
"""Lines of a pane's border."""
HEAD = 1
"""Lines above the jobs and above the items."""
EXPECTED_ROWS = 4
"""Lines of the job table before it is known how many there are."""
LEAST_DAY = 12
"""Lines that dataset and picture keep, with their borders."""
PICTURE = 20
"""Lines below which a picture becomes small: the jobs take them only for the log's sake."""
LEAST_CHART = 10
LEAST_JOBS = 4
LEAST_LOG = 5
HIGH = 45
"""From so many lines on there is room for a longer log."""


class Room(NamedTuple):
    """Lines of two panes, borders included."""

    jobs: int
    log: int
    """0: it is not shown unless somebody goes there."""


def room_for(lines: int, *, rows: int, busy: int | None = None, items: int = 0, is_raised: bool = False) -> Room:
    """The room of jobs and log where all panes are seen.

    Args:
        lines: of the terminal.
        rows: of the job table; 0: there are no jobs.
        busy: those of runs that have not ended, where this is known: their log is read.
        items: of the dataset.
        is_raised: whether jobs and log have been raised over the dataset.
    """
    body = lines - BARS
    if not rows:
        return Room(FRAME + 1, 0)
    wanted = max(LEAST_JOBS, rows + HEAD + FRAME)
    if is_raised:
        jobs = min(wanted, body // 3)
        chart = max(LEAST_CHART, body * 45 // 100)
        return Room(jobs, max(LEAST_LOG, body - chart - jobs))
    is_high = lines >= HIGH
    log = max(LEAST_LOG, lines // 6) if busy == 0 else 12 if is_high else max(LEAST_LOG, lines // 4)
    most = max(9 if is_high else 7, min(body * 3 // 10, (busy or 0) + HEAD + FRAME))
    # A dataset that needs less leaves it to jobs that would have to scroll.
    spare = body - log - max(PICTURE, items + HEAD + FRAME)
    return Room(max(LEAST_JOBS, min(wanted, max(most, spare), body - log - LEAST_DAY)), log)
