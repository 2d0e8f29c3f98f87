"""Pictures follow each other no faster than the terminal answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.console import Console
from rich.segment import Segment
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from wantui.ui.drawing import line_pace
from wantui.ui.drawing.line_pace import AHEAD, PORTION, QUESTION, LinePace, send_rest
from wantui.ui.drawing.sent_cells import SentCells

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest


async def test_a_picture_waits_until_the_one_before_has_arrived() -> None:
    sent: list[str] = []
    pace = LinePace(sent.append, lambda: True)
    await pace.room()
    pace.sent()
    waiting = asyncio.create_task(pace.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    pace.answered()
    await waiting
    assert sent == [QUESTION]


async def test_so_many_may_be_under_way() -> None:
    pace = LinePace(lambda _: None, lambda: True)
    for _ in range(2):
        await pace.room(3)
        pace.sent()
    await pace.room(3)
    pace.sent()
    waiting = asyncio.create_task(pace.room(3))
    await asyncio.sleep(0)
    assert not waiting.done()
    pace.answered()
    await waiting


async def test_a_silent_terminal_is_not_waited_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_pace, "PATIENCE_S", 0.01)
    monkeypatch.setattr(line_pace, "UNKNOWN_S", 0.0)
    sent: list[str] = []
    pace = LinePace(sent.append, lambda: True)
    pace.sent()
    await pace.room()
    assert pace.is_silent
    pace.sent()
    await pace.room()
    pace.answered()  # late: it is nobody's
    assert sent == [QUESTION]


async def test_nothing_is_asked_where_there_is_no_terminal() -> None:
    sent: list[str] = []
    pace = LinePace(sent.append, lambda: False)
    for _ in range(5):
        await pace.room()
        pace.sent()
    assert not sent


def kept_back(lines: int) -> SentCells:
    sent = SentCells(lambda: True)
    picture: list[Iterable[Strip]] = [[Strip([Segment("▀" * 400)], 400)] for _ in range(lines)]
    assert not sent.changed(LayoutUpdate(picture, Region(0, 0, 400, lines))).pieces
    return sent


async def test_on_a_slow_line_little_is_under_way() -> None:
    sent, written = kept_back(100), list[str]()
    pace = LinePace(written.append, lambda: True)
    pace.answer_s = 0.3
    sending = asyncio.create_task(send_rest(sent, pace, Console(), written.append))
    for _ in range(50):
        await asyncio.sleep(0)
    under_way = sum(map(len, written))
    assert PORTION < under_way <= AHEAD + PORTION
    while sent.has_rest or pace.is_waiting:
        pace.answered()
        pace.answer_s = 0.3
        for _ in range(3):
            await asyncio.sleep(0)
    await sending
    assert "".join(written).count("▀") == 100 * 400


async def test_on_a_fast_line_all_goes_at_once() -> None:
    sent, written = kept_back(100), list[str]()
    pace = LinePace(written.append, lambda: True)
    pace.answer_s = 0.001
    sending = asyncio.create_task(send_rest(sent, pace, Console(), written.append))
    await asyncio.sleep(0)
    assert written[0].count("▀") == 100 * 400
    pace.answered()
    await sending
