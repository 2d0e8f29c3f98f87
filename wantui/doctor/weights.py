"""Checks of the weight files that the task needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.doctor.model import Finding, bad, caution, good
from wantui.jobs.model import RunKind
from wantui.pipeline.request import RunRequest, settings_for
from wantui.trainer.catalogue import trainer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.config import Config


def weights(config: Config) -> Iterator[Finding]:
    """What the trainer would complain of before it starts, and what it would not."""
    if config.trainer.kind == "rehearsal":
        yield good("weights", "the rehearsal trainer needs none")
        return
    settings = settings_for(config, RunRequest(RunKind.TRAIN))
    found = [each for each in trainer(settings.trainer_kind).problems(settings) if each.code.startswith("weights-")]
    for problem in found:
        make = bad if problem.severity.value == "error" else caution
        yield make("weights", f"{problem.path.name}: {problem.message}", problem.fix)
    if not found:
        yield good("weights", f"all that {config.run.task} needs is there")
