"""What the fields of the run form begin with, and what is typed into them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from wantui import config as configuration
from wantui.errors import BadInputError
from wantui.jobs.model import Job as AJob
from wantui.jobs.model import JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.store import RunStore
from wantui.paths import Workspace
from wantui.runs.comparison import ChangedValue, differences
from wantui.runs.kept_settings import KeptSettings
from wantui.runs.request import RunRequest, settings_for
from wantui.services.presets import asked
from wantui.services.run_values import FormValue, flags_of, form_values, gpus_of, preset_changes
from wantui.services.run_view import run_view
from wantui.services.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
[run]
suffix = "anna"
[training]
learning_rate = 2e-4
[training.low]
learning_rate = 1e-4
"""
PRESET = "[run]\nepochs = 5\n[training]\nnetwork_dim = 32\nmax_grad_norm = 1.0\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "wantui.toml").write_text(CONFIG)
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets/fast.toml").write_text(PRESET)
    return Workspace(tmp_path)


def keep_run(workspace: Workspace, number: int, request: RunRequest) -> Run:
    """A run as it was queued."""
    settings = settings_for(asked(workspace, request), request)
    spec = JobSpec(JobKind.HIGH, ("true",), workspace.root)
    job = AJob(f"{number}.high", number, spec, JobState.SUCCEEDED, 1.0)
    run = Run(number, RunKind.TRAIN, 1.0, KeptSettings(settings).to_document(), (job,))
    store = RunStore(workspace)
    workspace.create_state()
    store.create_folder()
    store.write(run)
    return run


def asking(**given: Any) -> RunRequest:
    return replace(RunRequest(RunKind.TRAIN), **given)


def test_each_field_says_what_it_is_and_where_that_is_from(workspace: Workspace) -> None:
    found = form_values(workspace)
    assert found["suffix"] == FormValue("anna", "wantui.toml:2")
    assert found["learning_rate"] == FormValue("2e-4 / 1e-4", "wantui.toml:6")
    assert found["network_dim"] == FormValue("16", "default")
    assert found["dataset"] == FormValue("dataset/dataset.toml", "default")
    assert found["gpus"] == FormValue("any", "default")


def test_a_preset_says_what_it_changes(workspace: Workspace) -> None:
    found = form_values(workspace, "fast")
    assert found["epochs"] == FormValue("5", "preset fast", usual="100")
    assert found["network_dim"] == FormValue("32", "preset fast", usual="16")
    assert found["learning_rate"] == FormValue("3e-4", "default", usual="2e-4 / 1e-4")
    assert preset_changes(workspace, "fast") == (
        "epochs 100 → 5", "learning rate of high 2e-4 → 3e-4", "learning rate of low 1e-4 → 3e-4", "rank 16 → 32",
        "max_grad_norm 0 → 1",
    )  # fmt: skip


def test_a_run_fills_the_form_and_its_differences_are_told(workspace: Workspace) -> None:
    keep_run(workspace, 1, asking(suffix="ben", training={"seed": 7, "high.learning_rate": 5e-5}, gpus=(1,)))
    found = form_values(workspace, like=1)
    assert found["suffix"] == FormValue("ben", "run 1", usual="anna")
    assert found["seed"] == FormValue("7", "run 1", usual="5")
    assert found["learning_rate"] == FormValue("5e-5 / 1e-4", "run 1", usual="2e-4 / 1e-4")
    assert found["gpus"] == FormValue("1", "run 1", usual="any")
    assert found["network_dim"] == FormValue("16", "default")


def test_what_is_typed_reaches_the_command_line_of_each_expert(workspace: Workspace) -> None:
    from wantui.trainer.catalogue import trainer
    from wantui.trainer.model import Expert

    given = flags_of("learning_rate", "4e-5 / 6e-5") | flags_of("network_dim", "8") | flags_of("seed", "0")
    request = asking(training=given)
    config = asked(workspace, request)
    settings = settings_for(config, request)
    tool = trainer("rehearsal")
    lines = {expert: tool.training_command(settings, expert, None, None).argv for expert in Expert}
    said = {e: [line[line.index(f"--{flag}") + 1] for flag in ("learning_rate", "network_dim", "seed")]
            for e, line in lines.items()}  # fmt: skip
    assert said == {Expert.HIGH: ["4e-05", "8", "0"], Expert.LOW: ["6e-05", "8", "0"]}
    assert config.sources["training.seed"] == "the run form"
    assert configuration.load(workspace).training.flags == {"learning_rate": 2e-4}, "wantui.toml stays"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("learning_rate", "fast"), ("learning_rate", "0"), ("learning_rate", "-1"), ("learning_rate", "nan"),
        ("learning_rate", "inf"), ("learning_rate", ""), ("learning_rate", "1 / 2 / 3"), ("learning_rate", "1 /"),
        ("network_dim", "0"), ("network_dim", "1.5"), ("network_alpha", "0"), ("seed", "-1"), ("seed", "4294967296"),
        ("seed", "9" * 5000), ("seed", "0" * 5000), ("network_dim", f"{'0' * 11}199999"),
        ("discrete_flow_shift", "x"),
    ],
)  # fmt: skip
def test_what_no_flag_can_be_is_refused(name: str, text: str) -> None:
    with pytest.raises(BadInputError):
        flags_of(name, text)


def test_numbers_of_gpus() -> None:
    assert [gpus_of(text) for text in ("any", " ", "1", "0, 1", "1 1")] == [(), (), (1,), (0, 1), (1,)]
    for text in ("one", "-1", "1000", "any 1"):
        with pytest.raises(BadInputError):
            gpus_of(text)


def test_a_probe_is_shown_as_the_run_whose_checkpoints_it_asks(workspace: Workspace) -> None:
    asked_run = keep_run(workspace, 1, asking())
    job = replace(asked_run.jobs[0], id="2.probe", run=2, spec=replace(asked_run.jobs[0].spec, kind=JobKind.PROBE))
    store = RunStore(workspace)
    store.create_folder()
    store.write(Run(2, RunKind.PROBE, 2.0, {"probe": {"run": 1}}, (job,)))
    assert run_view(workspace, 2).run.number == 1
    assert dict(run_view(workspace, 1).settings)["learning rate"] == "high 2e-4, low 1e-4"


def test_two_runs_differ_flag_by_flag_in_words(workspace: Workspace) -> None:
    one = keep_run(workspace, 1, asking())
    other = keep_run(
        workspace, 2, asking(suffix="ben", epochs=50, training={"low.network_dim": 8, "seed": 5}, gpus=(1,))
    )
    found = differences(workspace, one, other)
    assert found.settings == (
        ChangedValue("rank of low", "16", "8"),
        ChangedValue("epochs", "100", "50"),
        ChangedValue("GPU", "any", "1"),
        ChangedValue("suffix", "anna", "ben"),
    )
    assert found.summary()[0] == "rank of low 16 → 8"
    assert not differences(workspace, one, one)


def test_the_configuration_tells_the_usual_flags_too(workspace: Workspace) -> None:
    found = {each.key: (each.value, each.source) for each in Settings(workspace).in_force()}
    assert found["training.learning_rate"] == (2e-4, "wantui.toml:4")
    assert found["training.network_dim"] == (16, "default")
    assert found["training.low.learning_rate"] == (1e-4, "wantui.toml:6")


def test_a_number_that_is_written_otherwise_is_the_same(workspace: Workspace) -> None:
    one = keep_run(workspace, 1, asking(training={"learning_rate": 3e-4}))
    other = keep_run(workspace, 2, asking(training={"learning_rate": "3e-4", "max_grad_norm": 0}))
    assert not differences(workspace, one, other), "3e-4 is 0.0003, and 0 is the workflow's own"
