"""Each fix: what it says, that it does that, that the problem is gone, and that undo brings the bytes back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import av
import pytest
from PIL import Image

from tests.unit.dataset.making_clips import clip, decodes
from wantui.captions import lint as wording
from wantui.dataset import blueprint
from wantui.dataset.errors import SettingsError
from wantui.dataset.lint import lint
from wantui.dataset.lint.telling import warning
from wantui.dataset.scan import scan
from wantui.fixes import Fix, carry_out, fixes_for
from wantui.fixes.model import Conversion
from wantui.journal.journal import Journal
from wantui.journal.trash import trashed
from wantui.paths import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.dataset.model import Dataset, Problem

GENERAL = '[general]\nresolution = [64, 64]\ncaption_extension = ".txt"\nenable_bucket = true\n'
IMAGES = '\n[[datasets]]\nimage_directory = "images"\ncache_directory = "cache"\n'


class Bench:
    """A workspace with a dataset, its problems and its journal."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root)
        self.workspace.create_state()
        self.journal = Journal(self.workspace)
        self.file = root / "dataset.toml"
        self.images = root / "images"
        self.images.mkdir()
        self.write(GENERAL + IMAGES)
        self.image("good.png", "ohwx, a good one")

    def write(self, text: str) -> None:
        self.file.write_text(text, encoding="utf-8", newline="")

    def image(self, name: str, caption: str | bytes | None = None) -> Path:
        path = self.images / name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (96, 96), "grey").save(path, "PNG")
        if caption is not None:
            raw = caption if isinstance(caption, bytes) else caption.encode()
            path.with_suffix(".txt").write_bytes(raw)
        return path

    def look(self) -> tuple[Dataset | None, list[Problem]]:
        try:
            dataset = scan(blueprint.load(self.file))
        except SettingsError as error:
            return None, [error.problem]
        return dataset, [*lint(dataset), *wording.check(dataset.items)]

    def fixes(self) -> tuple[Fix, ...]:
        dataset, problems = self.look()
        return tuple(fixes_for(problems, dataset).values())

    def fix(self) -> Fix:
        """Carry out the only fix there is; undo, look, and redo."""
        dataset, problems = self.look()
        (fix,) = tuple(fixes_for(problems, dataset).values())
        before = self.contents()
        done = carry_out(self.journal, dataset, [fix])
        assert (done.done, done.left_out, len(done.steps)) == ((fix,), (), 1)
        after = self.contents()
        assert after != before
        self.journal.undo()
        assert self.contents() == before
        self.journal.redo()
        assert self.contents() == after
        assert fix.problem not in self.look()[1]
        return fix

    def contents(self) -> dict[str, bytes]:
        found = (path for path in self.workspace.root.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.workspace.root)): path.read_bytes()
            for path in found
            if ".wantui" not in path.parts
        }


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    root = tmp_path / "work"
    root.mkdir()
    return Bench(root)


@pytest.mark.parametrize(
    ("old", "new", "says", "then"),
    [
        ("enable_bucket", "enable_buckets", "rename the key enable_buckets to enable_bucket in [general]", None),
        (
            "cache_directory",
            "cach_directory",
            "rename the key cach_directory to cache_directory in [[datasets]]",
            None,
        ),
        ("[64, 64]", "[64.0, 64]", "write resolution = [64, 64] in [general]", None),
        ("[64, 64]", "[64.0, 64.0]", "write resolution = [64, 64] in [general]", None),
        ("[64, 64]", '"64x64"', "write resolution = [64, 64] in [general]", None),
        ("enable_bucket = true", 'enable_bucket = "true"', "write enable_bucket = true in [general]", None),
        ('caption_extension = ".txt"\n', "", 'write caption_extension = ".txt" in [general]', ""),
        ('".txt"', '"txt"', 'write caption_extension = ".txt" in [general]', None),
    ],
)
def test_settings_that_the_trainer_refuses(bench: Bench, old: str, new: str, says: str, then: str | None) -> None:
    good = "# mine\n" + (GENERAL + IMAGES).replace("\n", " # kept\n", 2)
    bench.write(good.replace(old, new, 1))
    if new:
        assert old in good
    fix = bench.fix()
    assert fix.says.startswith(says)
    assert not fix.asks
    if then is None:
        assert bench.file.read_text() == good
    assert "# mine" in bench.file.read_text()


def test_settings_that_need_a_person(bench: Bench) -> None:
    for text in (
        GENERAL + IMAGES.replace("cache_directory", "xyz"),
        GENERAL + IMAGES + "target_frames = [1]\n",
        GENERAL.replace("[64, 64]", "[64.5, 64]") + IMAGES,
        GENERAL + IMAGES + "num_repeat = 1\nnum_repeats = 1\n",
        "[general\n",
        GENERAL,
    ):
        bench.write(text)
        assert len(bench.look()[1]) == 1
        assert bench.fixes() == ()


def test_target_frames_and_frame_rate(bench: Bench) -> None:
    videos = bench.workspace.root / "videos"
    videos.mkdir()
    (videos / "a.txt").write_text("moves")
    with av.open(videos / "a.mp4", "w") as container:
        stream = container.add_stream("mpeg4", rate=24)
        stream.width, stream.height = 128, 80
        for _ in range(12):
            container.mux(stream.encode(av.VideoFrame(128, 80, "yuv420p")))
        container.mux(stream.encode())
    section = '\n[[datasets]]\nvideo_directory = "videos"\ncache_directory = "vcache"\ntarget_frames = [1, 6] # why\n'
    bench.write(GENERAL + section)
    says = [fix.says for fix in bench.fixes()]
    assert says == [
        "write target_frames = [1, 5] in [[datasets]] number 1 of dataset.toml",
        "write source_fps = 24.0 in [[datasets]] number 1 of dataset.toml",
    ]
    done = carry_out(bench.journal, bench.look()[0], bench.fixes())
    assert len(done.steps) == 1
    assert bench.file.read_text() == GENERAL + section.replace("6]", "5]") + "source_fps = 24.0\n"
    assert bench.look()[1] == []


def test_encodings(bench: Bench) -> None:
    bench.image("a.png", "café".encode("cp1252"))
    fix = bench.fix()
    assert fix.says == 'convert a.txt from cp1252 to UTF-8: "café"'
    assert (bench.images / "a.txt").read_text() == "café"
    bench.image("b.png", "naïve, ü".encode("utf-16"))
    assert not bench.fix().asks
    assert (bench.images / "b.txt").read_text() == "naïve, ü"
    bench.image("c.png", "plain words here".encode("utf-16-le"))
    bench.fix()
    assert (bench.images / "c.txt").read_text() == "plain words here"
    bench.image("d.png", b"\xef\xbb\xbfmarked\r\n")
    assert bench.fix().says == "remove the byte order mark from d.txt"
    assert (bench.images / "d.txt").read_bytes() == b"marked\r\n"


def test_the_trigger_is_put_in_front(bench: Bench) -> None:
    for number in range(8):
        bench.image(f"{number}.png", f"ohwx, number {number}")
    bench.image("x.png", b"on a hill\r\n")
    assert bench.fix().says == 'put "ohwx" in front of the caption of x.png'
    assert (bench.images / "x.txt").read_bytes() == b"ohwx, on a hill\r\n"


def test_a_misspelt_tag_is_renamed_everywhere(bench: Bench) -> None:
    for number in range(12):
        bench.image(f"{number:02}.png", f"{number} birds, portrait")
    bench.image("x.png", "portrat, dusk")
    bench.image("y.png", "dawn, Portrat, x")
    assert bench.fix().says == 'rename the tag "portrat" to "portrait" in 2 captions'
    assert (bench.images / "x.txt").read_text() == "portrait, dusk"


def test_captions_in_a_jsonl_file(bench: Bench) -> None:
    jsonl = bench.workspace.root / "m.jsonl"
    captions = [f"ohwx, number {number}" for number in range(8)]
    lines = [{"image_path": str(bench.image(f"{at}.png")), "caption": text} for at, text in enumerate(captions)]
    lines.append({"image_path": str(bench.image("x.png")), "caption": "café"})
    jsonl.write_text("".join(json.dumps(line) + "\n" for line in lines))
    bench.write(GENERAL + '\n[[datasets]]\nimage_jsonl_file = "m.jsonl"\ncache_directory = "cache"\n')
    assert bench.fix().says == 'put "ohwx" in front of the caption of x.png'
    assert json.loads(jsonl.read_text().splitlines()[-1])["caption"] == "ohwx, café"


def test_a_suffix_in_mixed_case(bench: Bench) -> None:
    bench.image("a.Png", "mixed")
    assert bench.fix().says == "rename a.Png to a.png"
    assert (bench.images / "a.txt").read_text() == "mixed"
    bench.image("a.jPG")
    assert bench.fixes() == ()


def test_two_media_with_one_stem(bench: Bench) -> None:
    bench.image("good.webp")
    assert bench.fix().says == "rename good.webp to good_2.webp, with a copy of good.txt"
    assert (bench.images / "good_2.txt").read_text() == "ohwx, a good one"


def test_what_goes_to_the_trash_can_be_restored(bench: Bench) -> None:
    (bench.images / "gone.txt").write_text("alone")
    assert bench.fix().says == "move gone.txt to the trash"
    assert [file.origin.name for file in trashed(bench.workspace)[-1].files] == ["gone.txt"]
    bench.image("broken.png", "a broken one").write_bytes(b"no image")
    fix = bench.fix()
    assert fix.says == "move broken.png and its caption to the trash"
    assert fix.asks
    assert not (bench.images / "broken.txt").exists()


def test_a_nested_folder_is_moved_up(bench: Bench) -> None:
    bench.image("more/b.png", "below")
    fix = bench.fix()
    assert (fix.says, fix.asks) == ("move 2 files from more/ up into images/", True)
    assert (bench.images / "b.txt").read_text() == "below"
    bench.image("more/good.jpg")
    assert bench.fixes() == ()


def test_many_at_once_are_one_step(bench: Bench) -> None:
    for name in "abc":
        bench.image(f"{name}.png", f"\ufeffcaption of {name}")
    before = bench.contents()
    dataset, _ = bench.look()
    done = carry_out(bench.journal, dataset, bench.fixes())
    assert [step.what for step in done.steps] == ["mend 3 problems: caption-byte-order-mark"]
    assert (bench.images / "a.txt").read_bytes() == before["images/a.txt"][3:]
    bench.journal.undo()
    assert bench.contents() == before


def test_files_that_changed_meanwhile_are_left_out_and_told(bench: Bench) -> None:
    for name in "ab":
        bench.image(f"{name}.Png", f"caption of {name}")
    bench.image("c.png", "\ufeffc")
    dataset, _ = bench.look()
    fixes = bench.fixes()
    bench.image("b.png")
    (bench.images / "c.txt").unlink()
    done = carry_out(bench.journal, dataset, fixes)
    assert [fix.says for fix in done.done] == ["rename a.Png to a.png"]
    assert [(fix.says, why.rpartition(": ")[2]) for fix, why in done.left_out] == [
        ("rename b.Png to b.png", "already exists; rename one of the two"),
        ("remove the byte order mark from c.txt", "No such file or directory"),
    ]
    assert (bench.images / "b.Png").exists()
    assert not (bench.images / "c.txt").exists()


def test_captions_that_only_a_person_can_write(bench: Bench) -> None:
    bench.image("a.png", "")
    bench.image("b.png")
    assert len(bench.look()[1]) == 2
    assert bench.fixes() == ()


def test_a_control_image_with_a_name_that_the_trainer_stops_at(bench: Bench) -> None:
    bench.write(GENERAL + IMAGES + 'control_directory = "controls"\n')
    (bench.file.parent / "controls").mkdir()
    for name in ("good_canny.png", "good_0.png"):
        Image.new("RGB", (96, 96), "grey").save(bench.file.parent / "controls" / name)
    fix = bench.fix()
    assert (fix.says, fix.asks) == ("rename good_canny.png to good.png", True)


def test_a_control_image_whose_name_is_taken_gets_a_number(bench: Bench) -> None:
    bench.write(GENERAL + IMAGES + 'control_directory = "controls"\n')
    (bench.file.parent / "controls").mkdir()
    for name in ("good_canny.png", "good.png", "good_0.jpg"):
        Image.new("RGB", (96, 96), "grey").save(bench.file.parent / "controls" / name)
    assert bench.fix().says == "rename good_canny.png to good_1.png"


def save(path: Path, kind: str, mode: str = "RGB", **more: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.new(mode, (96, 64)).save(path, kind, **more)
    return path


@pytest.mark.parametrize(
    ("name", "kind", "target"),
    [
        ("a.HEIC", "PNG", "a.png"),
        ("a.gif", "GIF", "a.png"),
        ("a.tiff", "TIFF", "a.png"),
        ("a.jfif", "JPEG", "a.jpg"),
        ("a.jp2", "JPEG2000", "a.png"),
    ],
)
def test_an_image_of_a_format_that_is_not_read(bench: Bench, name: str, kind: str, target: str) -> None:
    source = save(bench.images / name, kind)
    content = source.read_bytes()
    (bench.images / "a.txt").write_text("ohwx, another")
    fix = bench.fix()
    assert fix.asks
    assert f"convert {name}: " in fix.says
    assert target in fix.says
    assert source.read_bytes() == content, "the original stays"
    with Image.open(bench.images / target) as image:
        assert image.size == (96, 64)
    dataset, problems = bench.look()
    assert dataset is not None
    assert [item.media.name for item in dataset.items] == [target, "good.png"]
    assert problems == []


def test_undoing_a_conversion_keeps_the_copy_in_the_trash(bench: Bench) -> None:
    save(bench.images / "a.tiff", "TIFF")
    (bench.images / "a.txt").write_text("ohwx, another")
    dataset, problems = bench.look()
    carry_out(bench.journal, dataset, tuple(fixes_for(problems, dataset).values()))
    assert trashed(bench.workspace) == ()
    bench.journal.undo()
    (found,) = trashed(bench.workspace)
    assert [file.origin for file in found.files] == [bench.images / "a.png"]
    assert not (bench.images / "a.png").exists()


def test_a_picture_is_converted_as_it_is_looked_at(bench: Bench) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    save(bench.images / "a.tiff", "TIFF", exif=turned)
    save(bench.images / "b.tiff", "TIFF", "CMYK")
    Image.new("I;16", (96, 96), 0x8000).save(bench.images / "c.tiff")
    for name in "abc":
        (bench.images / f"{name}.txt").write_text(f"ohwx, {name}")
    dataset, problems = bench.look()
    carry_out(bench.journal, dataset, tuple(fixes_for(problems, dataset).values()))
    with Image.open(bench.images / "a.png") as image:
        assert image.size == (64, 96)
    with Image.open(bench.images / "b.png") as image:
        assert image.mode == "RGB"
    with Image.open(bench.images / "c.png") as image:
        assert (image.mode, image.getpixel((0, 0))) == ("L", 0x80)


def test_an_avif_goes_to_the_trash_once_there_is_a_copy(bench: Bench) -> None:
    save(bench.images / "a.avif", "AVIF")
    (bench.images / "a.txt").write_text("ohwx, another")
    fix = bench.fix()
    assert (fix.says, fix.asks) == ("convert a.avif to a.png, and move a.avif to the trash", True)
    assert not (bench.images / "a.avif").exists()


@pytest.mark.parametrize("name", ["a.heic", "a.dng", "a.svg"])
def test_what_cannot_be_converted_here_is_left_to_a_person(bench: Bench, name: str) -> None:
    (bench.images / name).write_bytes(b"who knows")
    dataset, problems = bench.look()
    (problem,) = problems
    assert (problem.code, problem.path.name) == ("unread-format", name)
    assert "convert it with" in problem.fix
    assert tuple(fixes_for(problems, dataset).values()) == ()


def test_a_conversion_that_fails_is_told_and_changes_nothing(bench: Bench) -> None:
    source = save(bench.images / "a.tiff", "TIFF")
    content = source.read_bytes()
    source.write_bytes(content[:8] + content[-200:].rjust(len(content) - 8, b"\0"))
    dataset, _ = bench.look()
    problem = warning("unread-format", source, "", "")
    fix = Fix(problem, "convert it", conversions=(Conversion(source, bench.images / "a.png"),))
    before = bench.contents()
    done = carry_out(bench.journal, dataset, [fix])
    assert (done.steps, done.done) == ((), ())
    ((_, why),) = done.left_out
    assert why.startswith(f"{source}: ")
    assert bench.contents() == before
    assert [path.name for path in (bench.workspace.state / "trash").iterdir()] == []


def test_clips_of_formats_that_are_not_read(bench: Bench) -> None:
    bench.write(GENERAL + '\n[[datasets]]\nvideo_directory = "videos"\ntarget_frames = [5]\nsource_fps = 16.0\n')
    videos = bench.file.parent / "videos"
    clip(videos / "good.mp4", 9).with_suffix(".txt").write_text("ohwx, moves")
    clip(videos / "a.ts", 9, codec="mpeg2video", size=(96, 64)).with_suffix(".txt").write_text("ohwx, walks")
    frames = [Image.new("RGB", (97, 65), (20 * number, 0, 0)) for number in range(9)]
    frames[0].save(videos / "b.gif", save_all=True, append_images=frames[1:], duration=60)
    (videos / "b.txt").write_text("ohwx, blinks")
    dataset, problems = bench.look()
    fixes = tuple(fixes_for(problems, dataset).values())
    assert [fix.says for fix in fixes] == ["convert a.ts: a.mp4, beside it", "convert b.gif: b.mp4, beside it"]
    carry_out(bench.journal, dataset, fixes)
    after, problems = bench.look()
    assert after is not None
    assert [problem.code for problem in problems if problem.code != "source-fps-wrong"] == []
    found = {item.media.name: item for item in after.items}
    assert found.keys() == {"good.mp4", "a.mp4", "b.mp4"}
    assert decodes(videos / "a.mp4") == decodes(videos / "a.ts")
    assert (found["b.mp4"].width, found["b.mp4"].height, decodes(videos / "b.mp4")) == (96, 64, 9)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("b.TXT", "rename b.TXT to b.txt"),
        ("b.caption", "rename b.caption to b.txt"),
        ("b.png.txt", "rename b.png.txt to b.txt"),
    ],
)
def test_a_caption_under_another_name(bench: Bench, name: str, says: str) -> None:
    bench.image("b.png")
    (bench.images / name).write_text("ohwx, another")
    fix = bench.fix()
    assert (fix.says, fix.asks, fix.problem.code) == (says, True, "missing-caption")
    assert fix.problem.message == f"there is no caption file of this name, but there is {name}"
    assert (bench.images / "b.txt").read_text() == "ohwx, another"


@pytest.mark.parametrize("folder", ["images/captions", "Captions"])
def test_a_caption_in_a_folder_of_captions(bench: Bench, folder: str) -> None:
    bench.image("b.png")
    captions = bench.file.parent / folder
    captions.mkdir()
    (captions / "b.txt").write_text("ohwx, another")
    fix = bench.fix()
    assert fix.says == f"move {captions / 'b.txt'} to {bench.images / 'b.txt'}"
    assert fix.problem.fix == f"move that to {bench.images / 'b.txt'}"


def test_captions_that_all_have_another_extension_need_the_setting(bench: Bench) -> None:
    (bench.images / "good.txt").rename(bench.images / "good.caption")
    fix = bench.fix()
    assert fix.says == 'write caption_extension = ".caption" in [[datasets]] number 1 of dataset.toml'
    assert fix.asks
    assert fix.problem.fix == 'set caption_extension = ".caption", with which every caption is found'
    assert bench.look()[1] == []
