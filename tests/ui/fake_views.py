"""A run as the design picture shows it, with another to compare."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.caches.items import ItemsDifference
from wantui.jobs.model import Run, RunKind
from wantui.runs.comparison import ChangedValue, RunDifference
from wantui.services.comparing import EpochPair, RunsCompared
from wantui.services.probing import CheckpointView
from wantui.services.run_view import HardItem, RunView

if TYPE_CHECKING:
    from wantui.runs.board import JobView

HIGH = {20: (0.0790, 0.0880), 40: (0.0702, 0.0795), 60: (0.0671, 0.0815), 80: (0.0660, 0.0848), 100: (0.0655, 0.0871)}
LOW = {20: (0.0610, 0.0715), 40: (0.0548, 0.0645), 60: (0.0512, 0.0630), 80: (0.0495, 0.0622), 100: (0.0488, 0.0618)}
ITEMS = ("anna_017", "anna_031", "anna_008")
DIFFERENCE = RunDifference(
    (ChangedValue("learning rate", "3e-4", "2e-4"), ChangedValue("epochs", "50", "100")),
    ItemsDifference(added=("anna_024",), recaptioned=("anna_004", "anna_008")),
    (
        ChangedValue("anna_004", "ohwx woman", "ohwx woman, walking"),
        ChangedValue("anna_008", "indoors", "on a beach"),
    ),
)


def make_checkpoints() -> tuple[CheckpointView, ...]:
    """Five of each expert; the high-noise one over-fits."""
    found = []
    for expert, losses in (("high", HIGH), ("low", LOW)):
        least = min(held_out for _, held_out in losses.values())
        for epoch, (loss, held_out) in losses.items():
            name = f"WAN2.2-{expert.capitalize()}Noise_anna-{epoch:06}.safetensors"
            path = Path("/home/me/loras/anna/output") / name
            found.append(
                CheckpointView(expert, epoch, path, 153_000_000, loss, held_out, 0.002, is_lowest=held_out == least)
            )
    return tuple(found)


def make_run_view(jobs: tuple[JobView, ...], ended: float | None) -> RunView:
    """The run that the jobs are of."""
    number = jobs[0].job.run
    run = Run(number, RunKind.TRAIN, 0.0, {"run": {"suffix": "anna"}}, tuple(view.job for view in jobs))
    return RunView(
        run=run,
        suffix="anna",
        outcome="2 experts trained" if run.has_ended else "running",
        ended=ended if run.has_ended else None,
        figures=(("time", "3:06:00"), ("GPU hours", "6.20"), ("energy", "12.1 kWh"), ("cost", "2.45")),
        jobs=jobs,
        checkpoints=make_checkpoints(),
        verdicts=(("high", "over-fits after epoch 40: held out rises by more than its spread (+0.0076 ± 0.002)"),),
        hardest=tuple(HardItem("high", name, loss) for name, loss in zip(ITEMS, (0.141, 0.127, 0.119), strict=True)),
        before=6,
        differs=DIFFERENCE,
        trainer="musubi-tuner v0.3.4",
        settings=(("task", "t2v"), ("epochs", "100"), ("learning rate", "2e-4"), ("rank", "16"), ("seed", "5")),
        paths=(("dataset", "/home/me/loras/anna/dataset.toml"), ("output folder", "/home/me/loras/anna/output")),
        memory=(("high", "swap10 (fp8 weights): needs about 18 GiB"),),
        items=tuple((f"anna_{at:03}", f"ohwx woman, picture {at}") for at in range(1, 25)),
    )


def make_compared(one: RunView, other: RunView) -> RunsCompared:
    """Two runs beside each other."""
    epochs = tuple(
        EpochPair("high", epoch, (loss + 0.004, loss), (held_out, held_out + 0.002))
        for epoch, (loss, held_out) in HIGH.items()
    )
    return RunsCompared(replace(one, figures=(("time", "1:40:00"),)), other, DIFFERENCE, epochs)
