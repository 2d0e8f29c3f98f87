"""Keys and theme before the first frame, and the theme that is kept."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

import pytest

from wantui.cli.inspect import config
from wantui.config.errors import ConfigError
from wantui.errors import WantuiError
from wantui.paths import Workspace
from wantui.services.screen_settings import ScreenSettings


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WANTUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    (tmp_path / "site").mkdir()
    return Workspace(tmp_path / "site")


def write(workspace: Workspace, text: str) -> None:
    workspace.config_file.write_text(text)


def write_theme(name: str, text: str) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "wantui/themes"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(text)


def said_by_config(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], *, keys: bool = False
) -> tuple[str, str]:
    assert config(workspace, Namespace(json=False, keys=keys)) == 0
    return capsys.readouterr()


def test_nothing_is_set_and_nothing_chosen(workspace: Workspace, tmp_path: Path) -> None:
    start = ScreenSettings(workspace).at_start()
    assert (start.theme, start.chosen, start.keys) == (None, None, ())
    assert start.themes == tmp_path / "settings/wantui/themes"


def test_the_file_and_the_choice_are_both_told(workspace: Workspace) -> None:
    write(workspace, '[screen]\ntheme = "nord"\n[keys]\nstop = "X"\n')
    settings = ScreenSettings(workspace)
    settings.keep_theme("wantui-light")
    start = settings.at_start()
    assert (start.theme, start.theme_source, start.chosen) == ("nord", "wantui.toml:2", "wantui-light")
    assert [(each.command, each.keys, each.line) for each in start.keys] == [("stop", "X", 4)]


def test_a_broken_file_leaves_the_choice(workspace: Workspace) -> None:
    write(workspace, "[keys\n")
    ScreenSettings(workspace).keep_theme("dracula")
    assert ScreenSettings(workspace).at_start().chosen == "dracula"


def test_what_is_kept_and_broken_is_none(workspace: Workspace, tmp_path: Path) -> None:
    ScreenSettings(workspace).keep_theme("dracula")
    (tmp_path / "state/screen.json").write_text('{"theme": 3')
    assert ScreenSettings(workspace).at_start().chosen is None


def test_a_theme_that_cannot_be_kept_says_why(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "state/screen.json").mkdir(parents=True)
    (tmp_path / "state/screen.json/full").touch()
    with pytest.raises(WantuiError, match=r"not kept after you leave: .*WANTUI_STATE_DIR"):
        ScreenSettings(workspace).keep_theme("dracula")


def test_config_tells_the_theme_in_force(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    def line() -> list[str]:
        out = said_by_config(workspace, capsys)[0]
        return next(line.split(maxsplit=2) for line in out.splitlines() if line.startswith("screen.theme"))

    assert line() == ["screen.theme", "dark", "default"]
    ScreenSettings(workspace).keep_theme("wantui-light")
    assert line() == ["screen.theme", "wantui-light", "chosen on the screen"]
    write(workspace, '[screen]\ntheme = "dusk"\n')
    write_theme("dusk", 'quiet = "#333333"\n')
    assert line() == ["screen.theme", "dusk", "wantui.toml:2"]


def test_config_warns_of_theme_files(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    write_theme("dusk", 'quiet = "#333333"\n')
    write_theme("bad", "quiet = 3\n")
    errors = said_by_config(workspace, capsys)[1].splitlines()
    assert "bad.toml:1: quiet = 3 is no colour" in errors[0]
    assert errors[1].startswith("warning: Theme dusk: quiet on cursor-row (")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[screen]\ntheme = "nrod"\n', "wantui.toml:2: screen.theme: there is no theme nrod; did you mean nord?"),
        ('[keys]\nstop = "q"\n', "wantui.toml:2: keys.stop: q is the key of leave everywhere"),
        ('[screen]\ntheme = "bad"\n', "wantui.toml:2: screen.theme: the theme bad cannot be used: "),
    ],
)
def test_config_refuses_what_the_screen_cannot_use(workspace: Workspace, text: str, said: str) -> None:
    write_theme("bad", "quiet = 3\n")
    write(workspace, text)
    with pytest.raises(ConfigError) as refused:
        config(workspace, Namespace(json=False, keys=False))
    assert said in str(refused.value)


def test_config_lists_commands_with_their_keys(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    write(workspace, '[keys]\n"dataset.filter" = "F,f9"\nzoom = ""\n')
    lines = {
        line.split()[0]: line.split()[1:] for line in said_by_config(workspace, capsys, keys=True)[0].splitlines()
    }
    assert lines["dataset.filter"][:3] == ["F", "f9", "dataset"]
    assert lines["zoom"][0] == "everywhere"
    assert lines["help"][:3] == ["?", "f1", "everywhere"]
