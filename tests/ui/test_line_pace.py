"""Pictures follow each other no faster than the terminal answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wantui.ui.drawing import line_pace
from wantui.ui.drawing.line_pace import QUESTION, LinePace

if TYPE_CHECKING:
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
