from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from wantui import config
from wantui.caches.held_out import HeldOut
from wantui.dataset import blueprint
from wantui.dataset.lint import lint
from wantui.dataset.scan import scan
from wantui.demo import workspace
from wantui.demo.pictures import PICTURES, TRIGGER
from wantui.demo.workspace import create_demo_workspace
from wantui.jobs.model import JobKind
from wantui.paths import Workspace
from wantui.runs.following import Followers
from wantui.runs.sampling.prompt_file import read
from wantui.services import demo

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


def test_a_new_demo_asks_what_its_run_is_worth_and_one_that_is_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    made = demo.make(tmp_path / "new", 3)
    loaded = config.load(made)
    assert (loaded.probe.after_run, loaded.sample.after_run) == (True, True)
    dataset = scan(blueprint.load(made.root / "dataset" / "dataset.toml"))
    held = HeldOut(made).among(dataset.items)
    assert {item.name for item in dataset.items if item.key in held} == set(workspace.HELD_OUT)
    prompts = read(loaded.sample.prompts, [item.caption or "" for item in dataset.items])
    assert len(prompts.usable()) == 2
    assert not prompts.problems
    experts = (JobKind.LATENTS, JobKind.TEXT, JobKind.HIGH, JobKind.LOW)
    followers = Followers.of(made, loaded, experts)
    assert (followers.is_probed, followers.prompts) == (True, prompts.usable())
    assert Followers.of(made, loaded, experts[:3]) == Followers(is_probed=True, prompts=())
    assert Followers.of(made, loaded, experts[:2]) == Followers(is_probed=False, prompts=())

    made.config_file.write_text('[trainer]\nkind = "rehearsal"\n')
    HeldOut(made).release(dataset.items)
    demo.make(made.root, 3)
    assert HeldOut(made).is_empty
    assert not config.load(made).sample.after_run
