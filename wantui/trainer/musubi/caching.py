"""Counts what a cache script has looked at: its bars know batches only, and no total."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wantui.trainer.model import Progress

_BAR = re.compile(
    rb"(\d{1,12})it \[[^\],\r\n]{0,40},\s{0,20}(\d{1,9}(?:\.\d{1,9})?|\?)\s?(it/s|s/it)[^\]\r\n]{0,400}\]"
)
_FOUND = re.compile(r"(?:found|loaded) (\d+) (?:images|videos)$")
_SOURCE = re.compile(r"(?:glob (?:images|videos) in|load (?:image|video) jsonl from) (.+)$")
_DATASET = re.compile(r"\[Dataset (\d+)\]")
_BATCH_SIZE = re.compile(r"batch_size: (\d+)$")
_ENCODING = re.compile(r"Encoding dataset \[(\d+)\]")


class CachingCounter:
    """Items done over all datasets of a cache job.

    A dataset's items are told when its folder is read, its batches while it is encoded. Batches hold up to
    ``batch_size`` items; the last of a bucket may hold fewer, so that the count is capped by what was found. A video
    may become several clips: where more is encoded than was found, there is no total.
    """

    def __init__(self) -> None:
        self._source = "the dataset"
        self._found: list[int] = []
        self._batch_sizes: dict[int, int] = {}
        self._described = 0
        self._encoding: int | None = None
        self._done_before = 0
        self._has_total = True
        self._bar: re.Match[bytes] | None = None

    def take_message(self, message: str) -> str | None:
        """Look at one message of the script's; answers with a warning where it hides something bad."""
        if found := _SOURCE.match(message):
            self._source = found[1]
        elif found := _FOUND.match(message):
            self._found.append(int(found[1]))
            if self._found[-1] == 0:
                return f"nothing was found in {self._source}, and its old caches are removed; correct dataset.toml"
        elif found := _DATASET.match(message):
            self._described = int(found[1])
        elif found := _BATCH_SIZE.match(message):
            self._batch_sizes[self._described] = int(found[1])
        elif found := _ENCODING.match(message):
            self._begin(int(found[1]))
        return None

    def take_bar(self, line: bytes) -> int:
        """Remember the last bar of a line; answers where it ends, 0 when there is none."""
        bar = _last_bar(line)
        if bar is None:
            return 0
        self._bar = bar
        return bar.end()

    def progress(self, known: Progress, line: bytes = b"") -> Progress:
        """`known` with the count in it, and with the last bar of `line` where it has one."""
        if not self._found:
            return known
        bar = _last_bar(line) or self._bar
        if self._encoding is None or bar is None:
            return replace(known, steps=sum(self._found))
        items, has_total = self._items(bar)
        done = self._done_before + items
        steps = sum(self._found) if has_total and self._has_total else None
        item_s = _batch_seconds(bar)
        if item_s is not None:
            item_s /= self._batch_size
        eta_s = None if steps is None or item_s is None else max(steps - done, 0) * item_s
        return replace(known, step=done, steps=steps, step_s=item_s, eta_s=eta_s)

    def _begin(self, dataset: int) -> None:
        if self._encoding is not None and self._bar is not None:
            items, has_total = self._items(self._bar)
            self._done_before += items
            self._has_total = self._has_total and has_total
        self._encoding = dataset
        self._bar = None

    def _items(self, bar: re.Match[bytes]) -> tuple[int, bool]:
        """Items done of the dataset being encoded, and whether they fit into what was found."""
        batches = int(bar[1])
        items = batches * self._batch_size
        index = self._encoding or 0
        found = self._found[index] if index < len(self._found) else items
        return (items, False) if batches > found else (min(items, found), True)

    @property
    def _batch_size(self) -> int:
        return max(self._batch_sizes.get(self._encoding or 0, 1), 1)


def _batch_seconds(bar: re.Match[bytes]) -> float | None:
    rate = bar[2]
    if rate == b"?" or float(rate) == 0:
        return None
    return float(rate) if bar[3] == b"s/it" else 1 / float(rate)


def _last_bar(line: bytes) -> re.Match[bytes] | None:
    end = len(line)
    while (start := line.rfind(b"it [", 0, end)) >= 0:
        digits = start
        while digits > 0 and line[digits - 1 : digits].isdigit():
            digits -= 1
        found = _BAR.match(line, digits)
        if found is not None:
            return found
        end = start
    return None
