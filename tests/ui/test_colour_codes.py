"""What a terminal is sent of styles: as few bytes as that takes, and it shows what Rich's own bytes make it show."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from wantui.ui.drawing.colour_codes import Pen

WIDTH = 80
COLOURS = st.sampled_from([None, "#102030", "#112233", "#e0e0e0", "red", "bright_blue", "default"])
STYLES = st.builds(
    lambda ink, ground, bold, reverse, italic, link: Style(
        color=ink, bgcolor=ground, bold=bold, reverse=reverse, italic=italic, link=link
    ),
    COLOURS, COLOURS, st.booleans(), st.booleans(), st.booleans(), st.sampled_from([None, None, "https://x.example"]),
)  # fmt: skip
SEGMENTS = st.lists(st.tuples(st.text("ab ▀", max_size=5), st.none() | STYLES), max_size=12).map(
    lambda parts: [Segment(text, style) for text, style in parts]
)


def terminal(sent: str) -> list[pyte.screens.Char]:
    screen = pyte.Screen(WIDTH, 1)
    pyte.Stream(screen).feed(sent)
    return [screen.buffer[0][x] for x in range(WIDTH)]


@pytest.mark.parametrize("system", ["truecolor", "256", "standard"])
def test_a_terminal_shows_what_it_shows_of_all_codes(system: str) -> None:
    console = Console(color_system=system, force_terminal=True)  # type: ignore[arg-type]

    @given(SEGMENTS)
    def check(segments: list[Segment]) -> None:
        pen = Pen(console)
        sent = pen.write(segments) + pen.end()
        assert terminal(sent) == terminal(Strip([Segment(*each) for each in segments]).render(console))
        assert terminal(sent + "x")[len("".join(text for text, _, _ in segments))] == terminal("x")[0]

    check()


def test_only_what_differs_is_told() -> None:
    ground = "#0d1117"
    plain, dim, bold = (
        Style(color=Color.parse("#ffffff"), bgcolor=ground),
        Style(color="#808080", bgcolor=ground),
        Style(color="#808080", bgcolor=ground, bold=True),
    )
    pen = Pen(Console(color_system="truecolor"))
    first = pen.write([Segment("a", plain), Segment("b", plain), Segment("c", dim)])
    assert first == "\x1b[38;2;255;255;255;48;2;13;17;23mab\x1b[38;2;128;128;128mc"
    assert pen.write([Segment("d", dim)]) == "d", "on the next line as well"
    assert pen.write([Segment("e", bold)]) == "\x1b[0;1;38;2;128;128;128;48;2;13;17;23me"
    assert pen.write([Segment("f")]) == "\x1b[0mf"
    assert pen.end() == ""
