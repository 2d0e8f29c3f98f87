"""Importing media: what would be copied is seen before it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import settled, shown, told, until, work_screen
from wantui.journal.import_plan import Collision, Copy, ImportPlan
from wantui.ui.app import WantuiApp
from wantui.ui.dataset.import_form import ImportForm
from wantui.ui.dialogs.choice_field import ChoiceField
from wantui.ui.dialogs.path_input import PathInput

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices


@pytest.fixture
def source(services: FakeServices, tmp_path: Path) -> Path:
    """A folder with two pictures, one of a name that is taken."""
    folder = tmp_path / "new pictures"
    folder.mkdir()
    target = Path("/d/images")
    copies = (
        Copy(folder / "a.png", target / "a.png", 2_000_000),
        Copy(folder / "a.txt", target / "a.txt", 20),
        Copy(folder / "[b].png", target / "[b]-2.png", 500_000),
    )
    collision = Collision(folder / "[b].png", target / "[b]-2.png", "has the name of another file, [b].png")
    services.importing.plans[folder.name] = ImportPlan(
        target, copies, 2, (collision,), ((folder / "clip.mp4", "is a video, and this dataset takes images"),)
    )
    return folder


async def begin(pilot: Pilot[None]) -> PathInput:
    await settled(pilot)
    await pilot.press("I")
    await until(pilot, lambda: isinstance(pilot.app.screen, ImportForm) and pilot.app.screen.is_mounted)
    return pilot.app.screen.query_one(PathInput)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_the_plan_is_seen_before_anything_is_copied(
    services: FakeServices, source: Path, size: tuple[int, int]
) -> None:
    async with WantuiApp(services).run_test(size=size) as pilot:
        field = await begin(pilot)
        field.value = f"{source.parent}/new"
        await pilot.press("tab")
        await until(pilot, lambda: field.value == f"{source}/")
        await until(pilot, lambda: "enter copies 2 items" in shown(pilot))
        text = " ".join(shown(pilot).split())
        assert "2 items with 1 caption, 2.5 MB" in text
        assert "[b].png becomes [b]-2.png: it has the name of another" in text
        assert "clip.mp4 is a video" in text
        assert ("copy", 2) not in services.importing.calls
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        assert ("copy", 2) in services.importing.calls
        await until(pilot, lambda: "2 items imported." in told(pilot))


async def test_another_section_is_planned_anew(services: FakeServices, source: Path) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        field = await begin(pilot)
        field.value = str(source)
        await until(pilot, lambda: ("plan", source.name, 0) in services.importing.calls)
        pilot.app.screen.query_one(ChoiceField).action_step(1)
        await until(pilot, lambda: ("plan", source.name, 1) in services.importing.calls)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))


async def test_nothing_is_copied_where_there_is_nothing_or_no_room(services: FakeServices, source: Path) -> None:
    services.importing.trouble = "no room: make room first"
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        field = await begin(pilot)
        field.value = str(source.parent)
        await until(pilot, lambda: "nothing to copy" in shown(pilot))
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, ImportForm)
        field.value = str(source)
        await until(pilot, lambda: "enter copies 2 items" in shown(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "make room first" in shown(pilot))
        assert not [call for call in services.importing.calls if call[0] == "copy"]


async def test_a_dataset_of_lists_has_nowhere_to_import_to(services: FakeServices) -> None:
    services.importing.subsets = ()
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("I")
        await until(pilot, lambda: any("jsonl" in each for each in told(pilot)))
