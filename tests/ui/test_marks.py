from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import items, settled, shown, type_text, until, work_screen
from wantui.ui.app import WantuiApp

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices

WIDE = (200, 50)


def marked(pilot: Pilot[None]) -> list[str]:
    return [row.item.name for row in items(pilot).marked_rows()]


async def test_space_marks_and_goes_on(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("space", "j", "space")
        assert marked(pilot) == ["anna_001", "anna_003"]
        assert items(pilot).cursor == 3
        await pilot.pause()
        text = shown(pilot)
        assert "▪✓ anna_001" in text
        assert "▪✓ anna_003" in text
        assert "2 marked" in str(items(pilot).border_subtitle)
        await pilot.press("k", "space")
        assert marked(pilot) == ["anna_001"]


async def test_a_range_is_marked_from_the_last_mark(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("space", "j", "j", "v")
        assert marked(pilot) == ["anna_001", "anna_002", "anna_003", "anna_004"]


async def test_marks_outlive_filter_and_look(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        await type_text(pilot, "anna_02")
        await pilot.press("enter", "A")
        assert len(marked(pilot)) == 5
        await pilot.press("escape")
        assert len(marked(pilot)) == 5
        services.view = replace(services.view, items=services.view.items[::-1])
        await pilot.press("R")
        await until(pilot, lambda: work_screen(pilot).rows[0].name == "anna_024")
        assert len(marked(pilot)) == 5
        await pilot.press("asterisk")
        assert len(marked(pilot)) == 19
        await pilot.press("A")
        assert len(marked(pilot)) == 24
        await pilot.press("A")
        assert not marked(pilot)


async def test_targets_are_the_marked_items_or_all_that_are_shown(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        await type_text(pilot, "anna_02")
        await pilot.press("enter")
        assert [row.name for row in items(pilot).targets()] == [f"anna_{number:03}" for number in range(20, 25)]
        await pilot.press("j", "space")
        assert [row.name for row in items(pilot).targets()] == ["anna_021"]


@pytest.mark.parametrize(("letters", "number"), [("anna_02", 20), ("013", 13), ("anna_02zz", 20)])
async def test_letters_jump_to_a_name(services: FakeServices, letters: str, number: int) -> None:
    async with WantuiApp(services).run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("apostrophe")
        await type_text(pilot, letters)
        await pilot.pause()
        assert ("no such name" in shown(pilot)) is letters.endswith("zz")
        await pilot.press("enter", "j")
        row = items(pilot).highlighted
        assert row is not None
        assert int(row.item.name[-3:]) == number + 1


async def test_earlier_filters_are_called_back(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=WIDE) as pilot:
        await settled(pilot)
        for words in ("anna_01", "anna_02"):
            await pilot.press("slash")
            await type_text(pilot, words)
            await pilot.press("enter", "escape")
        assert items(pilot).row_count == 24
        await pilot.press("slash", "up")
        assert items(pilot).words == "anna_02"
        await pilot.press("up", "up")
        assert items(pilot).words == "anna_01"
        await pilot.press("down", "down")
        assert items(pilot).words == ""
        await pilot.press("down", "g", "j")
        assert items(pilot).cursor == 1
