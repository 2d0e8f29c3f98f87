"""Reads every training step from the trainer's output: its number, the average loss, the epoch, the bar's clock."""

from __future__ import annotations

import re

from wantui.trainer.model import StepTold

CARRY = 512
"""Bytes kept from one chunk to the next: longer than any stretch of a progress bar."""

_TOLD = re.compile(
    rb"[\r\n]epoch (\d{1,9})/\d{1,9}[\r\n]"
    rb"|(\d{1,12})/\d{1,12} \[([\d:]{1,20})<[^\]\r\n]{0,200}?avr_loss=(nan|-?inf|[0-9.]{1,20}(?:e[-+]?\d{1,3})?)[,\]]"
)


class MusubiSteps:
    """The reader of one attempt's log."""

    def __init__(self, epoch: int | None = None) -> None:
        self.epoch = epoch
        """The last one told of."""
        self._carry = b""

    def feed(self, data: bytes) -> tuple[StepTold, ...]:
        """The steps that the next bytes tell of.

        Each is drawn twice, first with the loss of the step before: where the bytes end in between, it is told again
        with its own.
        """
        data = self._carry + data
        end = 0
        told: dict[int, tuple[int | None, float, bytes]] = {}
        for match in _TOLD.finditer(data):
            end = match.end()
            if match[1] is not None:
                self.epoch = int(match[1])
                end -= 1  # the line end may begin the next one
            elif step := int(match[2]):
                try:
                    smoothed = float(match[4])
                except ValueError:
                    continue
                told[step] = self.epoch, smoothed, match[3]
        self._carry = data[max(end, len(data) - CARRY) :]
        return tuple(
            StepTold(step, epoch, smoothed=smoothed, elapsed_s=_seconds(clock))
            for step, (epoch, smoothed, clock) in sorted(told.items())
        )

    @property
    def held_back(self) -> int:
        """Bytes at the end that may be the beginning of a bar."""
        return len(self._carry)


def _seconds(clock: bytes) -> float | None:
    """``MM:SS`` or ``H:MM:SS``."""
    seconds = 0
    for part in clock.split(b":"):
        if not part.isdigit():
            return None
        seconds = 60 * seconds + int(part)
    return float(seconds)
