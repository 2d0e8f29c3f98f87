"""Whether a workspace's disk is shared among the machines of a cluster as runs need it: what a test of it has found.

Who makes the test: `wantui.supervisor.slurm.disk_test`.
"""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from wantui import atomic, reading
from wantui.jobs.fields import Fields
from wantui.jobs.store import LARGEST_RECORD
from wantui.slurm.disk_report import GRANTED, PATIENCE_S, REFUSED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.config.schema import SlurmConfig
    from wantui.paths import Workspace
    from wantui.slurm.disk_report import DiskReport

_NAME = "shared-disk.json"


@dataclass(frozen=True, slots=True)
class DiskFinding:
    """What a test has found."""

    place: str
    """Which disk and which nodes: the finding says nothing about others (`place_of`)."""
    tested: float
    """Seconds since 1970."""
    machines: tuple[str, ...] = ()
    """That took part."""
    refusal: str | None = None
    """Why no job may run there, as a sentence; None: they may."""
    caution: str | None = None
    """What is not as it could be, as a sentence."""
    seen_after_s: float = 0.0
    """The longest that it took one machine to see what another had written."""


def place_of(workspace: Workspace, config: SlurmConfig) -> str:
    """The disk that the workspace lies on, as this machine has it now, and the nodes that jobs may get.

    Raises:
        OSError: the workspace is away.
    """
    return f"{workspace.root} {os.stat(workspace.state).st_dev} {config.partition or ''}"  # noqa: PTH116


def kept(workspace: Workspace, config: SlurmConfig) -> DiskFinding | None:
    """What the last test of this place has found; None: there was none, or it is not known."""
    try:
        fields = Fields(reading.read_json(workspace.state / _NAME, LARGEST_RECORD), _NAME)
        found = DiskFinding(
            place=fields.text("place"),
            tested=fields.number("tested"),
            machines=fields.texts("machines"),
            refusal=fields.text_or_none("refusal"),
            caution=fields.text_or_none("caution"),
            seen_after_s=fields.number("seen_after_s"),
        )
        return found if found.place == place_of(workspace, config) else None
    except (OSError, ValueError):
        return None


def keep(workspace: Workspace, finding: DiskFinding) -> None:
    """Keep what a test has found, until another one is made.

    Raises:
        OSError: it cannot be written.
    """
    atomic.write_json(workspace.state / _NAME, asdict(finding))


def judge(reports: Sequence[DiskReport | None], folder: Path, place: str, said: str | None = None) -> DiskFinding:
    """What the reports of the machines come to.

    Args:
        reports: of each machine by its rank, that of this machine last; None: it has none, or it is not seen here.
        folder: that was tested, for messages.
        place: `place_of`.
        said: what Slurm has said of the test, if it said anything.
    """
    there = [each for each in reports if each is not None]
    refusal = _broken(there, folder) or _unseen(reports, folder, said)
    return DiskFinding(
        place,
        time.time(),
        machines=tuple(each.machine for each in there),
        refusal=refusal,
        caution=None if refusal else _locks(there, folder),
        seen_after_s=max((each.seen_after_s for each in there), default=0.0),
    )


def _unseen(reports: Sequence[DiskReport | None], folder: Path, said: str | None) -> str | None:
    """That one machine does not see what another writes."""
    late = next((each for each in reports if each is not None and each.missing and each.stage != "begin"), None)
    if late is not None:
        return f"{folder}: what one machine writes is not seen by {late.machine} within {PATIENCE_S:.0f} s"
    if any(each is None or each.missing for each in reports):
        says = f"; Slurm says: {said}" if said else ""
        return f"{folder} is not shared with the nodes under this path: what they write is not seen here{says}"
    return None


def _broken(reports: Sequence[DiskReport], folder: Path) -> str | None:
    """That something does not work as it has to."""
    for each in reports:
        if each.stuck:
            when = "a lock is asked for" if each.stage in _LOCKING else f"files are written ({each.stage})"
            return f"{folder}: its disk does not answer {each.machine} when {when}"
        if each.error is not None:
            return f"{each.machine}: {each.error}"
        if each.torn is not None:
            return f"{folder}: a rename does not replace a file at once as {each.machine} sees it: {each.torn}"
        if each.is_freed is False:
            return f"{folder}: a lock stays though its holder has let go, so no job would ever count as ended"
    made = [number for each in reports for number in each.made]
    if len(made) != len(set(made)):
        return (
            f"{folder}: several machines could each be the first to make the same file (O_EXCL), "
            "so a job that Slurm starts twice would train twice"
        )
    return None


def _locks(reports: Sequence[DiskReport], folder: Path) -> str | None:
    """That locks do not reach from machine to machine: then Slurm, and what a job writes, tell whether it lives."""
    wrong = {str(each.lock) for each in reports if each.rank != 0 and each.lock != REFUSED}
    if not wrong:
        return None
    how = "are given to several machines at once" if wrong == {GRANTED} else f"do not work ({min(wrong)})"
    return f"{folder}: locks {how}; whether a job lives is told by Slurm and by what it writes"


_LOCKING = frozenset({"renamed", "locked", "tried", "free"})
"""The stages from the end of the renames on."""
