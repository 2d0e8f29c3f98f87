"""The whole examination: every check that is promised is there, and nothing that hangs or breaks holds the rest."""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.supervisor.conftest import until
from wantui import config as configuration
from wantui.doctor import devices, environment, examine, host, terminal
from wantui.doctor.limits import LateError, Question
from wantui.doctor.model import Finding, Mark
from wantui.jobs import trust
from wantui.paths import Workspace
from wantui.terminal.graphics import Protocol, TerminalGraphics

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMISED = {
    "Python": "python",
    "the cluster": "slurm",
    "driver": "driver",
    "GPUs": "gpus",
    "CUDA against torch's arch list": "cuda",
    "trainer commit": "trainer",
    "trainer imports (a subprocess of its interpreter)": "environment",
    "tensorboard": "tensorboard",
    "tokenizer": "tokenizer",
    "weights": "weights",
    "disk": "disk",
    "memory and cgroup limit": "memory",
    "shared memory": "shared-memory",
    "file watching": "watching",
    "who is told of the night": "notify",
    "terminal (colours)": "terminal",
    "graphics protocol, and tmux in its way": "graphics",
    "tmux or not": "tmux",
    "clock": "clock",
    "open files limit": "open-files",
    "container and provider detected": "container",
}
"""What the doctor looks at, and the name that scripts know the check by."""


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """Whoever waits for it hangs until the test is over."""
    over = threading.Event()
    yield over
    over.set()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no finding."""
    monkeypatch.setattr(examine, "LIMIT_S", 60.0)


def look(folder: Path, settings: str = "") -> dict[str, Finding]:
    (folder / "wantui.toml").write_text(settings)
    workspace = Workspace(folder)
    return {each.check: each for each in examine.examine(workspace, configuration.load(workspace))}


@pytest.mark.parametrize("settings", ["", '[trainer]\nkind = "rehearsal"\n'])
def test_every_promised_check_has_a_finding(tmp_path: Path, settings: str) -> None:
    found = look(tmp_path, settings)
    assert set(PROMISED.values()) == set(examine.CHECKS)
    assert list(found) == list(examine.CHECKS)
    assert all(each.seen for each in found.values())


def test_the_document_about_the_doctor_tells_of_every_check_in_its_order() -> None:
    page = (Path(__file__).parents[3] / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE) == list(examine.CHECKS)


@pytest.mark.parametrize(
    ("place", "check"),
    [
        ((devices, "read_machine_driver"), "driver"),
        ((devices, "read_gpus"), "gpus"),
        ((environment, "checkout"), "trainer"),
        ((environment, "tokenizer"), "tokenizer"),
        ((examine, "weights"), "weights"),
        ((host, "disks"), "disk"),
        ((host, "memory"), "memory"),
        ((host, "clock"), "clock"),
        ((host, "watching"), "watching"),
        ((terminal, "graphics"), "graphics"),
    ],
)
def test_what_hangs_is_told_and_holds_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hanging: threading.Event, place: tuple[object, str], check: str
) -> None:
    hung, checks = set[threading.Thread](), examine._checks

    def hang(*_: object, **__: object) -> None:
        hung.add(threading.current_thread())
        hanging.wait()

    def all_others_are_done() -> bool:
        return {thread for thread in threading.enumerate() if thread.name == "doctor"} <= hung

    def begun(looks: examine._Looks) -> object:
        made = checks(looks)
        until(all_others_are_done, "the answers of what does not hang, however slow it is")
        return made

    monkeypatch.setattr(*place, hang)
    monkeypatch.setattr(examine, "_checks", begun)
    monkeypatch.setattr(examine, "LIMIT_S", 0.3)
    found = look(tmp_path)
    late = {each.check for each in found.values() if each.seen == "did not answer within 0.3 s"}
    assert check in late
    assert late <= {check, "cuda", "gpus"}
    assert found[check].mark is Mark.BAD
    assert found[check].cure
    assert set(found) == set(examine.CHECKS)


def test_everything_is_begun_before_anything_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the limits run side by side, and not one after the other."""
    events: list[str] = []
    begin, answer = Question.__init__, Question.answer

    def noting_begin(self: Question[object], *arguments: Any) -> None:
        events.append("begun")
        begin(self, *arguments)

    def noting_answer(self: Question[object]) -> object:
        events.append("waited for")
        return answer(self)

    monkeypatch.setattr(Question, "__init__", noting_begin)
    monkeypatch.setattr(Question, "answer", noting_answer)
    look(tmp_path)
    first = events.index("waited for")
    assert first > len(examine.CHECKS) - 5
    assert "begun" not in events[first:]


def test_an_interpreter_that_never_says_a_word_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nsleep 600 &\nwait\n")
    python.chmod(0o755)
    monkeypatch.setattr(environment, "PATIENCE_S", 0.3)
    monkeypatch.setattr(trust, "why_not_used", lambda _config: None)
    found = look(tmp_path, f'[trainer]\npython = "{python}"\n')
    assert found["environment"].seen == f"{python} does not work: it did not answer within 0.3 s"
    assert found["tensorboard"].mark is Mark.CAUTION


def test_a_check_that_cannot_be_made_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> Finding:
        raise OSError(116, "Stale file handle", "/data")

    monkeypatch.setattr(host, "disks", gone)
    found = look(tmp_path)["disk"]
    assert (found.mark, found.seen) == (Mark.BAD, "/data: Stale file handle")
    assert found.cure is not None
    assert "df -h" in found.cure


def test_the_disk_of_the_lora_files_is_looked_at_where_it_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    sizes = {tmp_path: usage._replace(free=50 << 30), Path("/dev/shm"): usage._replace(free=1 << 30)}
    monkeypatch.setattr(shutil, "disk_usage", lambda path: sizes[Path(path)])
    same = list(host.disks(Workspace(tmp_path), tmp_path / "output" / "loras"))
    assert [(each.mark, each.seen) for each in same] == [(Mark.GOOD, f"53.7 GB free at {tmp_path}")]
    here, there = host.disks(Workspace(tmp_path), Path("/dev/shm/not/there/yet"))
    assert here == same[0]
    assert (there.mark, there.seen) == (Mark.BAD, "1.1 GB free at /dev/shm")
    assert there.cure == "make room, or name another output_directory in [run]"


def test_a_question_is_answered_more_than_once_and_raises_what_looking_raised() -> None:
    asked = Question(lambda: 7, 60)
    assert (asked.answer(), asked.answer()) == (7, 7)
    with pytest.raises(ZeroDivisionError):
        Question(lambda: 1 // 0, 60).answer()
    with pytest.raises(LateError, match="did not answer within 0 s"):
        Question(threading.Event().wait, 0).answer()


@pytest.mark.parametrize(
    ("sight", "seen", "mark"),
    [
        (None, "not asked: only the command line is used", Mark.GOOD),
        (
            TerminalGraphics(Protocol.KITTY, (9, 18), why="the terminal can"),
            "pictures by kitty's protocol, cells of 9x18 pixels: the terminal can",
            Mark.GOOD,
        ),
        (
            TerminalGraphics(Protocol.SIXEL, (8, 16), is_in_tmux=True, why="tmux's client can"),
            "pictures as sixels, cells of 8x16 pixels, through tmux: tmux's client can",
            Mark.GOOD,
        ),
        (
            TerminalGraphics(
                Protocol.HALFCELL, is_in_tmux=True, why="tmux's client tells of nothing more", cure="give `x`"
            ),
            "pictures as coloured half cells: tmux's client tells of nothing more",
            Mark.CAUTION,
        ),
        (
            TerminalGraphics(Protocol.SEXTANT, (2, 3), why="VTE(7600) draws them"),
            "pictures as sextants, 2x3 pixels a cell: VTE(7600) draws them",
            Mark.GOOD,
        ),
        (
            TerminalGraphics(Protocol.QUADRANT, (2, 2), why="set"),
            "pictures as quadrants, 2x2 pixels a cell: set",
            Mark.GOOD,
        ),
        (TerminalGraphics(Protocol.OFF, why="set"), "no pictures: set", Mark.GOOD),
    ],
)
def test_how_pictures_are_shown_is_told(sight: TerminalGraphics | None, seen: str, mark: Mark) -> None:
    found = terminal.graphics(None if sight is None else lambda: sight)
    assert (found.seen, found.mark) == (seen, mark)


FINE = {"TERM": "xterm-kitty", "COLORTERM": "truecolor"}


@pytest.mark.parametrize(
    ("given", "size", "encoding", "seen", "cure"),
    [
        (FINE, (120, 40), "utf-8", "xterm-kitty, 120x40, 16 million colours, UTF-8", None),
        (FINE, (79, 40), "utf-8", "79x40", "make it 80x24 or larger"),
        (FINE, (120, 23), "utf-8", "120x23", "make it 80x24 or larger"),
        (FINE, (120, 40), "ascii", "ASCII", "set LC_ALL=C.UTF-8"),
        ({"TERM": "xterm-256color"}, (120, 40), "utf-8", "256 colours", "export COLORTERM=truecolor"),
        ({"TERM": "xterm"}, (120, 40), "utf-8", "16 colours", "SSH does not pass that on"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, (120, 40), "utf-8", "no colours (NO_COLOR)", None),
        ({**FINE, "WANTUI_ASCII": "1"}, (120, 40), "ascii", "ASCII (WANTUI_ASCII)", None),
    ],
)
def test_a_terminal_is_judged_by_size_characters_and_colours(
    given: dict[str, str], size: tuple[int, int], encoding: str, seen: str, cure: str | None
) -> None:
    found = terminal.judged(given, size, encoding)
    assert seen in found.seen
    assert (found.mark, found.cure) == (Mark.GOOD, None) if cure is None else cure in (found.cure or "")
