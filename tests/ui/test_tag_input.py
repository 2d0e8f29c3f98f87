"""Fields that take tags complete them as the caption editor does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from tests.ui.driving import settled, shown, until
from wantui.ui.app import WantuiApp
from wantui.ui.captions.bulk_form import BulkForm

if TYPE_CHECKING:
    from tests.ui.fake import FakeServices


async def test_tab_takes_the_first_proposal_and_goes_on_where_there_is_none(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("b", "n")
        await until(pilot, lambda: isinstance(pilot.app.screen, BulkForm))
        await pilot.press("f", "i", "l", "m", "space", "g")
        await until(pilot, lambda: "tab film grain" in shown(pilot))
        await pilot.press("tab", "tab", "o", "h", "tab")  # the second one goes to the new name
        old, new = (field.value for field in pilot.app.screen.query(Input))
        assert (old, new) == ("film grain", "ohwx")
        assert "tab film grain" not in shown(pilot)


async def test_what_is_found_and_replaced_is_no_tag(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("b", "s")
        await until(pilot, lambda: isinstance(pilot.app.screen, BulkForm))
        await pilot.press("f", "i", "l", "tab", "x")
        assert [field.value for field in pilot.app.screen.query(Input)] == ["fil", "x"]
