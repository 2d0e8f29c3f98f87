"""Captioners as processes: what they print, how they fail, and what a reader makes of the job's log."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from wantui.runs.captioning.captioners import Captioner, CommandCaptioner, QwenCaptioner
from wantui.runs.captioning.order import CaptionOrder
from wantui.runs.captioning.outcome import NotCaptioned
from wantui.runs.captioning.output import CaptioningOutput, failure_line
from wantui.runs.counted_output import counted_line

SCRIPT = """\
import argparse, json, os, sys
parser = argparse.ArgumentParser()
for flag in ("--image_dir", "--model_path", "--output_file", "--output_format", "--prompt"):
    parser.add_argument(flag)
parser.add_argument("--fp8_vl", action="store_true")
options = parser.parse_args()
with open(options.output_file, "w", encoding="utf-8") as file:
    for name in sorted(os.listdir(options.image_dir)):
        path = os.path.join(options.image_dir, name)
        text = open(path, encoding="utf-8").read()
        if text == "broken":
            sys.exit(3)
        caption = f"{options.prompt}: {text} {options.fp8_vl} {options.model_path}"
        file.write(json.dumps({"image_path": path, "caption": caption}) + "\\n")
        file.flush()
"""
"""Takes and writes what the trainer's script does, without its model."""


def command(code: str, limit_s: float = 60.0) -> CommandCaptioner:
    return CommandCaptioner((sys.executable, "-c", code, "{media}", "{workspace}"), limit_s)


def asked(captioner: Captioner, folder: Path, *names: str) -> dict[str, str | NotCaptioned]:
    media = [folder / name for name in names]
    return {path.name: outcome for path, outcome in captioner.captions(media, folder)}


def test_a_command_gets_the_file_and_its_output_is_the_caption(tmp_path: Path) -> None:
    shows = "import sys, os; print(os.path.basename(sys.argv[1]), sys.argv[2] == os.getcwd(), '\\n\\n')"
    assert asked(command(shows), tmp_path, "a b.png", "[x].png") == {
        "a b.png": "a b.png True",
        "[x].png": "[x].png True",
    }


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise SystemExit(3)", "exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "ended by SIGKILL"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "not UTF-8"),
        ("print('  ')", "printed nothing"),
        ("print('half'); raise SystemExit(1)", "exit code 1"),
    ],
)
def test_whatever_a_command_does_wrong_is_told(tmp_path: Path, code: str, why: str) -> None:
    (outcome,) = asked(command(code), tmp_path, "a.png").values()
    assert isinstance(outcome, NotCaptioned)
    assert why in outcome.why


def test_a_command_that_is_not_there_is_named(tmp_path: Path) -> None:
    (outcome,) = asked(CommandCaptioner(("/no/such/program", "{media}"), 60.0), tmp_path, "a.png").values()
    assert outcome == NotCaptioned("cannot start /no/such/program: No such file or directory")


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_asked_about(tmp_path: Path) -> None:
    code = "import sys, time; 'slow' in sys.argv[1] and time.sleep(600); print('done')"
    found = asked(command(code, limit_s=2.0), tmp_path, "slow.png", "b.png")
    assert isinstance(found["slow.png"], NotCaptioned)
    assert "2 seconds" in found["slow.png"].why
    assert found["b.png"] == "done"


@pytest.fixture
def qwen(tmp_path: Path) -> QwenCaptioner:
    """A checkout whose script has no model."""
    scripts = tmp_path / "trainer/src/musubi_tuner"
    scripts.mkdir(parents=True)
    (scripts / "caption_images_by_qwen_vl.py").write_text(SCRIPT)
    (tmp_path / "model.safetensors").touch()
    (tmp_path / ".wantui").mkdir()
    return QwenCaptioner(
        tmp_path / "trainer", Path(sys.executable), tmp_path / "model.safetensors", "what?", fp8=True, limit_s=60.0
    )


def test_qwen_captions_every_image_under_its_own_name(qwen: QwenCaptioner, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.png").write_text(folder)
    media = [tmp_path / "one/same.png", tmp_path / "two/same.png"]
    found = dict(qwen.captions(media, tmp_path))
    model = tmp_path / "model.safetensors"
    assert found == {path: f"what?: {path.parent.name} True {model}" for path in media}
    assert list((tmp_path / ".wantui").iterdir()) == [], "the folder of links is gone"


def test_what_qwen_wrote_before_it_broke_counts(qwen: QwenCaptioner, tmp_path: Path) -> None:
    for name, text in (("a.png", "fine"), ("b.png", "broken"), ("c.png", "fine")):
        (tmp_path / name).write_text(text)
    found = asked(qwen, tmp_path, "a.png", "b.png", "c.png")
    assert isinstance(found["a.png"], str)
    assert {name for name, outcome in found.items() if isinstance(outcome, NotCaptioned)} == {"b.png", "c.png"}
    assert "exit code 3" in str(found["c.png"])


def test_what_qwen_lacks_is_said_beforehand(qwen: QwenCaptioner, tmp_path: Path) -> None:
    assert qwen.problem() is None
    assert qwen.takes(Path("a.PNG"))
    assert not qwen.takes(Path("a.mp4"))
    assert "no captioning script" in (replace(qwen, root=tmp_path).problem() or "")
    assert "weights" in (replace(qwen, model=tmp_path / "none").problem() or "")


def test_an_order_survives_its_record(qwen: QwenCaptioner, tmp_path: Path) -> None:
    for captioner in (qwen, command("print()")):
        for media in (None, (tmp_path / "a.png",)):
            order = CaptionOrder(tmp_path / "dataset.toml", captioner, media)
            assert CaptionOrder.from_document(json.loads(json.dumps(order.to_document()))) == order


def test_a_reader_counts_items_and_keeps_the_cause() -> None:
    reader = CaptioningOutput()
    log = "\n".join(
        [
            "20 items to caption with python caption.py {media}",
            counted_line(1, 20, 2.0, "a\nb.png: a woman\nin a field"),
            "Loading checkpoint shards: 100%|###| 5/5\r",
            counted_line(2, 20, 5.0, "c.png: x"),
            failure_line([("c.png", "exit code 3")] * 4, 20),
            "",
        ]
    ).encode()
    for at in range(0, len(log), 7):
        reader.feed(log[at : at + 7])
    progress = reader.progress
    assert (progress.step, progress.steps, progress.step_s, progress.eta_s) == (2, 20, 2.5, 45.0)
    assert progress.cause is not None
    assert progress.cause.startswith("not captioned: 4 of 20 items: c.png: exit code 3;")
    assert progress.cause.endswith("and 1 more")
