"""The process of a captioning job: asks the captioner about item after item and keeps what it proposes.

    python -m wantui.runs.captioning.main --run-folder DIR

Each proposal is on the disk before the next item is begun, and what has one is passed over, so that a retry goes on
where the job ended. No caption is written here. What it prints is read by `wantui.runs.captioning.output`.
"""

from __future__ import annotations

import argparse
import io
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.captions import files
from wantui.captions.proposals import Proposal, ProposalStore, media_digest
from wantui.dataset.model import DatasetError
from wantui.formatting import plain_plural
from wantui.jobs.model import JobError
from wantui.jobs.store import RunStore
from wantui.journal.errors import JournalError
from wantui.paths import Workspace, WorkspaceError
from wantui.runs.captioning.order import CaptionOrder
from wantui.runs.captioning.outcome import NotCaptioned
from wantui.runs.captioning.output import failure_line
from wantui.runs.counted_output import counted_line

if TYPE_CHECKING:
    from types import FrameType

    from wantui.dataset.model import Item

STOPPED = 128 + signal.SIGTERM


def run(workspace: Workspace, order: CaptionOrder) -> int:
    """Caption what the order names; 1 where something could not be captioned.

    Raises:
        DatasetError: the dataset cannot be read.
        OSError: proposals cannot be kept.
    """
    store = ProposalStore(workspace)
    wanted: dict[Path, tuple[str | None, str | None]] = {}
    failed: list[tuple[str, str]] = []
    for item in order.to_do(store):
        try:
            wanted[item.media] = media_digest(item.media), _caption_of(item)
        except JournalError as error:
            failed.append((item.media.name, str(error)))
    print(f"{plain_plural(len(wanted), 'item')} to caption with {order.captioner.source}")  # noqa: T201
    begun = time.monotonic()
    for number, (media, outcome) in enumerate(order.captioner.captions(tuple(wanted), workspace.root), 1):
        if isinstance(outcome, NotCaptioned):
            failed.append((media.name, outcome.why))
            said = f"not captioned: {outcome.why}"
        else:
            content, before = wanted[media]
            store.keep(Proposal(media, outcome, order.captioner.source, time.time(), content, before))
            said = outcome
        print(counted_line(number, len(wanted), time.monotonic() - begun, f"{media.name}: {said}"))  # noqa: T201
    if failed:
        print(failure_line(failed, len(wanted)))  # noqa: T201
    return 1 if failed else 0


def _caption_of(item: Item) -> str | None:
    """The caption that the item has before anything is proposed; None where there is no caption file."""
    caption = files.read(item)
    return None if caption.token is None else caption.text


def main() -> int:
    """Do what the run in the folder is for."""
    parser = argparse.ArgumentParser(prog="python -m wantui.runs.captioning.main")
    parser.add_argument("--run-folder", type=Path, required=True)
    folder: Path = parser.parse_args().run_folder
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files need not be UTF-8
    signal.signal(signal.SIGTERM, _stop)
    workspace = Workspace(folder.parents[2])
    try:
        order = CaptionOrder.from_document(RunStore(workspace).get(int(folder.name)).settings)
        return run(workspace, order)
    except (DatasetError, JobError, WorkspaceError, OSError) as error:
        print(f"not captioned: {error}", file=sys.stderr)  # noqa: T201
        return 1


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Leave by way of every ``finally``: programs are ended, folders of links removed."""
    raise SystemExit(STOPPED)


if __name__ == "__main__":
    sys.exit(main())
