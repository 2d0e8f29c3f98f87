"""What is secret among the settings of a run is shown nowhere: that it is set, or differs, is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.trainer.settings import run_settings
from tests.unit.finished_run import finished_run
from wantui.jobs.shown import HIDDEN
from wantui.runs.comparison import flag_differences
from wantui.services.run_view import run_view

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_view_of_a_run_hides_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    view = run_view(finished_run(tmp_path / "w"), 1)
    assert dict(view.settings)["wandb_api_key"] == HIDDEN
    assert "hush" not in repr(view.settings)


def test_two_runs_differ_by_it_and_nobody_sees_how() -> None:
    one, other = (
        run_settings(training={"wandb_api_key": f"hush-{number}"}, caching_text={"hf_token": f"hush-{number}"})
        for number in (1, 2)
    )
    found = list(flag_differences(one, other))
    assert {(each.what, each.was, each.now) for each in found} == {
        ("wandb_api_key", HIDDEN, HIDDEN),
        ("hf_token of the text cache", HIDDEN, HIDDEN),
    }
