"""Times of lines: those of the steps that the history has, and none that is guessed."""

from __future__ import annotations

import time

import pytest

from wantui.history.model import TrainingPoint
from wantui.runs.log_times import LineTimes

BAR = "steps:  34%|███▍      | {}/2400 [25:43<50:17,  1.90s/it, avr_loss=0.081]"
SAVED = "saving checkpoint: /o/WAN2.2-HighNoise_x-{:06}.safetensors"


def made(*, every: int = 1) -> LineTimes:
    """Ten epochs of ten steps, a second each; the second attempt went on after epoch 5."""
    return LineTimes(
        TrainingPoint(7, "high", step, 1 if step <= 50 else 2, 1000.0 + step, (step - 1) // 10 + 1)
        for step in range(1, 101)
        if step % every == 0
    )


@pytest.mark.parametrize(
    ("line", "attempt", "when"),
    [
        (BAR.format(12), 1, 1012.0),
        (BAR.format(60), 2, 1060.0),
        (BAR.format(60), 1, None),  # trained again since: the time that is kept is the later one's
        (BAR.format(0), 1, 1001.0),
        (BAR.format(101), 2, None),  # not kept yet
        ("epoch 3/10", 1, 1021.0),
        ("epoch 7/10", 2, 1061.0),
        ("epoch 11/10", 2, None),
        (SAVED.format(5), 1, 1050.0),
        (SAVED.format(9), 2, 1090.0),
        (SAVED.format(11), 2, None),
        ("saving checkpoint: /o/last.safetensors", 2, None),
        ("INFO:x:Loading DiT model", 1, None),
        ("", 1, None),
    ],
)
def test_a_line_has_the_time_of_its_step(line: str, attempt: int, when: float | None) -> None:
    assert made().of(line, attempt) == when


def test_of_a_thinned_history_the_nearest_step_counts() -> None:
    assert made(every=4).of(BAR.format(47), 1) == 1048.0
    assert made(every=4).of(BAR.format(30), 1) in (1028.0, 1032.0)


def test_a_step_far_from_any_that_is_kept_has_no_time() -> None:
    times = LineTimes([TrainingPoint(7, "high", 1, 1, 1.0), TrainingPoint(7, "high", 1000, 1, 2.0)])
    assert times.of(BAR.format(500)) is None


def test_a_line_that_says_when_it_was_is_believed() -> None:
    stamp = time.mktime(time.strptime("2026-03-14 03:14:15", "%Y-%m-%d %H:%M:%S"))
    assert LineTimes().of("2026-03-14 03:14:15,926 - INFO - x") == stamp
    assert LineTimes().of("2026-99-99 03:14:15 x") is None
