"""Checks of the weight files that the task needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.doctor.model import Finding, bad, caution, good
from wantui.jobs.model import RunKind
from wantui.runs.request import RunRequest, settings_for
from wantui.trainer.catalogue import trainer
from wantui.weights.catalogue import weights_for
from wantui.weights.hash_cache import HashCache
from wantui.weights.state import WeightStatus, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.config import Config
    from wantui.paths import Workspace


def weights(workspace: Workspace, config: Config) -> Iterator[Finding]:
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
        yield good("weights", f"all that {config.run.task} needs is there; {_proof(workspace, config)}")


def _proof(workspace: Workspace, config: Config) -> str:
    """How many of the files were read, and are what the Hub says."""
    hash_cache, targets = HashCache(workspace), config.models.by_key()
    needed = weights_for(config.run.task)
    places = [place(weight, targets[weight.key], hash_cache.remote(weight), hash_cache) for weight in needed]
    proved = sum(each.standing is WeightStatus.THERE for each in places)
    if proved == len(places):
        return "every sha256 is the Hub's"
    return f"{proved} of {len(places)} are proved by their sha256, and `wantui models verify` reads them all"
