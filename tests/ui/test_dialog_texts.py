"""No screen cuts what it says: each is opened with data that is long on purpose, at two sizes (`all_screens`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.all_screens import OPENED, SAYS, Stage, all_screens, long_services, open_screen
from tests.ui.driving import ready, until, work_screen
from tests.ui.text_cuts import cuts
from wantui.ui.app import WantuiApp
from wantui.ui.dialogs.confirm import CANCEL, Confirm

if TYPE_CHECKING:
    from pathlib import Path

BELOW = {"Panes", "WorkScreen"}
"""The work screen, below all others; its own tests and pictures tell what its panes show."""


def test_every_screen_has_an_entry() -> None:
    assert {name.partition(",")[0] for name in OPENED} == all_screens() - BELOW


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_nothing_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    services, found = long_services(tmp_path), list[str]()
    async with WantuiApp(services).run_test(size=size) as pilot:
        await ready(pilot)
        stage = Stage(pilot, services, tmp_path)
        for name in OPENED:
            screen = await open_screen(stage, name)
            found += [f"{name}: {said}" for said in await cuts(pilot, monkeypatch, SAYS.get(name, ""))]
            screen.dismiss(CANCEL if isinstance(screen, Confirm) else None)
            await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
    assert not found, "\n".join(["", *found])
