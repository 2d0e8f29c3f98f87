"""One operation on many captions: a preview of what it would do, before anything is written."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.captions import files
from wantui.captions.files import CaptionChange
from wantui.captions.operations import BulkError
from wantui.formatting import plain_plural
from wantui.journal.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wantui.captions.operations import Operation
    from wantui.dataset.model import Item

PATIENCE_IN_ALL_S = 20.0
"""How long an operation may take in all captions together, the reading of them left out."""


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """What an operation would do."""

    operation: Operation
    changes: tuple[CaptionChange, ...]
    unchanged: int
    """Items that stay as they are."""
    unreadable: tuple[tuple[Item, str], ...] = ()
    """Items whose captions cannot be read, each with why."""


def preview(items: Iterable[Item], operation: Operation) -> BulkPreview:
    """What an operation would do to the captions as they are on the disk; nothing is written.

    Raises:
        BulkError: the operation cannot be carried out as it is written.
    """
    apply = _Timed(operation)
    apply("")  # what is wrong with the operation itself is told without captions too
    changes: list[CaptionChange] = []
    unreadable: list[tuple[Item, str]] = []
    unchanged = 0
    for item, read in files.read_all(items):
        if isinstance(read, JournalError):
            unreadable.append((item, str(read)))
            continue
        after = apply(read.text)
        if after == read.text:
            unchanged += 1
        else:
            changes.append(CaptionChange(item, None if read.token is None else read.text, after))
    return BulkPreview(operation, tuple(changes), unchanged, tuple(unreadable))


class _Timed:
    """An operation that is given up when it takes too long in all."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._spent_s = 0.0

    def __call__(self, text: str) -> str:
        began = time.perf_counter()
        after = self._operation.apply(text)
        self._spent_s += time.perf_counter() - began
        if self._spent_s > PATIENCE_IN_ALL_S:
            raise BulkError(f"{self._operation.says}: takes too long; write a simpler one, or take fewer items")
        return after


def title(seen: BulkPreview) -> str:
    """What the journal calls the step: ``sort the tags in 12 captions``."""
    return f"{seen.operation.says} in {plain_plural(len(seen.changes), 'caption')}"
