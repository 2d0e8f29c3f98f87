"""Dialogs over dialogs: each leaves by itself only, however fast keys and findings come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.driving import settled
from wantui.ui.app import WantuiApp
from wantui.ui.dialogs.ask_name import AskName
from wantui.ui.dialogs.confirm import Confirm

if TYPE_CHECKING:
    from tests.ui.fake import FakeServices


async def test_what_leaves_from_behind_takes_nothing_else_away(services: FakeServices) -> None:
    async with WantuiApp(services).run_test() as pilot:
        await settled(pilot)
        answers: list[str | None] = []
        behind = AskName("One", "behind")
        pilot.app.push_screen(behind, answers.append)
        await pilot.pause()
        before = AskName("Other", "in front")
        pilot.app.push_screen(before, answers.append)
        behind.dismiss("unasked")  # Textual would take the other one away before it stands there
        await pilot.pause()
        assert pilot.app.screen is before
        await pilot.press("a", "enter")
        assert (pilot.app.screen, answers) == (behind, ["a"])


async def test_an_answer_given_twice_counts_once(services: FakeServices) -> None:
    async with WantuiApp(services).run_test() as pilot:
        await settled(pilot)
        below, above = Confirm("below"), AskName("Above", "it")
        answers: list[str | None] = []
        pilot.app.push_screen(below)
        await pilot.pause()
        pilot.app.push_screen(above, answers.append)
        await pilot.pause()
        above.dismiss("once")
        above.dismiss("twice")
        await pilot.pause()
        assert (pilot.app.screen, answers) == (below, ["once"])
