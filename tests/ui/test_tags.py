"""The tag browser: counts, narrowing, and what is done with a tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from tests.ui.driving import items, settled, shown, type_text, until, work_screen
from tests.ui.sites import app_of, texts
from tests.unit.made import row
from wantui.listing.filters import parse
from wantui.listing.rows import ItemStatus
from wantui.listing.selection import Selection
from wantui.ui.app import WantuiApp
from wantui.ui.captions.bulk_form import BulkForm
from wantui.ui.tags.browser import TagBrowser
from wantui.ui.tags.flow import filter_for
from wantui.ui.tags.tag_list import TagList

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices


async def browser(pilot: Pilot[None]) -> TagList:
    await until(pilot, lambda: isinstance(pilot.app.screen, TagBrowser))
    tags = pilot.app.screen.query_one(TagList)
    await until(pilot, lambda: bool(tags.counted))
    return tags


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_tags_are_counted_narrowed_and_sorted(services: FakeServices, size: tuple[int, int]) -> None:
    async with WantuiApp(services).run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("T")
        tags = await browser(pilot)
        await pilot.pause()
        assert "Tags of 24 items" in shown(pilot)
        assert "22  ohwx woman" in shown(pilot)
        await pilot.press("slash", "g", "r", "x", "backspace", "a", "enter")
        assert {"film grain"} == {each.tag for each in tags._shown}
        await pilot.press("slash", "escape", "s")
        assert [each.key for each in tags._shown] == sorted(each.key for each in tags.counted)


async def test_space_marks_the_items_of_a_tag_and_enter_shows_them(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("T")
        await browser(pilot)
        await type_text(pilot, "/rim")
        await pilot.press("enter", "space")
        assert [row.name for row in items(pilot).marked_rows()] == ["anna_002"]
        assert "1 item marked." in shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        assert items(pilot).words == 'tag:"rim light"'
        assert [row.name for row in items(pilot).shown_rows()] == ["anna_002"]
        await pilot.press("T")
        tags = await browser(pilot)
        assert "Tags of 1 item shown" in shown(pilot)
        await pilot.press("G", "x")
        assert tags.chosen is not None
        assert tags.chosen.count == 0
        assert "None of the items shown has it" in shown(pilot)


async def test_a_tag_is_renamed_and_removed_after_a_preview_and_taken_back(site: Path) -> None:
    before = texts(site)
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("T")
        await browser(pilot)
        await type_text(pilot, "/dog")
        await pilot.press("enter", "r")
        await until(pilot, lambda: isinstance(pilot.app.screen, BulkForm))
        form = pilot.app.screen
        assert isinstance(form, BulkForm)
        assert form.query_one("#field-0", Input).value == "dog"
        await type_text(pilot, "hound")
        await until(pilot, lambda: form.has_settled)
        assert texts(site) == before
        await pilot.press("enter")
        await until(pilot, lambda: "hound" in "".join(texts(site).values()))
        tags = await browser(pilot)
        assert {"hound"} <= {each.tag for each in tags.counted}
        assert "dog" not in {each.tag for each in tags.counted}
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        await pilot.press("u")
        await until(pilot, lambda: texts(site) == before)


@pytest.mark.parametrize("tag", ["film grain", 'a 5" screen', "it's", "a*b", "(x)"])
def test_the_filter_of_a_tag_finds_that_tag_alone(tag: str) -> None:
    rows = (row("one", f"dog, {tag}", ItemStatus.CURRENT), row("two", f"{tag} more", ItemStatus.CURRENT))
    assert list(Selection(parse(filter_for(tag))).indexes(rows)) == [0]
