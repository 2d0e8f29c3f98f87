"""Each training step from the trainer's output, however it is cut up, and where reading is taken up again."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pytest

from tests.trainer.transcripts import NAMES, kind_of, read
from wantui.trainer.musubi.curve import MusubiCurve
from wantui.trainer.musubi.steps import MusubiSteps

if TYPE_CHECKING:
    from wantui.trainer.model import StepTold

BAR = "\rsteps:  25%|##        | {step}/4 [{clock}<00:09,  1.46s/it{rest}]"
LOG = (
    "INFO:x:running training\n\nepoch 1/2\n\rsteps:   0%|          | 0/4 [00:00<?, ?it/s]"
    + BAR.format(step=1, clock="00:01", rest="")
    + BAR.format(step=1, clock="00:01", rest=", avr_loss=1.29")
    + BAR.format(step=2, clock="00:03", rest=", avr_loss=1.29")
    + BAR.format(step=2, clock="00:03", rest=", avr_loss=1.2e-2")
    + "INFO:x:epoch is incremented. current_epoch: 0, epoch: 1\n\nepoch 2/2\n"
    + BAR.format(step=3, clock="1:00:04", rest=", avr_loss=nan")
    + BAR.format(step=4, clock="1:00:05", rest=", avr_loss=0.5")
    + "\n"
).encode()
WANTED = [(1, 1, 1.29, 1), (2, 1, 0.012, 3), (3, 2, None, 3604), (4, 2, 0.5, 3605)]


def figures(told: list[StepTold]) -> list[tuple[int, int | None, float | None, float | None]]:
    last = {each.step: each for each in told}
    return [
        (each.step, each.epoch, None if math.isnan(each.smoothed or 0) else each.smoothed, each.elapsed_s)
        for each in last.values()
    ]


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
def test_steps_in_chunks_of_any_size(size: int) -> None:
    reader = MusubiSteps()
    told: list[StepTold] = []
    for at in range(0, len(LOG), size):
        told += reader.feed(LOG[at : at + size])
    assert figures(told) == WANTED


def test_reading_is_taken_up_again_anywhere() -> None:
    for end in range(0, len(LOG), 3):
        first = MusubiSteps()
        told = list(first.feed(LOG[:end]))
        second = MusubiSteps(first.epoch)
        told += second.feed(LOG[end - first.held_back :])
        assert figures(told) == WANTED, end


@pytest.mark.parametrize("name", [name for name in NAMES if kind_of(name) == "high" and name.endswith(".err")])
def test_steps_and_curve_of_real_transcripts(name: str) -> None:
    curve, steps = MusubiCurve(), MusubiSteps()
    curve.feed(read(name))
    drawn = dict(re.findall(rb"(\d+)/\d+ \[[^\]]*avr_loss=([0-9.e-]+)", read(name)))  # the last one counts
    wanted = {int(step): float(loss) for step, loss in drawn.items() if int(step)}
    assert {each.step: each.smoothed for each in steps.feed(read(name))} == wanted
    assert dict(curve.points()) == wanted
