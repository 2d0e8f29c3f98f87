"""Curves in pixels: what is painted where, and when two canvases show the same."""

from __future__ import annotations

import pytest

from wantui.ui.curves.picture import ASKED_S, NEWS_S, pause_after
from wantui.ui.drawing.braille import FRONT
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.pixels import PixelCanvas

GROUND, RED, GREEN = (10, 20, 30), (250, 0, 0), (0, 250, 0)
COLOURS = (RED, GREEN)
CELL = (10.0, 20.0)


def canvas(width: int = 8, height: int = 4) -> PixelCanvas:
    return PixelCanvas(width, height, CELL)


def level_of(drawn: PixelCanvas, pixel: int) -> float:
    """The height, from 0 to 1, of the middle of a row of pixels."""
    lines = drawn.height * drawn.down
    return 1 - (pixel + 0.5) / (drawn.height * CELL[1]) * lines / (lines - 1)


def test_an_empty_canvas_is_its_ground() -> None:
    image = canvas().paint(COLOURS, GROUND)
    assert image.size == (80, 80)
    assert image.getcolors() == [(80 * 80, GROUND)]


def test_a_path_goes_through_its_points_and_is_smooth_at_its_edges() -> None:
    drawn = canvas()
    last = drawn.width * drawn.across - 1
    drawn.path([(0, level_of(drawn, 60)), (last, level_of(drawn, 20))], 0)
    image = drawn.paint(COLOURS, GROUND)
    for x, y in ((1, 60), (40, 40), (78, 20)):
        assert image.getpixel((x, y)) == RED
    for x, y in ((1, 20), (78, 60), (40, 60), (40, 20)):
        assert image.getpixel((x, y)) == GROUND
    colours = {colour for _, colour in image.getcolors() or ()}
    assert len(colours - {RED, GROUND}) >= 2


def test_an_interrupted_path_leaves_a_hole() -> None:
    drawn = canvas()
    middle = level_of(drawn, 40)
    drawn.path([(0, middle), (15, middle), None, (25, middle), (39, middle)], 0)
    row = [drawn.paint(COLOURS, GROUND).getpixel((x, 40)) for x in range(80)]
    assert row[10] == row[70] == RED
    assert set(row[35:48]) == {GROUND}


def test_what_is_in_front_is_seen_whatever_is_drawn_first() -> None:
    for first, second in ((0, 1), (1, 0)):
        drawn = canvas()
        for owner in (first, second):
            points = [(0, level_of(drawn, 40)), (39, level_of(drawn, 40))]
            drawn.path(points, owner, layer=FRONT if owner == 0 else 4)
        assert drawn.paint(COLOURS, GROUND).getpixel((40, 40)) == RED


def test_dashes_have_gaps_that_grow() -> None:
    shares = []
    for dash in (0, 1, 3):
        drawn = canvas()
        drawn.path([(0, level_of(drawn, 40)), (39, level_of(drawn, 40))], 0, dash=dash)
        image = drawn.paint(COLOURS, GROUND)
        shares.append(sum(image.getpixel((x, 40)) == RED for x in range(2, 78)))
    assert shares[0] == 76
    assert shares[0] > shares[1] > shares[2] > 20


def test_dots_stand_alone_and_behind_curves() -> None:
    drawn = canvas()
    drawn.path([(0, level_of(drawn, 40)), (39, level_of(drawn, 40))], 0)
    drawn.dot(20, 40 * 4, 1, layer=1)
    drawn.dot(20, 10 * 4, 1, layer=1)
    for outside in ((-1, 5), (5, -1), (40, 5), (5, 4 * 80)):
        drawn.dot(*outside, 1, layer=1)
    image = drawn.paint(COLOURS, GROUND)
    assert GREEN in {image.getpixel((x, y)) for x in (40, 41) for y in (9, 10)}
    assert image.getpixel((41, 40)) == RED
    green = [(x, y) for x in range(80) for y in range(80) if image.getpixel((x, y)) == GREEN]
    assert len(green) <= 6


def test_rules_and_lines_across_are_one_pixel_wide_and_behind() -> None:
    drawn = canvas()
    drawn.rule_at(3, GLYPHS.upright, 0)
    drawn.level_line(level_of(drawn, 50), 1)
    drawn.path([(0, level_of(drawn, 20)), (39, level_of(drawn, 20))], 1)
    image = drawn.paint(COLOURS, GROUND)
    assert [image.getpixel((x, 70)) for x in (34, 35, 36)] == [GROUND, RED, GROUND]
    assert image.getpixel((35, 20)) == GREEN
    column = [image.getpixel((10, y)) for y in range(45, 56)]
    assert sum(colour != GROUND for colour in column) == 1


def test_a_rule_for_another_attempt_is_dashed() -> None:
    drawn = canvas()
    drawn.rule_at(3, GLYPHS.went_on, 0)
    column = [drawn.paint(COLOURS, GROUND).getpixel((35, y)) for y in range(80)]
    assert {RED, GROUND} <= set(column)


def test_a_sign_is_a_cross_in_its_cell() -> None:
    drawn = canvas()
    drawn.sign(2, 0, GLYPHS.no_number, 0)
    drawn.sign(8, 0, GLYPHS.no_number, 0)
    image = drawn.paint(COLOURS, GROUND)
    inked = [(x, y) for x in range(80) for y in range(80) if image.getpixel((x, y)) != GROUND]
    assert min(x for x, _ in inked) >= 20
    assert max(x for x, _ in inked) < 30
    assert max(y for _, y in inked) < 20
    assert image.getpixel((25, 10)) == RED


def test_its_lines_are_blank() -> None:
    assert canvas(5, 2).line(1) == [("     ", None)]


def test_the_same_drawn_twice_is_the_same() -> None:
    one, other = canvas(), canvas()
    for each in (one, other):
        each.path([(0, 0.5), (9, 0.7)], 0)
        each.dot(3, 3, 1)
    assert one.is_same(other)
    other.dot(9, 9, 1)
    assert not one.is_same(other)
    assert not canvas().is_same(canvas(9))
    assert not canvas().is_same(PixelCanvas(8, 4, (10.0, 21.0)))


def test_a_cell_need_not_have_whole_pixels() -> None:
    drawn = PixelCanvas(7, 3, (4.3, 9.1))
    drawn.path([(0, 0.0), (drawn.width * drawn.across - 1, 1.0)], 0)
    image = drawn.paint(COLOURS, GROUND)
    assert image.size == (30, 27)
    assert RED in {image.getpixel((27, y)) for y in range(4)}


@pytest.mark.parametrize(
    ("sent", "is_asked", "pause"),
    [(1_000, True, ASKED_S), (1_000, False, NEWS_S), (128_000, True, 1.0), (120_000, False, 10.0)],
)
def test_large_pictures_come_less_often(sent: int, *, is_asked: bool, pause: float) -> None:
    assert pause_after(sent, is_asked=is_asked) == pause
