"""The curves as a picture: what the terminal is sent, when, and that it is taken away."""

from __future__ import annotations

import base64
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from textual.drivers.headless_driver import HeadlessDriver
from textual.widgets._toast import Toast

from tests.ui.driving import curves_screen, ready, shown, told, until, work_screen
from tests.ui.kept_curves import keep_runs, more
from tests.ui.sixels import read_sixels
from wantui.terminal.capability_query import Answers
from wantui.ui.app import WantuiApp
from wantui.ui.curves import picture as curve_picture
from wantui.ui.curves.compared_runs import ComparedRuns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices
    from wantui.ui.curves.screen import CurvesScreen

KITTY = Answers(has_kitty=True, cell=(10, 20))
SIXEL = Answers(has_sixel=True, cell=(10, 20))
SIZE = (100, 30)
PLACEHOLDER = "\U0010eeee"
BRAILLE = re.compile("[\u2801-\u28ff]")


class Line:
    """What the terminal was sent since the curves were opened."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.sent)

    @property
    def sixels(self) -> list[str]:
        """Each with where it was drawn, as `place` reads it."""
        return re.findall(r"\x1b7\x1b\[\d+;\d+H\x1bP0;1;0q.*?\x1b\\", self.text, re.DOTALL)

    @property
    def numbers(self) -> list[str]:
        """Of kitty's pictures, in the order in which they were sent."""
        return re.findall(r"\x1b_Ga=T,U=1,i=(\d+),", self.text)

    @property
    def dropped(self) -> list[str]:
        return re.findall(r"\x1b_Ga=d,d=I,i=(\d+),", self.text)

    def kitty_picture(self, number: str) -> tuple[Image.Image, int, int]:
        """The picture, and how many columns and lines it takes."""
        found = re.search(rf"\x1b_Ga=T,U=1,i={number},f=100,c=(\d+),r=(\d+),q=2,m=[01];", self.text)
        assert found is not None
        chunks = re.match(r"(?:(?:\x1b_G[^;]*m=[01];)?[^\x1b]*\x1b\\)*?.*?m=0;[^\x1b]*", self.text[found.start() :])
        assert chunks is not None
        data = "".join(re.findall(r"\x1b_G[^;]*;([^\x1b]*)", chunks[0]))
        return Image.open(BytesIO(base64.b64decode(data))).convert("RGB"), int(found[1]), int(found[2])


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    made = Line()
    monkeypatch.setattr(HeadlessDriver, "write", lambda _self, data: made.sent.append(data))
    monkeypatch.delenv("TMUX", raising=False)
    return made


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between pictures."""
    monkeypatch.setattr(curve_picture, "pause_after", lambda _sent, is_asked: 0.0)


@asynccontextmanager
async def curves(
    services: FakeServices, line: Line, answers: Answers, *, setting: str = "picture", notifications: bool = False
) -> AsyncIterator[tuple[Pilot[None], CurvesScreen]]:
    """The screen on run 7, read; what was sent before is forgotten."""
    defaults = replace(services.defaults(), curves=setting)
    services.defaults = lambda: defaults  # type: ignore[method-assign]
    async with WantuiApp(services, answers=answers).run_test(size=SIZE, notifications=notifications) as pilot:
        await ready(pilot)
        await until(pilot, lambda: work_screen(pilot).context.defaults is not None)
        line.sent.clear()
        yield pilot, await curves_screen(pilot)


def behind(screen: CurvesScreen) -> bool:
    """Whether another picture is to come."""
    picture = screen._chart._picture
    return picture is None or picture._is_behind or picture._is_painting


async def stands(pilot: Pilot[None], screen: CurvesScreen) -> None:
    """Wait until the picture shows what is wanted."""
    await until(pilot, lambda: not behind(screen))
    await pilot.pause()


@pytest.mark.usefixtures("at_once")
async def test_kittys_picture_stands_behind_placeholders(services: FakeServices, tmp_path: Path, line: Line) -> None:
    keep_runs(services, tmp_path)
    async with curves(services, line, KITTY) as (pilot, screen):
        await stands(pilot, screen)
        text = "\n".join(strip.text for strip in screen._compositor.render_strips())
        assert not BRAILLE.search(text)
        assert "━ high" in text  # legend and figures stay text
        assert "step 2,400" in text
        image, columns, lines = line.kitty_picture(line.numbers[-1])
        assert image.size == (columns * 10, lines * 20)
        assert text.count(PLACEHOLDER) == columns * lines
        styles = screen._chart.text_styles
        colours = {colour for _, colour in image.getcolors(1 << 16) or ()}
        assert {styles.background, *(style.color.triplet for style in (styles.high, styles.low))} <= colours  # type: ignore[union-attr]
        assert image.getpixel((columns * 10 - 5, 15)) == styles.background
        last = line.numbers[-1]
        await pilot.press("escape")
        await until(pilot, lambda: last in line.dropped)
        assert line.numbers == line.dropped


@pytest.mark.usefixtures("at_once")
async def test_a_key_sends_another_picture_and_drops_the_one_before(
    services: FakeServices, tmp_path: Path, line: Line
) -> None:
    keep_runs(services, tmp_path)
    async with curves(services, line, KITTY) as (pilot, screen):
        await stands(pilot, screen)
        first = line.numbers[-1]
        await pilot.press("plus")
        await stands(pilot, screen)
        second = line.numbers[-1]
        assert second != first
        await until(pilot, lambda: first in line.dropped)
        assert second not in line.dropped


async def test_what_comes_back_to_the_same_is_not_sent_again(
    services: FakeServices, tmp_path: Path, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = [0.0]
    monkeypatch.setattr(curve_picture, "pause_after", lambda _sent, is_asked: pauses[-1])
    keep_runs(services, tmp_path)
    async with curves(services, line, KITTY) as (pilot, screen):
        await stands(pilot, screen)
        count = len(line.numbers)
        pauses.append(3600.0)
        await pilot.press("y")
        assert behind(screen)
        pauses.append(0.0)
        await pilot.press("y")
        await stands(pilot, screen)
        assert len(line.numbers) == count


@pytest.mark.usefixtures("at_once")
async def test_sixels_are_drawn_at_the_right_of_the_figures(
    services: FakeServices, tmp_path: Path, line: Line
) -> None:
    keep_runs(services, tmp_path)
    async with curves(services, line, SIXEL) as (pilot, screen):
        await until(pilot, lambda: bool(line.sixels))
        await stands(pilot, screen)
        assert not BRAILLE.search(shown(pilot))
        found = re.fullmatch(r"\x1b7\x1b\[(\d+);(\d+)H(.*)", line.sixels[-1], re.DOTALL)
        assert found is not None
        y, x = int(found[1]), int(found[2])
        region = screen._chart.content_region
        assert (y, x) == (region.y + 1, region.x + 9)
        image = read_sixels(found[3])
        assert image.width == (region.width - 9) * 10
        assert image.height % 20 == 0
        assert image.height // 20 < region.height
        background = screen._chart.text_styles.background
        seen = image.crop((image.width - 20, image.height - 20, image.width - 10, image.height - 10)).tobytes()[:3]
        assert all(abs(one - other) <= 2 for one, other in zip(seen, background, strict=True))  # sixels tell per cent


@pytest.mark.usefixtures("at_once")
async def test_sixels_do_not_come_again_for_the_legend(services: FakeServices, tmp_path: Path, line: Line) -> None:
    keep_runs(services, tmp_path)
    async with curves(services, line, SIXEL) as (pilot, screen):
        await until(pilot, lambda: bool(line.sixels))
        await stands(pilot, screen)
        count = len(line.sixels)
        chart = screen._chart
        last = chart.size.height - 1
        chart.refresh(chart.region.reset_offset.shrink((last, 0, 0, 0)))
        await pilot.pause()
        assert len(line.sixels) == count
        chart.say("Something else", "over steps")
        await pilot.pause()
        assert "Something else" in shown(pilot)
        assert len(line.sixels) == count
        pilot.app.action_draw_again()  # type: ignore[attr-defined]
        await until(pilot, lambda: len(line.sixels) == count + 1)


@pytest.mark.usefixtures("at_once")
async def test_a_dialog_takes_sixels_away_until_it_is_closed(
    services: FakeServices, tmp_path: Path, line: Line
) -> None:
    workspace = keep_runs(services, tmp_path)
    async with curves(services, line, SIXEL) as (pilot, screen):
        await until(pilot, lambda: bool(line.sixels))
        await stands(pilot, screen)
        region = screen._chart.content_region
        assert not pilot.app.sent.has_drawn(region.shrink((0, 0, 12, 10)))  # type: ignore[attr-defined]
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComparedRuns))
        await pilot.pause()
        count = len(line.sixels)
        assert pilot.app.sent.has_drawn(region.shrink((0, 0, 12, 10)))  # type: ignore[attr-defined]
        more(services, workspace, 200)
        screen._wake.set()
        await until(pilot, lambda: behind(screen))  # it knows more, and waits
        await pilot.pause()
        assert len(line.sixels) == count
        await pilot.press("escape")
        await until(pilot, lambda: len(line.sixels) > count)
        await stands(pilot, screen)


@pytest.mark.usefixtures("at_once")
async def test_what_is_told_in_passing_is_not_drawn_over(services: FakeServices, tmp_path: Path, line: Line) -> None:
    keep_runs(services, tmp_path)
    async with curves(services, line, SIXEL, notifications=True) as (pilot, screen):
        await until(pilot, lambda: bool(line.sixels))
        await stands(pilot, screen)
        pilot.app.notify("\n".join(["No more marks."] * 8), timeout=3600)
        await until(pilot, lambda: any(toast.region for toast in screen.walk_children(Toast)))
        await pilot.pause()
        assert told(pilot)
        count = len(line.sixels)
        screen._chart.refresh()
        await pilot.pause()
        assert len(line.sixels) == count
        pilot.app.clear_notifications()
        await until(pilot, lambda: len(line.sixels) > count)


async def test_steps_that_come_wait_and_a_key_does_not(
    services: FakeServices, tmp_path: Path, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curve_picture, "pause_after", lambda _sent, is_asked: 0.0 if is_asked else 3600.0)
    workspace = keep_runs(services, tmp_path)
    async with curves(services, line, KITTY) as (pilot, screen):
        await stands(pilot, screen)
        count = len(line.numbers)
        more(services, workspace, 200)
        screen._wake.set()
        await until(pilot, lambda: behind(screen))
        assert len(line.numbers) == count
        await pilot.press("y")
        await stands(pilot, screen)
        assert len(line.numbers) > count


@pytest.mark.parametrize(
    ("answers", "setting"),
    [
        (KITTY, "braille"),
        (SIXEL, "braille"),
        (Answers(), "picture"),
        (Answers(has_sixel=True, cell=(40, 80)), "picture"),
    ],
)
async def test_elsewhere_braille_stays(
    services: FakeServices, tmp_path: Path, line: Line, answers: Answers, setting: str
) -> None:
    """Where no picture is wanted, the terminal cannot show one, or sixels would be too large."""
    keep_runs(services, tmp_path)
    async with curves(services, line, answers, setting=setting) as (pilot, _):
        assert BRAILLE.search(shown(pilot))
        assert not line.sixels
        assert not line.numbers


@pytest.mark.usefixtures("at_once")
async def test_another_theme_and_another_size_are_painted_again(
    services: FakeServices, tmp_path: Path, line: Line
) -> None:
    keep_runs(services, tmp_path)
    async with curves(services, line, KITTY) as (pilot, screen):
        await stands(pilot, screen)
        pilot.app.action_other_theme()  # type: ignore[attr-defined]
        await pilot.pause()
        await stands(pilot, screen)
        image, *_ = line.kitty_picture(line.numbers[-1])
        assert image.getpixel((image.width - 5, 15)) == screen._chart.text_styles.background == (251, 251, 249)
        await pilot.resize_terminal(120, 34)
        await pilot.pause()
        await stands(pilot, screen)
        larger, columns, _ = line.kitty_picture(line.numbers[-1])
        assert larger.width == columns * 10 == image.width + 200
        assert PLACEHOLDER in shown(pilot)


async def test_a_picture_that_cannot_be_painted_leaves_braille(
    services: FakeServices, tmp_path: Path, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(curve_picture, "draw_filling", broken)
    keep_runs(services, tmp_path)
    async with curves(services, line, KITTY) as (pilot, screen):
        picture = screen._chart._picture
        assert picture is not None
        await until(pilot, lambda: not picture.is_possible)
        await pilot.pause()
        assert BRAILLE.search(shown(pilot))
