from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from wantui import config
from wantui.dataset import blueprint
from wantui.dataset.lint import lint
from wantui.dataset.scan import scan
from wantui.demo import workspace
from wantui.demo.pictures import PICTURES, TRIGGER
from wantui.demo.workspace import create_demo_workspace
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "new"
    create_demo_workspace(folder, epochs=3)
    return folder


def test_the_dataset_is_without_a_fault(made: Path) -> None:
    dataset = scan(blueprint.load(made / "dataset" / "dataset.toml"))

    assert len(dataset.items) == len(PICTURES) >= 12
    assert lint(dataset) == ()
    assert all(item.caption and item.caption.startswith(f"{TRIGGER}, ") for item in dataset.items)
    assert len({item.caption for item in dataset.items}) == len(dataset.items)
    assert len({item.bucket for item in dataset.items}) >= 3


def test_the_settings_are_valid_and_rehearse(made: Path) -> None:
    loaded = config.load(Workspace(made))

    assert loaded.trainer.kind == "rehearsal"
    assert (loaded.run.suffix, loaded.run.epochs, loaded.run.save_every) == ("demo", 3, 2)
    assert (loaded.gpus.provider, loaded.gpus.simulated) == ("simulated", 2)


def test_every_picture_is_one_of_its_own(made: Path) -> None:
    thumbnails: set[bytes] = set()
    for picture in PICTURES:
        with Image.open(made / "dataset" / "images" / f"{picture.name}.jpg") as image:
            assert image.size == picture.size
            small = image.resize((16, 16)).convert("L")
            shades = small.tobytes()
            assert max(shades) - min(shades) > 60, picture.name
            thumbnails.add(shades)
    assert len(thumbnails) == len(PICTURES)


def test_pictures_are_the_same_every_time() -> None:
    picture = next(each for each in PICTURES if each.name == "lighthouse")

    assert picture.draw().tobytes() == picture.draw().tobytes()


def test_what_is_there_stays(made: Path, tmp_path: Path) -> None:
    (tmp_path / "dataset" / "images").mkdir(parents=True)
    for picture in PICTURES:
        (tmp_path / "dataset" / "images" / f"{picture.name}.jpg").write_bytes(b"mine")
    caption = tmp_path / "dataset" / "images" / "hills.txt"
    caption.write_text("my own words", encoding="utf-8")

    create_demo_workspace(tmp_path)

    assert caption.read_text(encoding="utf-8") == "my own words"
    assert (tmp_path / "dataset" / "images" / "hills.jpg").read_bytes() == b"mine"
    settings = tomllib.loads((tmp_path / "wantui.toml").read_text(encoding="utf-8"))
    assert settings["run"]["epochs"] == workspace.DEFAULT_EPOCHS
