"""The real side of proposals, settings and imports, on a folder with two images."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.supervisor.conftest import end_everything
from tests.ui.fake import paint_sunset
from wantui.errors import WantuiError
from wantui.journal.journal import Journal
from wantui.paths import Workspace
from wantui.ui.dialogs.completion import complete
from wantui.ui.work.lazy_services import lazy_services

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """
[trainer]
kind = "rehearsal"
[gpus]
provider = "simulated"
[watch]
enabled = false
"""


@pytest.fixture
def workspace(tmp_path: Path, runtime: Path) -> Iterator[Workspace]:
    assert runtime.is_dir()
    (tmp_path / "wantui.toml").write_text(CONFIG, encoding="utf-8")
    images = tmp_path / "dataset/images"
    images.mkdir(parents=True)
    paint_sunset(images / "a.png", (96, 64))
    paint_sunset(images / "b.png", (64, 96))
    (images / "b.txt").write_text("b")
    made = Workspace(tmp_path)
    yield made
    end_everything(made)


def test_a_dataset_is_made_changed_and_taken_back(workspace: Workspace) -> None:
    settings = lazy_services(workspace).dataset_settings
    assert settings.read() is None
    made = settings.proposed(workspace.root / "dataset/images")
    settings.save(None, made)
    assert settings.path().read_text() == made.text
    assert (settings.consequence(made).items, settings.consequence(made).without_caption) == (2, 1)
    changed = made.set(None, "resolution", [512, 512])
    with pytest.raises(WantuiError, match="resolution"):
        settings.save(made, made.set(None, "resolution", [1, 1]))
    settings.save(made, changed)
    with pytest.raises(WantuiError):
        settings.save(made, made.set(0, "num_repeats", 2))
    assert settings.path().read_text() == changed.text, "somebody else's change stays"
    Journal(workspace).undo()
    assert settings.path().read_text() == made.text
    twice = settings.with_folder(made, workspace.root / "dataset/images")
    assert len(twice.config.subsets) == 2


def test_captions_are_proposed_only_where_there_are_none(workspace: Workspace) -> None:
    services = lazy_services(workspace)
    services.dataset_settings.save(None, services.dataset_settings.proposed(workspace.root / "dataset/images"))
    found = services.dataset().items
    with pytest.raises(WantuiError, match=r"\[captions\]"):
        services.proposals.to_make(found)
    command = f'["{sys.executable}", "-c", "print(1)", "{{media}}"]'
    (workspace.root / "wantui.toml").write_text(f"{CONFIG}[captions]\ncommand = {command}\n")
    to_make = services.proposals.to_make(found)
    assert [path.name for path in to_make.media] == ["a.png"]
    assert "print(1)" in to_make.source
    assert services.proposals.waiting(found) == ()


def test_media_are_planned_and_copied(workspace: Workspace, tmp_path: Path) -> None:
    services = lazy_services(workspace)
    services.dataset_settings.save(None, services.dataset_settings.proposed(workspace.root / "dataset/images"))
    (target,) = services.importing.targets()
    paint_sunset(tmp_path / "c.png", (64, 64))
    plan = services.importing.plan(tmp_path / "c.png", target)
    told: list[int] = []
    services.importing.carry_out(plan, told.append)
    assert (workspace.root / "dataset/images/c.png").exists()
    assert told == [plan.size]
    with pytest.raises(WantuiError, match="nothing to import"):
        services.importing.carry_out(replace(plan, copies=(), media=0), told.append)


def test_names_are_completed_as_far_as_they_agree(tmp_path: Path) -> None:
    for name in ("images", "images_2", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "imagine.txt").touch()
    assert complete("im", tmp_path).text == "imag"
    assert complete("im", tmp_path).candidates == ("images/", "images_2/", "imagine.txt")
    assert complete("im", tmp_path, folders_only=True).text == "images"
    assert complete(f"{tmp_path}/images_", tmp_path).text == f"{tmp_path}/images_2/"
    assert complete(".h", tmp_path).text == ".hidden/"
    assert complete("none/x", tmp_path).candidates == ()
