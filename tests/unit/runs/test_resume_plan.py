"""Going on with something changed: what the trainer would refuse is refused before the run keeps it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.trainer.settings import run_settings
from wantui.dataset.model import Problem, Severity
from wantui.runs import resume_plan
from wantui.runs.errors import PlanError
from wantui.trainer.attempts import StartPoint
from wantui.trainer.model import Expert, RunSettings
from wantui.trainer.musubi.trainer import MusubiTrainer


class _Picky(MusubiTrainer):
    """A trainer that misses its weights and does not know one flag."""

    def problems(self, settings: RunSettings) -> list[Problem]:
        found = [Problem(Severity.ERROR, "no-weights", Path("/m"), "weights are missing", "")]
        if "max_grad_norme" in settings.training_flags(settings.experts[0]):
            found.append(
                Problem(Severity.ERROR, "unknown-flag", Path("/w"), "no flag max_grad_norme", "leave it out")
            )
        return found


def test_a_flag_that_the_trainer_refuses_is_refused_and_what_was_wrong_before_is_no_matter() -> None:
    tool, before = _Picky(), run_settings()
    with pytest.raises(PlanError, match="no flag max_grad_norme: leave it out"):
        resume_plan.refuse_flags(tool, before, replace(before, training_low={"max_grad_norme": 3}), Expert.LOW)
    resume_plan.refuse_flags(tool, before, replace(before, training_low={"max_data_loader_n_workers": 0}), Expert.LOW)


@pytest.mark.parametrize(
    "start", [StartPoint(3, -9, None, 3), StartPoint(3, 9, None, 0), StartPoint(300, 9, None, 3)]
)
def test_where_the_steps_are_impossible_no_learning_rate_is_told(start: StartPoint) -> None:
    assert resume_plan.rates(MusubiTrainer(), run_settings(epochs=6), Expert.LOW, start) == ()
    assert len(resume_plan.rates(MusubiTrainer(), run_settings(epochs=6), Expert.LOW, StartPoint(3, 9, None, 3))) == 9
