"""The list of changes: what each did, and undoing one from inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import settled, shown, until, work_screen
from tests.ui.sites import app_of, texts
from wantui.paths import Workspace
from wantui.services.workspace import Services
from wantui.ui.changes.screen import StepsScreen
from wantui.ui.changes.step_list import StepList

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot


def save(images: Path, name: str, text: str) -> None:
    services = Services(Workspace(images.parent.parent))
    item = next(each for each in services.dataset().items if each.name == name)
    services.captions.save(item, text, services.captions.read(item))
    services.close()


async def opened(pilot: Pilot[None]) -> StepList:
    await settled(pilot)
    await pilot.press("H")
    await until(pilot, lambda: isinstance(pilot.app.screen, StepsScreen))
    return pilot.app.screen.query_one(StepList)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_an_older_step_is_undone_with_its_difference_in_sight(site: Path, size: tuple[int, int]) -> None:
    save(site, "a", "ohwx, wolf")
    save(site, "b", "cat, bird")
    async with app_of(site).run_test(size=size) as pilot:
        steps = await opened(pilot)
        await until(pilot, lambda: "[-dog-]{+bird+}" in shown(pilot))
        await pilot.press("j")
        await until(pilot, lambda: "[-dog-]{+wolf+}" in shown(pilot))
        await pilot.press("u")
        await until(pilot, lambda: "Undone: edit a.jpg." in shown(pilot))
        assert (texts(site)["a"], texts(site)["b"]) == ("ohwx, dog\n", "cat, bird")
        assert [step.is_undone for step in steps.steps] == [False, True]
        await pilot.press("u")
        await until(pilot, lambda: "It is already undone" in shown(pilot))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "Redone: edit a.jpg." in shown(pilot))
        assert texts(site)["a"] == "ohwx, wolf\n"
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))


async def test_why_a_step_cannot_be_undone_by_itself_is_said(site: Path) -> None:
    save(site, "a", "ohwx, wolf")
    save(site, "a", "ohwx, bear")
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("j", "u")
        await until(pilot, lambda: "step 2 (edit a.jpg) has changed a.txt since" in shown(pilot))
        assert texts(site)["a"] == "ohwx, bear\n"
