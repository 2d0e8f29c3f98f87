"""Holding items out by a key: the list says so, and the same key releases them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.driving import items, settled, shown, told, until
from tests.ui.sites import app_of

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot


def held(pilot: Pilot[None]) -> list[str]:
    return [row.item.name for row in items(pilot).rows if row.is_held_out]


async def test_marked_items_are_held_out_and_released(site: Path) -> None:
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("h")
        await until(pilot, lambda: held(pilot) == ["a"])
        await until(pilot, lambda: "held out" in shown(pilot))
        assert "a.jpg: held out from the next run on." in told(pilot)
        await pilot.press("space", "space", "h")  # one of the two is held out already: both are then
        await until(pilot, lambda: held(pilot) == ["a", "b"])
        await pilot.press("h")
        await until(pilot, lambda: held(pilot) == [])
        await until(pilot, lambda: "2 items: trained on again from the next run on." in told(pilot))
