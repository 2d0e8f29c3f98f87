"""Quadrants and sextants: how a cell's pixels are split into two colours, and by which character that is shown."""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from rich.cells import cell_len

from tests.ui.driving import settled, until
from wantui.terminal.capability_query import Answers
from wantui.terminal.graphics import TEXT_CELLS, Protocol, TerminalGraphics
from wantui.ui.app import WantuiApp
from wantui.ui.preview.graphics.blocks import QUADRANTS, SEXTANTS, split, strips
from wantui.ui.preview.graphics.drawing import box_of
from wantui.ui.preview.picture import PictureView
from wantui.ui.preview.thumbnails import Palette, Picture, PictureKey, decode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.ui.fake import FakeServices

Pixel = tuple[int, int, int]
LEVEL = st.one_of(st.integers(0, 255), st.sampled_from([0, 1, 254, 255]))
PIXEL = st.tuples(LEVEL, LEVEL, LEVEL)
CELL = st.sampled_from((2, 3)).flatmap(lambda rows: st.lists(PIXEL, min_size=2 * rows, max_size=2 * rows))
HALVES = {" ": [], "▀": [1, 2], "▄": [3, 4], "▌": [1, 3], "▐": [2, 4], "█": [1, 2, 3, 4]}
SIXTHS = {" ": [], "▌": [1, 3, 5], "▐": [2, 4, 6], "█": [1, 2, 3, 4, 5, 6]}
SIDES = {"UPPER LEFT": 1, "UPPER RIGHT": 2, "LOWER LEFT": 3, "LOWER RIGHT": 4}


def image_of(cell: list[Pixel]) -> Image.Image:
    return Image.frombytes("RGB", (2, len(cell) // 2), bytes(level for pixel in cell for level in pixel))


def squares(pixels: list[Pixel]) -> Fraction:
    """The sum of the squares by which pixels differ from their mean."""
    found = Fraction(0)
    for levels in zip(*pixels, strict=True):
        found += sum(level**2 for level in levels) - Fraction(sum(levels) ** 2, len(levels))
    return found


def parts(cell: list[Pixel], number: int) -> tuple[list[Pixel], list[Pixel]]:
    front = [pixel for at, pixel in enumerate(cell) if number >> at & 1]
    return front, [pixel for at, pixel in enumerate(cell) if not number >> at & 1]


@given(cell=CELL)
@example(cell=[(0, 0, 0)] * 5 + [(255, 255, 255)])
@example(cell=[(255, 255, 255)] + [(0, 0, 0)] * 5)
@example(cell=[(0, 0, 0)] * 3 + [(255, 255, 255)] * 3)
def test_no_other_split_of_a_cell_is_nearer_to_its_pixels(cell: list[Pixel]) -> None:
    (number,), front, back = split(image_of(cell), len(cell) // 2)
    left = [sum(map(squares, parts(cell, each)), Fraction(0)) for each in range(1 << len(cell))]
    assert left[number] == min(left)
    for group, colour in zip(parts(cell, number), (front, back), strict=True):
        for band, levels in enumerate(zip(*group, strict=True)):
            level = colour.tobytes()[band]
            assert abs(level - Fraction(sum(levels), len(levels))) <= Fraction(1, 2)


@given(cell=CELL, number=st.integers(0, 63), colours=st.tuples(PIXEL, PIXEL))
def test_no_other_pair_of_colours_is_nearer_but_by_rounding(
    cell: list[Pixel], number: int, colours: tuple[Pixel, Pixel]
) -> None:
    def error(number: int, front: Sequence[int], back: Sequence[int]) -> int:
        pairs = [(pixel, front if number >> at & 1 else back) for at, pixel in enumerate(cell)]
        return sum((one - other) ** 2 for pair in pairs for one, other in zip(*pair, strict=True))

    (found,), *images = split(image_of(cell), len(cell) // 2)
    front, back = (tuple(image.tobytes()) for image in images)
    rounded = len(cell) * 3 / 4  # half a level in each of three
    assert error(found, front, back) <= error(number, *colours) + rounded


def test_each_split_is_found_and_has_its_character() -> None:
    black, white = (0, 0, 0), (255, 255, 255)
    for signs, count in ((QUADRANTS, 4), (SEXTANTS, 6)):
        for number in range(1 << count):
            cell = [white if number >> at & 1 else black for at in range(count)]
            pixels = bytes(level for pixel in cell for level in pixel)
            (strip,) = strips(Picture(2, count // 2, pixels), count // 2)
            (segment,) = strip
            assert segment.style is not None
            assert segment.style.color is not None
            assert segment.style.bgcolor is not None
            in_front = signs.index(segment.text)
            front, back = (colour.get_truecolor() for colour in (segment.style.color, segment.style.bgcolor))
            shown = [tuple(front if in_front >> at & 1 else back) for at in range(count)]
            assert shown == cell


def test_characters_are_those_whose_names_say_so() -> None:
    for number, sign in enumerate(QUADRANTS):
        named = unicodedata.name(sign)
        if named.startswith("QUADRANT "):
            places = sorted(SIDES[each] for each in named.removeprefix("QUADRANT ").split(" AND "))
        else:
            places = HALVES[sign]
        assert number == sum(1 << place - 1 for place in places), sign
    for number, sign in enumerate(SEXTANTS):
        named = unicodedata.name(sign)
        if named.startswith("BLOCK SEXTANT-"):
            places = [int(each) for each in named.removeprefix("BLOCK SEXTANT-")]
        else:
            places = SIXTHS[sign]
        assert number == sum(1 << place - 1 for place in places), sign
    assert {cell_len(sign) for sign in QUADRANTS + SEXTANTS} == {1}


@pytest.mark.parametrize("rows", [2, 3])
def test_every_cell_has_its_own_pixels(rows: int) -> None:
    image = Image.effect_noise((14, 4 * rows), 90).convert("RGB")
    numbers, *images = split(image, rows)
    for at in range(28):
        x, y = at % 7, at // 7
        number, front, back = split(image.crop((2 * x, rows * y, 2 * x + 2, rows * y + rows)), rows)
        assert numbers[at] == number[0]
        assert images[1].getpixel((x, y)) == back.getpixel((0, 0))
        assert not number[0] or images[0].getpixel((x, y)) == front.getpixel((0, 0))


@given(width=st.integers(1, 9), height=st.integers(1, 9), rows=st.sampled_from((2, 3)))
def test_pictures_of_any_size_fill_whole_cells(width: int, height: int, rows: int) -> None:
    made = strips(Picture(width, height, bytes(range(width * height)) * 3), rows)
    assert len(made) == -(-height // rows)
    assert {strip.cell_length for strip in made} == {cell_len(strip.text) for strip in made} == {-(-width // 2)}


def test_neighbours_of_the_same_colours_share_a_segment() -> None:
    rows = [bytes([0, 0, 0, 255, 255, 255] * 3 + [9, 9, 9] * 4)] * 2
    (strip,) = strips(Picture(10, 2, b"".join(rows)), 2)
    assert [len(segment.text) for segment in strip] == [3, 2]


def test_colours_are_those_that_the_terminal_has() -> None:
    image = Image.effect_noise((40, 30), 90).convert("RGB")
    for palette, most in ((Palette.CUBE, 240), (Palette.SIXTEEN, 16)):
        made = strips(Picture(40, 30, image.tobytes(), palette=palette), 3)
        styles = [segment.style for strip in made for segment in strip if segment.style is not None]
        colours = {each.get_truecolor() for style in styles for each in (style.color, style.bgcolor) if each}
        assert 1 < len(colours) <= most
        if palette is Palette.SIXTEEN:
            assert all(set(colour) <= {0, 85, 170, 255} for colour in colours)


@pytest.mark.parametrize("protocol", [Protocol.QUADRANT, Protocol.SEXTANT])
@pytest.mark.parametrize("size", [(200, 100), (100, 200), (1000, 11)])
def test_pictures_keep_their_shape_in_whole_cells(tmp_path: Path, protocol: Protocol, size: tuple[int, int]) -> None:
    Image.new("RGB", size, "red").save(tmp_path / "red.png")
    sight = TerminalGraphics(protocol, TEXT_CELLS[protocol])
    box = box_of((40, 20), sight)
    picture = decode(PictureKey(tmp_path / "red.png", 1, *box, Palette.TRUE, (0, 0, 0), split=sight.split))
    assert isinstance(picture, Picture)
    columns, lines = picture.width / sight.cell[0], picture.height / sight.cell[1]
    scale = min(40 / size[0], 40 / size[1])
    assert columns == max(1, round(size[0] * scale))
    assert lines == max(1, round(size[1] * scale / 2))


async def test_the_preview_is_drawn_with_what_the_terminal_draws(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    app = WantuiApp(services, answers=Answers(names=("VTE(7600)",)))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        view = app.screen.query_one("#picture", PictureView)
        await until(pilot, lambda: view.is_settled)
        text = "".join(view.render_line(y).text for y in range(view.size.height))
        assert set(text) & set(SEXTANTS) - set(QUADRANTS)
        assert "▀" not in text
