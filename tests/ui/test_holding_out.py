"""Holding items out by a key; and the items by the loss that a LoRA has on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.ui.driving import items, settled, shown, told, until
from tests.ui.sites import app_of
from wantui.paths import Workspace
from wantui.runs.probing.results import HELD_OUT, TRAINING, ItemLoss, Probed, Results

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


async def test_items_are_sorted_and_filtered_by_their_loss(site: Path) -> None:
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("s", "o")
        await until(pilot, lambda: any("wantui probe RUN" in line for line in told(pilot)))
        assert [row.item.name for row in items(pilot).shown_rows()] == ["a", "b", "c"]
        results = Results(Workspace(site.parent.parent), 4)
        results.file.parent.mkdir(parents=True)
        answers = (ItemLoss("0/a", HELD_OUT, (0.1, 0.1)), ItemLoss("0/b", TRAINING, (0.3, 0.3)))
        results.keep(Probed("high", 5, "q", "/x.safetensors", (1, 2), 3.0, answers))
        await pilot.press("s", "n", "s", "o")
        await until(pilot, lambda: [row.item.name for row in items(pilot).shown_rows()] == ["b", "a", "c"])
        assert "sort:loss   losses of run 4" in shown(pilot)
        assert re.search(r"b +0\.300  ", shown(pilot))
        await pilot.press("slash", *"loss:<0.2", "enter")
        await until(pilot, lambda: [row.item.name for row in items(pilot).shown_rows()] == ["a"])
