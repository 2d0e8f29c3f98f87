"""Which control media belong to an item, and what lint says where they cannot be used."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.unit.dataset.making_clips import clip
from wantui.dataset.blueprint import load
from wantui.dataset.controls import Controls
from wantui.dataset.lint import lint
from wantui.dataset.model import MediaRules
from wantui.dataset.scan import scan

if TYPE_CHECKING:
    from tests.unit.dataset.conftest import Toy
    from wantui.dataset.model import Problem

SECTION = 'image_directory = "images"\ncache_directory = "cache"\ncontrol_directory = "controls"'
JSONL = 'image_jsonl_file = "list.jsonl"\ncache_directory = "cache"'
CLIPS = 'video_directory = "videos"\ncache_directory = "cache"\ncontrol_directory = "controls"\ntarget_frames = [5]'


def picture(path: Path, mode: str = "RGB") -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.new(mode, (96, 96), "red").save(path)
    return path


def matched(toy: Toy) -> dict[str, list[str]]:
    """The names of the control media that count, by item."""
    dataset = scan(load(toy.file))
    (subset,) = dataset.config.subsets
    controls = Controls(dataset.config, subset, dataset.items)
    return {item.name: [Path(path).name for path in controls.of(item)] for item in dataset.items}


def told(toy: Toy, rules: MediaRules | None = None) -> list[Problem]:
    config = replace(load(toy.file), rules=rules or MediaRules())
    return [each for each in lint(scan(config)) if "control" in each.code and each.code != "control-unused"]


def codes(toy: Toy) -> list[tuple[str, str, int | None]]:
    return [(each.code, each.path.name, each.line) for each in told(toy)]


def test_the_longest_name_of_an_item_decides(toy: Toy) -> None:
    toy.write(SECTION)
    for name in ("a.png", "a_b.png", "c.png"):
        toy.image(name)
    for name in ("a_1.png", "a_0.png", "a_b.jpg", "a_b_3.png", "c_10.png", "c_9.png", "cd.png", ".a.png", "a.txt"):
        picture(toy.root / "controls" / name) if name[-1] == "g" else (toy.root / "controls" / name).write_text("")
    assert matched(toy) == {"a": ["a_0.png"], "a_b": ["a_b.jpg"], "c": ["c_9.png"]}
    assert told(toy) == []


def test_of_two_suffixes_nobody_knows_which_is_taken(toy: Toy) -> None:
    toy.write(SECTION)
    toy.image("a.png")
    for name in ("a.png", "a.jpg", "a_0.png"):
        picture(toy.root / "controls" / name)
    assert matched(toy) == {"a": ["a.jpg", "a.png"]}


def test_a_folder_that_is_not_there(toy: Toy) -> None:
    toy.write(SECTION)
    toy.image("a.png")
    (problem,) = told(toy)
    assert (problem.severity, problem.code, problem.path, problem.line) == (
        "error",
        "control-folder-missing",
        toy.file,
        6,
    )


def test_an_item_without_its_control(toy: Toy) -> None:
    toy.write(SECTION)
    for name in ("a.png", "b.png"):
        toy.image(name)
    picture(toy.root / "controls" / "a.png")
    assert codes(toy) == [("control-missing", "b.png", None)]
    (toy.root / "controls" / "a.png").unlink()
    assert codes(toy) == [("control-missing", "dataset.toml", 6)], "all of them are told at once"


@pytest.mark.parametrize("name", ["a_canny.png", "a_1x.png", "a_.png", "a.b.png", "a_\N{SUPERSCRIPT TWO}.png"])
def test_a_name_that_the_trainer_stops_at(toy: Toy, name: str) -> None:
    toy.write(SECTION)
    toy.image("a.png")
    picture(toy.root / "controls" / "a.png")
    picture(toy.root / "controls" / name)
    (problem,) = told(toy)
    assert (problem.severity, problem.code, problem.path.name) == ("error", "control-wrong-name", name)
    assert problem.fix == "name it a or a_0, or move it out of the folder"


def test_controls_that_cannot_be_opened(toy: Toy) -> None:
    toy.write(SECTION)
    for name in "abc":
        toy.image(f"{name}.png")
    picture(toy.root / "controls" / "a.png", "RGBA")
    picture(toy.root / "controls" / "b.png", "LA")
    (toy.root / "controls" / "c.png").write_bytes(b"no image")
    assert codes(toy) == [("unreadable-control", "a.png", None), ("unreadable-control", "c.png", None)]


def test_a_list_that_names_controls_in_some_lines_only(toy: Toy) -> None:
    toy.write(JSONL)
    toy.image("a.png")
    rows = [{"image_path": "images/a.png", "caption": str(number)} for number in range(4)]
    rows[0]["control_path"] = "images/a.png"
    rows[1]["control_path"] = "images/none.png"
    rows[2]["control_path"] = ""
    (toy.root / "list.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert codes(toy) == [
        ("control-missing", "list.jsonl", 3),
        ("control-missing", "list.jsonl", 4),
        ("unreadable-control", "list.jsonl", 2),
    ]


def test_numbered_controls_in_a_list(toy: Toy) -> None:
    toy.write(JSONL)
    row = {"image_path": "a.png", "caption": "c", "control_path_10": "ten.png", "control_path_9": "nine.png"}
    (toy.root / "list.jsonl").write_text(json.dumps(row))
    assert matched(toy) == {"a": ["nine.png"]}


@pytest.mark.parametrize(
    ("has", "code"), [(True, None), (False, "control-images-unsupported"), (None, "control-images-unknown")]
)
def test_whether_the_trainer_can_encode_control_images(toy: Toy, has: bool | None, code: str | None) -> None:
    toy.write(SECTION)
    toy.image("a.png")
    picture(toy.root / "controls" / "a.png")
    assert [each.code for each in told(toy, MediaRules(has_image_controls=has))] == [code] * bool(code)


def test_control_media_are_not_trained_on(toy: Toy) -> None:
    toy.write(SECTION)
    toy.image("a.png")
    picture(toy.root / "controls" / "a.png")
    assert [each.code for each in lint(scan(load(toy.file)))] == ["control-unused"]
    toy.write(SECTION.rpartition("\n")[0])
    assert lint(scan(load(toy.file))) == ()


def test_control_clips(toy: Toy) -> None:
    toy.write(CLIPS)
    for name in "abcdefg":
        clip(toy.root / "videos" / f"{name}.mp4", 9).with_suffix(".txt").write_text(f"moves {name}")
    controls = toy.root / "controls"
    clip(controls / "a.mp4", 9)
    picture(controls / "a" / "0.png")
    picture(controls / "b" / "0.png")
    clip(controls / "c.mkv", 9)
    (controls / "d.mp4").write_bytes(b"no video")
    (controls / "e").mkdir()
    (controls / "f").write_bytes(b"")
    assert matched(toy) == {"a": ["a.mp4"], "b": ["b"], "c": ["c.mkv"], "d": ["d.mp4"], "e": ["e"], "f": [], "g": []}
    assert codes(toy) == [
        ("control-missing", "f.mp4", None),
        ("control-missing", "g.mp4", None),
        ("unreadable-control", "d.mp4", None),
        ("unreadable-control", "e", None),
    ]


def test_a_pipe_is_no_control(toy: Toy) -> None:
    toy.write(SECTION)
    toy.image("a.png")
    (toy.root / "controls").mkdir()
    os.mkfifo(toy.root / "controls" / "a.png")
    assert codes(toy) == [("unreadable-control", "a.png", None)]


NAMES = st.text(alphabet="ab_0.\N{SUPERSCRIPT TWO}", min_size=1, max_size=6)


@given(st.sets(NAMES, max_size=4), st.sets(NAMES, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_each_control_belongs_to_one_item(toy: Toy, stems: set[str], controls: set[str]) -> None:
    toy.write(JSONL.replace("image_jsonl_file", "control_directory") + '\nimage_directory = "images"')
    rows = scan(replace(load(toy.file), subsets=())).items
    assert rows == ()
    folder = toy.root / "list.jsonl"
    folder.mkdir(exist_ok=True)
    for path in (*folder.iterdir(), *toy.images.iterdir()):
        path.unlink()
    for stem in stems:
        (toy.images / f"x{stem}.png").write_bytes(b"")
    for name in controls:
        (folder / f"x{name}.png").write_bytes(b"")
    dataset = scan(load(toy.file))
    found = Controls(dataset.config, dataset.config.subsets[0], dataset.items)
    every = [each.path for item in dataset.items for each in found.found(item)]
    assert len(every) == len(set(every))
    for item in dataset.items:
        for each in found.found(item):
            own = Path(each.path).name
            assert own.startswith((f"{item.name}.", f"{item.name}_"))
