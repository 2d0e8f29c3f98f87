"""Only what differs is sent, and the terminal shows the whole of it nevertheless."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tests.ui.driving import settled, until
from wantui.ui.app import WantuiApp
from wantui.ui.drawing.sent_cells import ChangedCells, SentCells
from wantui.ui.work.panes import Panes

if TYPE_CHECKING:
    from tests.ui.fake import FakeServices

WIDTH = 60
CUTS = (0, 21, 44, WIDTH)
INKS = (Style(color="red"), Style(color="blue"), Style(bold=True))
LINES = st.lists(st.tuples(st.text(st.sampled_from("ab 世"), max_size=40), st.sampled_from(INKS)), max_size=6).map(
    lambda parts: Strip([Segment(text, ink) for text, ink in parts]).adjust_cell_length(WIDTH, INKS[0])
)


def cut(line: Strip) -> list[Strip]:
    return list(line.divide(CUTS[1:]))


def whole(*lines: Strip) -> LayoutUpdate:
    return LayoutUpdate([cut(line) for line in lines], Region(0, 0, WIDTH, len(lines)))


def part(y: int, line: Strip, start: int, end: int) -> ChopsUpdate:
    chops = [dict(zip(CUTS, cut(line if each == y else Strip.blank(WIDTH)), strict=False)) for each in range(3)]
    return ChopsUpdate(chops, [(y, start, end)], [[*CUTS[1:]]] * 3)


class Terminal:
    """Cells, as they stand after everything that it has been sent."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], tuple[str, Style | None]] = {}

    def take(self, changed: ChangedCells) -> None:
        for x, y, strip in changed.pieces:
            for at, cell in enumerate(cells(strip), x):
                self.cells[at, y] = cell


def cells(strip: Strip) -> list[tuple[str, Style | None]]:
    """One for each cell: the second one of a wide character is empty."""
    found: list[tuple[str, Style | None]] = []
    for text, style, _ in strip:
        for character in text:
            found += [(character, style), ("", style)][: Segment(character).cell_length]
    return found


@given(before=LINES, after=LINES, start=st.integers(0, WIDTH - 1), length=st.integers(1, WIDTH))
def test_a_terminal_that_gets_only_what_differs_shows_everything(
    before: Strip, after: Strip, start: int, length: int
) -> None:
    sent, terminal = SentCells(), Terminal()
    terminal.take(sent.changed(whole(before, before)))
    terminal.take(sent.changed(part(1, after, start, min(WIDTH, start + length))))
    assert [terminal.cells[x, 0] for x in range(WIDTH)] == cells(Strip.join(cut(before)))
    for begin, end, old, new in zip(CUTS, CUTS[1:], cut(before), cut(after), strict=False):
        is_drawn = begin < start + length and start < end
        assert [terminal.cells[x, 1] for x in range(begin, end)] == cells(new if is_drawn else old)
    assert not sent.changed(whole(before, Strip.join(
        [new if begin < start + length and start < end else old
         for begin, end, old, new in zip(CUTS, CUTS[1:], cut(before), cut(after), strict=False)]
    ))).pieces  # fmt: skip


def test_one_digit_is_one_stretch() -> None:
    sent = SentCells()
    sent.changed(whole(line("step 811 of 2400")))
    assert [(x, y, strip.text) for x, y, strip in sent.changed(whole(line("step 812 of 2400"))).pieces] == [
        (7, 0, "2")
    ]


def test_near_digits_of_one_style_are_sent_as_one_stretch() -> None:
    sent = SentCells()
    sent.changed(whole(line("step 811 of 2400")))
    assert [strip.text for _, _, strip in sent.changed(whole(line("step 812 of 2401"))).pieces] == ["2 of 2401"]


@pytest.mark.parametrize("text", ["世 1", "e\u0301 1"])
def test_a_piece_whose_characters_terminals_may_think_wider_is_sent_whole(text: str) -> None:
    sent = SentCells()
    sent.changed(whole(line(text)))
    (piece,) = sent.changed(whole(line(text.replace("1", "2")))).pieces
    assert piece == (0, 0, cut(line(text.replace("1", "2")))[0])


def test_no_text_is_a_command_to_the_terminal() -> None:
    """An editor shows a caption as it is, control characters included: they take no cell."""
    sent, console = SentCells(), Console(color_system=None)
    evil = Strip([Segment("red \x1b[31m\x9b2J\x07 end")], 17)
    for line in (evil, Strip([Segment("red \x1b[31m    end")], 17), evil):
        (piece,) = sent.changed(LayoutUpdate([[line]], Region(0, 0, 17, 1))).pieces
        text = piece[2].render(console)
        assert text.startswith("red [31m")
        assert text.isprintable()


def test_what_may_stand_there_no_longer_is_sent_again() -> None:
    sent = SentCells()
    update = whole(line("one"), line("two"))
    sent.changed(update)
    sent.forget(Region(30, 1, 5, 1))
    assert {y for _, y, _ in sent.changed(update).pieces} == {1}
    sent.forget()
    assert {y for _, y, _ in sent.changed(update).pieces} == {0, 1}


def test_pieces_that_are_cut_elsewhere_are_compared_with_what_stands_there() -> None:
    sent = SentCells()
    sent.changed(whole(line("the same")))
    assert not sent.changed(LayoutUpdate([[line("the same")]], Region(0, 0, WIDTH, 1))).pieces
    assert [piece[2].text for piece in sent.changed(whole(line("the name"))).pieces] == ["n"]


def test_a_piece_over_something_unknown_is_sent_whole() -> None:
    sent = SentCells()
    sent.changed(LayoutUpdate([[line("the same").crop(0, 20)]], Region(0, 0, 20, 1)))
    assert [
        piece[2] for piece in sent.changed(LayoutUpdate([[line("the same")]], Region(0, 0, WIDTH, 1))).pieces
    ] == [line("the same")]


PICTURES = st.lists(st.sampled_from("ab▀▄"), min_size=WIDTH, max_size=WIDTH).map("".join)
UPDATES = st.lists(
    st.tuples(
        st.lists(PICTURES, min_size=2, max_size=2),
        st.sampled_from(INKS),
        st.integers(0, 3),
        st.integers(1, WIDTH - 1),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=30)
@given(updates=UPDATES)
def test_what_is_kept_back_is_all_that_differs(
    updates: list[tuple[list[str], Style, int, int]],
) -> None:
    """Whatever is cut where, and however much of the rest has been sent between."""
    sent, terminal = SentCells(lambda: True), Terminal()
    for texts, ink, portions, edge in updates:
        lines = [Strip([Segment(text, ink)], WIDTH) for text in texts]
        cuts = [list(each.divide([edge, WIDTH])) for each in lines]
        terminal.take(sent.changed(LayoutUpdate([*cuts], Region(0, 0, WIDTH, 2))))
        for _ in range(portions):
            if sent.has_rest:
                terminal.take(sent.rest())
        part_of = ChopsUpdate(
            [dict(zip((0, edge), each, strict=True)) for each in cuts], [(1, 0, 1)], [[edge, WIDTH]] * 2
        )
        terminal.take(sent.changed(part_of))
    while sent.has_rest:
        terminal.take(sent.rest())
    for y, each in enumerate(lines):
        assert [terminal.cells[x, y] for x in range(WIDTH)] == cells(each)


def test_a_picture_waits_and_a_text_does_not() -> None:
    sent = SentCells(lambda: True)
    picture = Strip([Segment("▀" * WIDTH, INKS[0])], WIDTH)
    changed = sent.changed(LayoutUpdate([[picture], [line("text")]], Region(0, 0, WIDTH, 2)))
    assert [y for _, y, _ in changed.pieces] == [1]
    while sent.has_rest:
        assert [y for _, y, _ in sent.rest().pieces] == [0]


def test_a_screen_that_only_grows_pale_waits_and_a_cursor_does_not() -> None:
    sent = SentCells(lambda: True)

    def drawn(*texts: str, ink: Style) -> LayoutUpdate:
        lines = [Strip([Segment(text.ljust(WIDTH), ink)], WIDTH) for text in texts]
        return LayoutUpdate([[each] for each in lines], Region(0, 0, WIDTH, len(texts)))

    sent.changed(drawn("one", "two", ink=INKS[0]))
    assert {y for _, y, _ in sent.changed(drawn("one", "other", ink=INKS[1])).pieces} == {1}
    while sent.has_rest:
        sent.rest()
    at_cursor = Strip([Segment("one".ljust(WIDTH), INKS[2])], WIDTH)
    assert sent.changed(ChopsUpdate([{0: at_cursor}], [(0, 0, WIDTH)], [[WIDTH]])).pieces


def test_blank_lines_never_come_after_a_sixel() -> None:
    sent = SentCells(lambda: True)
    sent.changed(whole(line(""), line("")))
    pale = Strip([Segment(" " * WIDTH, Style(bgcolor="red"))], WIDTH)
    assert {y for _, y, _ in sent.changed(whole(pale, line(""))).pieces} == {0}


def line(text: str) -> Strip:
    return Strip([Segment(text, INKS[0])]).adjust_cell_length(WIDTH, INKS[0])


async def test_what_is_drawn_again_is_sent_only_when_a_key_asks_for_it(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app, lines = pilot.app, set[int]()
        assert isinstance(app, WantuiApp)

        class Watched(SentCells):
            def changed(self, update: ChopsUpdate | LayoutUpdate) -> ChangedCells:
                changed = super().changed(update)
                lines.update(y for _, y, _ in changed.pieces)
                return changed

        app.sent = Watched()
        app.screen.refresh()
        await pilot.pause()
        assert lines == set(range(24))
        lines.clear()
        app.screen.refresh()
        await pilot.pause()
        assert not lines
        await pilot.press("ctrl+l")
        await until(pilot, lambda: lines == set(range(24)))


async def test_panes_that_move_are_drawn_although_somebody_has_asked_for_their_place(services: FakeServices) -> None:
    """After a scroll the answer comes from a new map, in which they have moved already."""
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        app, screen = pilot.app, pilot.app.screen
        assert isinstance(app, WantuiApp)
        assert isinstance(screen, Panes)
        terminal = Terminal()

        class Watched(SentCells):
            def changed(self, update: ChopsUpdate | LayoutUpdate) -> ChangedCells:
                changed = super().changed(update)
                terminal.take(changed)
                return changed

        app.sent = Watched()
        app.action_draw_again()
        await settled(pilot)
        screen._refresh_layout(scroll=True)
        screen.query_one("#jobs").styles.height = 9
        screen.query_one("#jobs")._check_refresh()
        assert screen._compositor.full_map[screen.query_one("#jobs")].region.height == 9
        screen._refresh_layout()
        shown = ["".join(terminal.cells[x, y][0] for x in range(120)) for y in range(40)]
        assert shown == [strip.text for strip in screen._compositor.render_strips()]
