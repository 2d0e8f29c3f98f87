"""Pictures that are trained otherwise than people see them: told by the thorough look, and saved again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import av
import pytest
from PIL import Image, ImageChops

from wantui.dataset.blueprint import load
from wantui.dataset.lint import lint, thorough
from wantui.dataset.scan import scan
from wantui.fixes import apply, carry_out, fixes_for
from wantui.journal.journal import Journal
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.dataset.conftest import Toy
    from wantui.dataset.model import Problem
    from wantui.fixes import Fixed


def gradient() -> Image.Image:
    return Image.linear_gradient("L").convert("RGB").resize((128, 96))


def turned(path: Path, orientation: int = 6) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    gradient().save(path, exif=exif, quality=95)


def deep(path: Path) -> None:
    Image.new("I;16", (96, 96), 30_000).save(path)


def cut_out(path: Path, alpha: int = 0) -> None:
    Image.merge("RGBA", [Image.new("L", (96, 96), shade) for shade in (255, 0, 0, alpha)]).save(path)


def examined(toy: Toy) -> dict[str, Problem]:
    found = thorough.examine(scan(load(toy.file)), toy.root / "kept").problems
    return {problem.code: problem for problem in found if problem.code != "near-duplicate"}


def fixed(toy: Toy, problems: dict[str, Problem]) -> Fixed:
    fixes = tuple(fixes_for(problems.values(), scan(load(toy.file))).values())
    assert all(each.asks for each in fixes)
    return carry_out(Journal(Workspace(toy.root)), scan(load(toy.file)), fixes)


@pytest.fixture
def three(toy: Toy, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Toy:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    turned(toy.image("phone.png").with_suffix(".jpg"))
    (toy.images / "phone.png").unlink()
    deep(toy.image("scan.png"))
    cut_out(toy.image("cutout.png"))
    return toy


def test_each_is_told_with_what_to_do(three: Toy) -> None:
    found = examined(three)
    assert {code: problem.path.name for code, problem in found.items()} == {
        "exif-turned": "phone.jpg",
        "sixteen-bit-image": "scan.png",
        "transparent-image": "cutout.png",
    }
    assert {problem.severity for problem in found.values()} == {"warning"}
    kept = {problem.code for problem in thorough.kept(scan(load(three.file)), three.root / "kept")}
    assert kept >= found.keys()


def test_they_are_saved_as_they_are_seen_and_undo_gives_them_back(three: Toy) -> None:
    before = {path.name: path.read_bytes() for path in three.images.iterdir()}
    done = fixed(three, examined(three))
    assert (len(done.done), done.left_out) == (3, ())
    assert examined(three) == {}
    assert not [problem for problem in lint(scan(load(three.file))) if problem.severity == "error"]
    with Image.open(three.images / "phone.jpg") as image:
        upright = gradient().transpose(Image.Transpose.ROTATE_270)
        assert image.size == (96, 128)
        extrema = cast("tuple[tuple[int, int], ...]", ImageChops.difference(image, upright).getextrema())
        assert max(high for _, high in extrema) < 8
    with Image.open(three.images / "scan.png") as image:
        assert (image.mode, image.getpixel((0, 0))) == ("L", 30_000 // 256)
    with Image.open(three.images / "cutout.png") as image:
        assert (image.mode, image.getpixel((0, 0))) == ("RGB", (255, 255, 255))
    for _ in done.steps:
        Journal(Workspace(three.root)).undo()
    assert {path.name: path.read_bytes() for path in three.images.iterdir()} == before


def test_many_pictures_are_several_steps(three: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "_PICTURES_AT_ONCE", 1)
    assert len(fixed(three, examined(three)).steps) == 3


@pytest.mark.parametrize("orientation", [1, 0, 9, 300])
def test_a_picture_that_no_program_turns_is_fine(toy: Toy, orientation: int) -> None:
    toy.image("a.png")
    turned(toy.images / "a.png", orientation)
    assert examined(toy) == {}


def test_an_alpha_channel_that_hides_nothing_is_fine(toy: Toy) -> None:
    cut_out(toy.image("a.png"), alpha=255)
    assert examined(toy) == {}


def test_an_animation_is_told_and_has_no_fix(toy: Toy) -> None:
    toy.image("a.webp")
    frames = [Image.new("RGB", (96, 96), shade) for shade in ("red", "blue")]
    frames[0].save(toy.images / "a.webp", save_all=True, append_images=frames[1:])
    found = examined(toy)
    assert list(found) == ["animated-image"]
    assert tuple(fixes_for(found.values(), scan(load(toy.file))).values()) == ()


def test_prints_of_an_older_version_are_made_again(toy: Toy) -> None:
    deep(toy.image("a.png"))
    examined(toy)
    file = toy.root / "kept/prints.json"
    old = {path: [*row[:2], row[2].partition(":")[0]] for path, row in json.loads(file.read_text()).items()}
    file.write_text(json.dumps(old))
    assert list(examined(toy)) == ["sixteen-bit-image"]


@pytest.mark.parametrize("degrees", [0, 90, 180])
def test_a_clip_that_players_turn(toy: Toy, degrees: int) -> None:
    toy.write('video_directory = "videos"\ncache_directory = "cache"\ntarget_frames = [1]')
    plain = toy.video("a.mp4", 3)
    turned_file = plain.with_name("turned.mp4")
    with av.open(plain) as source, av.open(turned_file, "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        if degrees:
            stream.set_display_rotation(degrees)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    turned_file.replace(plain)
    found = examined(toy)
    if degrees:
        assert list(found) == ["turned-clip"]
        assert f"turn it by {-degrees % 360} degrees" in found["turned-clip"].message
    else:
        assert found == {}
