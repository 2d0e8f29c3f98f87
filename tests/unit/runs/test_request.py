"""From a configuration to the settings of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui import config as configuration
from wantui.jobs.model import RunKind
from wantui.paths import Workspace
from wantui.runs.kept_settings import KeptSettings
from wantui.runs.request import RunRequest, settings_for

if TYPE_CHECKING:
    from pathlib import Path

GIVEN = """\
[training]
network_dim = 32
[training.high]
seed = 7
[caching]
batch_size = 2
[run]
suffix = "anna"
"""


def test_a_run_knows_where_its_flags_were_given_and_its_record_does_not(tmp_path: Path) -> None:
    (tmp_path / "wantui.toml").write_text(GIVEN)
    config = configuration.load(Workspace(tmp_path))
    config = configuration.apply_sets(config, ["learning_rate=1e-4"])
    settings = settings_for(config, RunRequest(RunKind.TRAIN))
    assert settings.flag_places == {
        "training.network_dim": "wantui.toml:2",
        "training.high.seed": "wantui.toml:4",
        "caching.batch_size": "wantui.toml:6",
        "training.learning_rate": "--set",
    }
    kept = KeptSettings(settings).to_document()
    assert "flag_places" not in kept["run"], "a run kept before there was such a key would differ from it"
    assert KeptSettings.from_document(kept).settings == settings
