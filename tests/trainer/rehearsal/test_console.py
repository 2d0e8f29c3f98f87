from __future__ import annotations

from itertools import count

import pytest

from wantui.trainer.rehearsal import console


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by half a second each time it is read."""
    ticks = count(0, 0.5)
    monkeypatch.setattr(console, "_now", lambda: next(ticks))


def test_a_bar_with_a_total(capsys: pytest.CaptureFixture[str]) -> None:
    with console.ProgressBar("steps", 18) as progress:
        progress.advance()
        progress.postfix("avr_loss=1.21")

    assert capsys.readouterr().err == (
        "\rsteps:   0%|          | 0/18 [00:00<?, ?it/s]"
        "\rsteps:   6%|▌         | 1/18 [00:01<00:25,  1.50s/it]"
        "\rsteps:   6%|▌         | 1/18 [00:02<00:34,  2.00s/it, avr_loss=1.21]"
        "\rsteps:   6%|▌         | 1/18 [00:02<00:42,  2.50s/it, avr_loss=1.21]\n"
    )


def test_a_bar_without_a_total(capsys: pytest.CaptureFixture[str]) -> None:
    with console.ProgressBar() as progress:
        for _ in range(3):
            progress.advance()

    assert capsys.readouterr().err.split("\r")[1:] == [
        "0it [00:00, ?it/s]",
        "1it [00:01,  1.50s/it]",
        "2it [00:02,  1.25s/it]",
        "3it [00:03,  1.17s/it]",
        "3it [00:04,  1.33s/it]\n",
    ]


def test_a_shorter_bar_covers_the_longer_one(capsys: pytest.CaptureFixture[str]) -> None:
    with console.ProgressBar("steps", 4) as progress:
        progress.postfix("avr_loss=0.125")
        progress.postfix("avr_loss=1.3")

    long, short = capsys.readouterr().err.split("\r")[2:4]
    assert short.endswith("avr_loss=1.3]  ")
    assert len(short) == len(long)


@pytest.mark.parametrize(
    ("fraction", "drawn"), [(0, " " * 10), (4 / 18, "██▏       "), (0.5, "█████     "), (1, "█" * 10)]
)
def test_bars_fill_by_eighths(fraction: float, drawn: str) -> None:
    assert console.bar(fraction) == drawn


@pytest.mark.parametrize(("seconds", "shown"), [(0.9, "00:00"), (75, "01:15"), (3671, "1:01:11")])
def test_intervals(seconds: float, shown: str) -> None:
    assert console.interval(seconds) == shown
