"""What a terminal can show, and the protocols themselves."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.cells import cell_len
from rich.style import Style

from tests.ui.sixels import read_sixels
from wantui.terminal.block_characters import rows_drawn_by_all
from wantui.terminal.capability_query import Answers, LateAnswers, is_plausible, read_answers
from wantui.terminal.graphics import Protocol, TerminalGraphics, choose
from wantui.terminal.tmux import TmuxClient, ask_tmux, passed_through, read_clients
from wantui.ui.preview.graphics import kitty, sixel
from wantui.ui.preview.graphics.drawing import LARGEST_KITTY, box_of, draw
from wantui.ui.preview.thumbnails import Picture

if TYPE_CHECKING:
    from pathlib import Path

SEEN_SIXEL = Answers(has_sixel=True, cell=(9, 18))
SEEN_KITTY = Answers(has_kitty=True, cell=(9, 18))
SEXTANTS = Answers(names=("VTE(7600)",))


def gradient(width: int, height: int) -> Picture:
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    return Picture(width, height, image.tobytes())


def sequences(sent: str) -> list[tuple[dict[str, str], str]]:
    """Keys and payload of each of kitty's escape sequences; nothing else may be there."""
    assert re.fullmatch(r"(?:\x1b_G[^\x1b]*\x1b\\)*", sent)
    found = []
    for body in re.findall(r"\x1b_G([^\x1b]*)\x1b\\", sent):
        keys, _, payload = body.partition(";")
        found.append((dict(pair.split("=") for pair in keys.split(",")), payload))
    return found


def test_answers_are_read_from_among_the_keys() -> None:
    assert read_answers(b"jj\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;4;22c") == Answers(True, True, (10, 20))
    assert read_answers(b"\x1b[?64;1;2c") == Answers()
    assert read_answers(b"\x1b[?4c") == Answers()  # a VT132, not sixel
    assert read_answers(b"\x1b_Gi=31;ENOENT\x1b\\\x1b[?62c") == Answers()
    assert read_answers(b"").are_due
    assert read_answers(b"\x1b[6;0;0t\x1b[?62c").cell is None


@pytest.mark.parametrize(
    ("answer", "names", "rows"),
    [
        (b"\x1bP>|foot(1.16.2)\x1b\\\x1b[>1;011602;0c", ("foot(1.16.2)",), 3),
        (b"\x1bP>|kitty(0.21.2)\x1b\\", ("kitty(0.21.2)",), 3),
        (b"\x1bP>|VTE(7600)\x1b\\\x1b[>65;7600;1c", ("VTE(7600)",), 3),
        (b"\x1bP>|Konsole 22.04.0\x1b\\", ("Konsole 22.04.0",), 3),
        (b"\x1bP>|ghostty 1.0.1\x1b\\", ("ghostty 1.0.1",), 3),
        (b"\x1bP>|WezTerm 20240203-110809-5046fc22\x1b\\", ("WezTerm 20240203-110809-5046fc22",), 3),
        (b"\x1bP>|WezTerm 20210502-154244-3f7122cb\x1b\\", ("WezTerm 20210502-154244-3f7122cb",), 2),
        (b"\x1bP>|XTerm(388)\x1b\\\x1b[>41;388;0c", ("XTerm(388)",), 0),
        (b"\x1bP>|tmux 3.4\x1b\\", ("tmux 3.4",), 0),
        (b"\x1bP>|footage(2)\x1b\\", ("footage(2)",), 0),
        (b"\x1bP>|foot\x1b\\", ("foot",), 0),
        (b"\x1b[>0;1302;1c", ("alacritty 0.13.2",), 3),
        (b"\x1b[>0;1301;1c", ("alacritty 0.13.1",), 2),
        (b"\x1b[>0;10;1c", ("alacritty 0.0.10",), 0),  # Windows Terminal
        (b"\x1b[>0;136;0c", (), 0),
        (b"", (), 0),
    ],
)
def test_what_a_terminal_draws_itself_is_known_by_its_name(answer: bytes, names: tuple[str, ...], rows: int) -> None:
    found = read_answers(answer + b"\x1b[?62c")
    assert found == Answers(names=names)
    assert rows_drawn_by_all(found.names) == rows


@given(st.binary(max_size=60))
def test_no_answer_breaks_anything(data: bytes) -> None:
    read_answers(data)


@pytest.mark.parametrize(
    ("setting", "answers", "tmux", "true_colour", "protocol"),
    [
        ("auto", Answers(), None, True, Protocol.HALFCELL),
        ("auto", SEEN_SIXEL, None, True, Protocol.SIXEL),
        ("auto", Answers(has_sixel=True), None, True, Protocol.HALFCELL),
        ("auto", SEEN_KITTY, None, True, Protocol.KITTY),
        ("auto", SEEN_KITTY, None, False, Protocol.HALFCELL),
        ("auto", SEEN_KITTY, TmuxClient(), True, Protocol.HALFCELL),
        ("auto", SEEN_SIXEL, TmuxClient(), True, Protocol.HALFCELL),
        ("auto", Answers(), TmuxClient(has_sixel=True, cell=(9, 18)), True, Protocol.SIXEL),
        ("auto", Answers(), TmuxClient(has_kitty=True, has_sixel=True), True, Protocol.KITTY),
        ("auto", SEXTANTS, None, False, Protocol.SEXTANT),
        ("auto", Answers(names=("alacritty 0.12.0",)), None, True, Protocol.QUADRANT),
        ("auto", Answers(names=("XTerm(388)",)), None, True, Protocol.HALFCELL),
        ("auto", Answers(has_sixel=True, cell=(9, 18), names=("foot(1.7.0)",)), None, True, Protocol.SIXEL),
        ("auto", SEXTANTS, TmuxClient(), True, Protocol.HALFCELL),
        ("auto", Answers(), TmuxClient(names=("VTE(7600)",), has_sextants=True), True, Protocol.SEXTANT),
        ("auto", Answers(), TmuxClient(names=("VTE(7600)",)), True, Protocol.QUADRANT),
        (
            "auto",
            Answers(),
            TmuxClient(names=("VTE(7600)", "st(1)"), has_sextants=True),
            True,
            Protocol.HALFCELL,
        ),
        ("quadrant", Answers(), TmuxClient(), True, Protocol.QUADRANT),
        ("sextant", SEEN_KITTY, None, True, Protocol.SEXTANT),
        ("halfcell", SEEN_KITTY, None, True, Protocol.HALFCELL),
        ("off", SEEN_KITTY, None, True, Protocol.OFF),
        ("sixel", Answers(), None, False, Protocol.SIXEL),
        ("kitty", Answers(), TmuxClient(), False, Protocol.KITTY),
    ],
)
def test_the_protocol_is_what_is_sure_to_work_or_what_is_set(
    setting: str, answers: Answers, tmux: TmuxClient | None, *, true_colour: bool, protocol: Protocol
) -> None:
    sight = choose(setting, answers, tmux, has_true_colour=true_colour, encoding="utf-8")
    assert sight.protocol is protocol
    if protocol is Protocol.KITTY:
        assert sight.is_in_tmux == (tmux is not None)


@pytest.mark.parametrize("setting", ["auto", "quadrant", "sextant"])
def test_without_utf_8_there_are_half_cells(setting: str) -> None:
    sight = choose(setting, SEXTANTS, None, has_true_colour=True, encoding="ascii")
    assert (sight.protocol, sight.cell, sight.split) == (Protocol.HALFCELL, (1, 2), None)
    assert "need UTF-8" in sight.why


PASS_ON = "give `tmux set -g allow-passthrough on`: kitty's pictures pass through tmux then"  # noqa: S105  a command
COLOURS = "give `tmux set -as terminal-features ',xterm-kitty:RGB'`, then detach and attach"


@pytest.mark.parametrize(
    ("listed", "client"),
    [
        ("", TmuxClient()),
        ("xterm-kitty\tRGB,title\t1\t9x18\t\t\n", TmuxClient(True, False, (9, 18))),
        ("xterm-kitty\tRGB,title\t0\t9x18\t\t\n", TmuxClient(False, False, (9, 18), PASS_ON)),
        ("xterm-kitty\ttitle\t1\t9x18\t\t\n", TmuxClient(False, False, (9, 18), COLOURS)),
        ("foot\tRGB,sixel\t0\t8x16\t\t\n", TmuxClient(False, True, (8, 16))),
        ("foot\tRGB,sixel\t0\t8x16\t\t\nxterm\tRGB\t0\t9x18\t\t\n", TmuxClient()),
        ("foot\tsixel\t0\t0x0\t\t\n", TmuxClient(False, True, None)),
        ("foot\t\t0\t0x0\tfoot(1.16.2)\t1\n", TmuxClient(names=("foot(1.16.2)",), has_sextants=True)),
        ("foot\t\t0\t0x0\tfoot(1.16.2)\t\n", TmuxClient(names=("foot(1.16.2)",))),
        ("foot\t\t0\t0x0\tfoot(1.16.2)\t1\nxterm\t\t0\t0x0\t\t1\n", TmuxClient(has_sextants=True)),
        ("nonsense\n", TmuxClient()),
    ],
)
def test_tmux_is_believed_about_its_clients_only(listed: str, client: TmuxClient) -> None:
    assert read_clients(listed) == client


def test_a_tmux_that_does_not_answer_can_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask_tmux({}) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ask_tmux({"TMUX": "/nowhere,1,0", "TMUX_PANE": "%0"}) == TmuxClient()


@pytest.mark.parametrize(
    ("environ", "is_asked"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "foot"}, True),
        ({"TERM": "linux"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
        ({"TERM": "xterm-256color", "TMUX": "/tmp/x,1,0"}, False),
        ({"TERM": "xterm-256color", "STY": "1.x"}, False),
    ],
)
def test_only_terminals_that_answer_are_asked(environ: dict[str, str], *, is_asked: bool) -> None:
    assert is_plausible(environ) is is_asked


def taken(late: LateAnswers, typed: str, now: float = 1.0) -> str:
    """What is left of what is typed."""
    return "".join(character for character in typed if not late.takes(character, now))


NAMED = ("^P>|XTerm(388)\\", "^P>|WezTerm 20240203-110809-5046fc22\\", "[>65;7600;1c", "^[>0;1302;1c")


def test_a_late_answer_presses_no_keys() -> None:
    for answer in ("^[?62;4;22c", "[?62;4;22c", "[6;20;10t", "^_Gi=31;OK\\", "^_Gi=31;OK^\\", *NAMED):
        assert taken(LateAnswers(due=True, now=0.0), f"j{answer}k{answer}c") == "jkc"
    assert taken(LateAnswers(due=False, now=0.0), "^[?62c") == "^[?62c"
    assert taken(LateAnswers(due=True, now=0.0), "^[?62c", now=60.0) == "^[?62c"
    assert taken(LateAnswers(due=True, now=0.0), "jkc/x") == "jkc/x"


@given(st.integers(1, 64), st.integers(1, 20))
def test_a_picture_in_few_colours_survives_as_sixels(width: int, height: int) -> None:
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
    pixels = [colours[(x * 7 + y * 3 + x * y) % 4] for y in range(height) for x in range(width)]
    data = bytes(level for pixel in pixels for level in pixel)
    read = read_sixels(sixel.encode(Picture(width, height, data)))
    assert read.size == (width, height)
    assert read.tobytes() == data


def test_sixels_are_close_to_the_picture() -> None:
    picture = gradient(200, 130)
    read = read_sixels(sixel.encode(picture))
    assert max(abs(one - other) for one, other in zip(read.tobytes(), picture.pixels, strict=True)) <= 6


@pytest.mark.parametrize("in_tmux", [False, True])
def test_kitty_gets_the_pixels_in_chunks(*, in_tmux: bool) -> None:
    picture = Picture(300, 200, Image.effect_noise((300, 200), 80).convert("RGB").tobytes())
    sent = kitty.transmit(picture, 0x010203, 30, 10, in_tmux=in_tmux)
    if in_tmux:
        assert sent.startswith("\x1bPtmux;\x1b\x1b_G")
        sent = re.sub(r"\x1bPtmux;(.*?)(?<!\x1b)\x1b\\", lambda found: found[1].replace("\x1b\x1b", "\x1b"), sent)
    found = sequences(sent)
    assert len(found) > 10
    first = found[0][0]
    assert (first["a"], first["U"], first["i"], first["c"], first["r"]) == ("T", "1", "66051", "30", "10")
    assert all(keys["q"] == "2" and len(payload) <= 4096 for keys, payload in found)
    assert [keys["m"] for keys, _ in found] == ["1"] * (len(found) - 1) + ["0"]
    data = base64.b64decode("".join(payload for _, payload in found))
    assert Image.open(BytesIO(data)).convert("RGB").tobytes() == picture.pixels


def test_placeholders_say_where_they_are_wherever_they_are_cut() -> None:
    strips = kitty.placeholders(0x123456, 120, 40)
    assert {strip.cell_length for strip in strips} == {cell_len(strips[0].text)} == {120}
    part = strips[7].crop(100, 103)
    assert part.text == "".join("\U0010eeee" + kitty.MARKS[7] + kitty.MARKS[column] for column in (100, 101, 102))
    (segment,) = part
    assert segment.style is not None
    assert segment.style.color is not None
    assert segment.style.color.get_truecolor() == (0x12, 0x34, 0x56)


def test_the_marks_are_the_protocols_own() -> None:
    # kitty's documents number them: 0 is U+0305, 1 is U+030D, 2 is U+030E.
    assert kitty.MARKS[:3] == ("\u0305", "\u030d", "\u030e")
    assert len(set(kitty.MARKS)) == kitty.MOST_CELLS
    assert list(kitty.MARKS) == sorted(kitty.MARKS)


def test_a_large_pane_gets_fewer_pixels_that_fill_it_all_the_same() -> None:
    sight = TerminalGraphics(Protocol.KITTY, (10, 20))
    box = box_of((200, 60), sight)
    assert max(box) == LARGEST_KITTY
    drawing = draw(gradient(*box), (200, 60), sight, Style())
    assert abs(drawing.columns - 200) <= 1
    assert abs(len(drawing.strips) - 60) <= 1
    assert "a=d" in drawing.undo


def test_sixels_take_the_cells_that_they_cover() -> None:
    drawing = draw(gradient(95, 41), (40, 20), TerminalGraphics(Protocol.SIXEL, (10, 20)), Style())
    assert (drawing.columns, len(drawing.strips)) == (10, 3)
    assert drawing.after.startswith("\x1bP")
    assert not drawing.before


def test_escapes_are_doubled_for_tmux() -> None:
    assert passed_through("\x1b_Gx\x1b\\") == "\x1bPtmux;\x1b\x1b_Gx\x1b\x1b\\\x1b\\"
