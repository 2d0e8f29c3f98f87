r"""Reads what the trainer prints: steps, epochs, loss, pace, saved files, and the cause of a failure.

Works on bytes as they lie in the log, standard output and standard error in one file. A line ends with ``\n``;
within a line the progress bar rewrites itself after each ``\r``, so that of a line only the last bar counts, and
text only where it comes first or glued behind the last bar. That keeps 200 MB of bars cheap.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.trainer.model import Progress
from wantui.trainer.musubi.caching import CachingCounter
from wantui.trainer.musubi.failures import explain, plain
from wantui.trainer.musubi.tracebacks import HEADER, Failure, TracebackReader

if TYPE_CHECKING:
    from collections.abc import Callable

_BAR = re.compile(
    rb"steps:\s{1,20}\d{1,3}%(?:\|[^|\r\n]{0,2000}\|)?\s{1,20}(\d{1,12})/(\d{1,12}) "
    rb"\[[^<\]\r\n]{0,40}<[^,\]\r\n]{0,40},\s{0,20}(\d{1,9}(?:\.\d{1,9})?|\?)\s?(it/s|s/it)"
    rb"(?:, ([^\]\r\n]{0,400}))?\]"
)
_OTHER_BAR = re.compile(rb"(?:\d{1,3}%\|.{0,2000}?|\d{1,12}it )\[[\d:]{1,20}(?:<[^\]]{0,40})?, [^\]]{0,400}\]")
"""Every repetition has a limit: a line of nothing but beginnings of bars must not take its length squared."""

_LOSS = re.compile(rb"avr_loss=([^,\s\]]+)")
_LEVEL = re.compile(r"(?:INFO|WARNING|ERROR|CRITICAL):[^:\s]*:")
_COMPLAINTS = (
    (re.compile(r"(?:[\w.-]+\.py|[\w .]*[Aa]ccelerate[\w .]*): error: (.+)"), "argparse"),
    (re.compile(r".*can't open file '(.+)': \[Errno 2\]"), "missing-script"),
    (
        re.compile(
            r"\S*python[\d.]*: (?:Error while finding module specification for '(\w+)|No module named '?(\w+))"
        ),
        "missing-module",
    ),
)
"""What Python and argparse say without a traceback, and the name that `failures` knows it by."""

_CHECKPOINT = re.compile(r"(.+\.safetensors)")
_NUMBER_AT_END = re.compile(r"(\d+)\s*$")
_EPOCH = re.compile(r"(\d+)/(\d+)")

_LONGEST_TAIL = 1 << 14
_KEPT_HEAD, _KEPT_TAIL = 1 << 10, 1 << 12
_LONGEST_TEXT = 1 << 16
_LONGEST_PIECE = 1 << 14
"""Bytes of a line that are looked at for what it says."""
_MOST_SAVED = 10_000
_MOST_WARNINGS = 5
_RESTART_RATE = 100.0
"""Steps a second that no real model reaches: later versions of the trainer restart the bar's clock within the
first step, which then shows a rate like 1523 it/s."""

_PHASES = {
    "Load dataset config": "reading the dataset",
    "preparing accelerator": "preparing",
    "Loading DiT model": "loading the model",
    "Loading VAE model": "loading the VAE",
    "Loading T5": "loading the text encoder",
    "create LoRA network": "creating the LoRA",
    "running training": "training",
    "generating sample images": "drawing samples",
    "Encoding dataset": "encoding",
    "model saved.": "finished",
}
_NOISE = ("Layer ", "target_frames are rounded")
"""Starts of warnings that no person can or need act on."""

_TOLD = (
    *(start.encode() for start in _PHASES),
    *(b"glob ", b"load ", b"loaded ", b"found ", b"[Dataset "),
)
"""Starts of the messages at level INFO that are read."""

_SPEAKING = (
    *(b"INFO:", b"WARNING:", b"ERROR:", b"CRITICAL:"),
    *(b"epoch ", b"saving checkpoint: ", b"removing old checkpoint: ", b"running training"),
    *(b"  num epochs", b"num epochs", b"  total optimization steps", b"total optimization steps"),
    *(b"[Dataset ", b"  batch_size: "),
)
"""Starts of the lines that are read."""

_COMPLAINT_TOKENS = (HEADER.encode(), b": error: ", b": [Errno 2]", b"No module named", b"module specification")


class MusubiOutput:
    """The reader of one job's output."""

    def __init__(self, kind: str) -> None:
        """A reader for a job of `kind`: ``latents``, ``text``, ``high`` or ``low``."""
        self._kind = kind
        self._caching = CachingCounter() if kind in {"latents", "text"} else None
        self._known = Progress()
        self._tail = b""
        self._clock_restarts: bool | None = None
        self._tracebacks = TracebackReader()
        self._failed_at = 0
        self._is_stuck = False
        self._may_have_bars = self._may_complain = False
        self._saved: dict[Path, None] = {}
        self._being_saved: Path | None = None
        self._on_message: tuple[tuple[str, Callable[[str], None]], ...] = (
            ("epoch ", self._epoch_begins),
            ("num epochs", self._epochs_told),
            ("total optimization steps", self._steps_told),
            ("saving checkpoint: ", self._checkpoint_saved),
            ("removing old checkpoint: ", self._checkpoint_removed),
        )

    def feed(self, data: bytes) -> None:
        """Take the next bytes; they may end anywhere, even within a character."""
        data = self._tail + data
        if self._clock_restarts is None and self._caching is None:
            self._look_for_restart(data)
        *lines, tail = data.split(b"\n")
        if lines:
            # Looking once at all of it spares looking at every line.
            self._may_have_bars = (b"steps:" if self._caching is None else b"it [") in data
            self._may_complain = any(token in data for token in _COMPLAINT_TOKENS)
            for line in lines:
                self._take_line(line)
        self._tail = tail if len(tail) <= _LONGEST_TAIL else _shortened(tail)

    @property
    def progress(self) -> Progress:
        """What is known now, the bar that is still being drawn included."""
        if self._caching is not None:
            return self._caching.progress(self._known, self._tail)
        bar = _last_bar(self._tail)
        now = self._known if bar is None else self._with_bar(bar)
        saved = [path for path in self._saved if now.cause is None or path != self._being_saved]
        return replace(now, saved=tuple(saved))

    def _look_for_restart(self, data: bytes) -> None:
        """The first bar of a step decides; where that is no first step, nobody saw its clock."""
        for bar in _BAR.finditer(data):
            if int(bar[1]) > 0:
                is_fast = bar[3] != b"?" and bar[4] == b"it/s" and float(bar[3]) > _RESTART_RATE
                self._clock_restarts = int(bar[1]) == 1 and is_fast
                return

    def _take_line(self, line: bytes) -> None:
        line = line.rstrip(b"\r")
        bar_end = self._take_bar(line) if self._may_have_bars else 0
        if b"\r" in line:
            self._take_text(line[: line.index(b"\r")])
            line, bar_end = line[max(bar_end, line.rindex(b"\r") + 1) :], 1
        elif bar_end:
            line = line[bar_end:]
        self._take_text(line.lstrip(b" ") if bar_end else line)

    def _take_bar(self, line: bytes) -> int:
        """Take the last bar of a line; answers where it ends, 0 when there is none."""
        if self._caching is not None:
            return self._caching.take_bar(line)
        bar = _last_bar(line)
        if bar is None:
            return 0
        self._known = self._with_bar(bar)
        if self._known.cause is None:
            self._being_saved = None
        return bar.end()

    def _with_bar(self, bar: re.Match[bytes]) -> Progress:
        """What is known, with a bar's news."""
        known = self._known
        step, steps = int(bar[1]), int(bar[2])
        step_s = self._seconds_a_step(step, bar[3], bar[4])
        eta_s = None if step_s is None else (steps - step) * step_s
        went_on = not self._is_stuck and step > self._failed_at
        progress = replace(
            known,
            phase=known.phase if known.phase == "finished" else "training",
            step=step,
            steps=steps,
            step_s=step_s,
            eta_s=0.0 if step >= steps else eta_s,
            cause=None if went_on else known.cause,  # what goes on has not failed of it
        )
        return _with_loss(progress, bar[5])

    def _seconds_a_step(self, step: int, rate: bytes, unit: bytes) -> float | None:
        """The mean so far. The bar's own average counts a step too many where its clock restarts in the first."""
        if rate == b"?" or step == 0 or float(rate) == 0:
            return None
        mean = float(rate) if unit == b"s/it" else 1 / float(rate)
        if not self._clock_restarts:
            return mean
        return None if step == 1 else mean * step / (step - 1)

    def _take_text(self, piece: bytes) -> None:
        """Take what is text in a line; most of it says nothing and must cost nothing."""
        piece = piece[:_LONGEST_PIECE]
        while not piece.startswith(_SPEAKING) and b"]" in piece and b"it" in piece:
            bar = None if self._tracebacks.is_busy else _OTHER_BAR.search(piece)
            if bar is None or HEADER.encode() in piece:
                break
            piece = piece[bar.end() :].lstrip(b" ")
        if piece.startswith(_SPEAKING):
            if not piece.startswith(b"INFO:") or piece.startswith(_TOLD, piece.find(b":", 5) + 1):
                self._take_message(piece.decode(errors="replace"))
        elif self._may_complain and HEADER.encode() in piece:
            self._tracebacks.start()
        elif self._tracebacks.is_busy:
            self._take_traceback(piece)
        elif self._may_complain:
            self._take_complaint(piece.decode(errors="replace"))

    def _take_traceback(self, piece: bytes) -> None:
        if self._tracebacks.take(piece.decode(errors="replace").rstrip()) and self._tracebacks.failure is not None:
            self._fail(self._tracebacks.failure)

    def _take_complaint(self, text: str) -> None:
        """Take what Python and argparse say without a traceback."""
        for pattern, exception in _COMPLAINTS:
            found = pattern.match(text)
            if found is not None:
                self._fail(Failure(exception, next(group for group in found.groups() if group is not None)))
                return

    def _fail(self, failure: Failure) -> None:
        self._tracebacks.failure = failure
        self._known = replace(self._known, cause=explain(failure, self._kind))
        self._failed_at = self._known.step or 0
        # A loader that cannot hand over a batch: steps loaded before it still come, then training waits for ever.
        self._is_stuck = failure.name == "PicklingError"

    def _take_message(self, text: str) -> None:
        level = _LEVEL.match(text)
        message = text[level.end() :] if level is not None else text.strip()
        if self._caching is not None:
            self._warn(self._caching.take_message(message))
        if text.startswith("WARNING:") and not message.startswith(_NOISE):
            self._warn(plain(message))
        for start, phase in _PHASES.items():
            if message.startswith(start) and self._known.phase != "finished":
                self._known = replace(self._known, phase=phase)
                return
        for start, act in self._on_message:
            if message.startswith(start):
                act(message[len(start) :])
                return

    def _warn(self, text: str | None) -> None:
        if text and text not in self._known.warnings and len(self._known.warnings) < _MOST_WARNINGS:
            self._known = replace(self._known, warnings=(*self._known.warnings, text))

    def _epoch_begins(self, rest: str) -> None:
        found = _EPOCH.match(rest)
        if found is not None:
            self._known = replace(self._known, epoch=int(found[1]), epochs=int(found[2]))
            self._being_saved = None

    def _epochs_told(self, rest: str) -> None:
        found = _NUMBER_AT_END.search(rest)
        if found is not None:
            self._known = replace(self._known, epochs=int(found[1]))

    def _steps_told(self, rest: str) -> None:
        found = _NUMBER_AT_END.search(rest)
        if found is not None:
            self._known = replace(self._known, steps=int(found[1]))

    def _checkpoint_saved(self, rest: str) -> None:
        found = _CHECKPOINT.match(rest)
        if found is not None:
            path = Path(found[1])
            self._saved.pop(path, None)
            self._saved[path] = None
            if len(self._saved) > _MOST_SAVED:
                del self._saved[next(iter(self._saved))]
            self._being_saved = path

    def _checkpoint_removed(self, rest: str) -> None:
        found = _CHECKPOINT.match(rest)
        if found is not None:
            self._saved.pop(Path(found[1]), None)


def _last_bar(line: bytes) -> re.Match[bytes] | None:
    """The last training bar that is whole."""
    end = len(line)
    while (start := line.rfind(b"steps:", 0, end)) >= 0:
        found = _BAR.match(line, start)
        if found is not None:
            return found
        end = start
    return None


def _with_loss(progress: Progress, postfix: bytes | None) -> Progress:
    found = _LOSS.search(postfix) if postfix is not None else None
    if found is None:
        return progress
    try:
        loss = float(found[1])
    except ValueError:
        return progress
    if math.isfinite(loss):
        return replace(progress, loss=loss)
    warning = "the loss is not a number any more: training has diverged; lower learning_rate in [training]"
    warnings = progress.warnings if warning in progress.warnings else (*progress.warnings, warning)
    return replace(progress, loss=None, warnings=warnings)


def _shortened(tail: bytes) -> bytes:
    """A long unfinished line without its middle: its first text and its last bars are all that will count."""
    first, updated, _ = tail.partition(b"\r")
    if not updated:
        return tail[:_LONGEST_TEXT]
    return first[:_KEPT_HEAD] + b"\r" + tail[-_KEPT_TAIL:]
