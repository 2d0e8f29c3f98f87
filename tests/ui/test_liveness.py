"""What changes by itself on the screen: edited files, the watcher, what has changed since a run began."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.ui.driving import items, settled, shown, until
from wantui.caches.items import ItemsDifference
from wantui.caches.model import CacheReport, CacheState
from wantui.listing.rows import ItemStatus
from wantui.runs.watch.state import Watching, WatchState
from wantui.ui.app import WantuiApp
from wantui.ui.runs.job_table import JobTable

if TYPE_CHECKING:
    from tests.ui.fake import FakeServices

WIDE, NARROW = (200, 50), (80, 24)


def edit_first(services: FakeServices) -> None:
    """As if another program had saved the first caption: a partial rescan sees it, a whole look does not yet."""
    item = replace(services.view.items[0], caption="saved elsewhere")
    assert services.view.report is not None
    verdicts = [verdict for verdict in services.view.report.verdicts if verdict.item == item.name]
    stale = tuple(
        replace(verdict, state=CacheState.STALE) if verdict.path == item.text_cache else verdict
        for verdict in verdicts
    )
    services.rescanned = replace(services.view, items=(item,), problems=(), report=CacheReport(stale))


async def test_a_file_saved_by_another_program_turns_its_row(services: FakeServices) -> None:
    app = WantuiApp(services)
    async with app.run_test(size=WIDE) as pilot:
        screen = await settled(pilot)
        assert screen.rows[0].status is ItemStatus.CURRENT
        edit_first(services)
        services.view = replace(services.view, items=(*services.rescanned.items, *services.view.items[1:]))
        caption = services.view.items[0].caption_file
        assert caption is not None
        looks = services.calls.count(("dataset",))  # on a busy machine the next may begin as soon as the edit is told
        services.edits.put(frozenset({caption}))
        await until(pilot, lambda: screen.rows[0].item.caption == "saved elsewhere")
        assert ("partial_rescan", frozenset({caption})) in services.calls
        await until(pilot, lambda: services.calls.count(("dataset",)) > looks)
        assert items(pilot).row_count == len(services.view.items)


async def test_what_changed_since_the_run_began_stands_in_its_note(services: FakeServices) -> None:
    services.since = ItemsDifference(recaptioned=("one", "two", "three"))
    app = WantuiApp(services)
    async with app.run_test(size=WIDE) as pilot:
        screen = await settled(pilot)
        await until(pilot, lambda: bool(screen.since))
        await pilot.pause()
        assert "3 captions changed since this run began" in shown(pilot)
        assert screen.since == {7: "3 captions changed"}


async def test_where_notes_have_no_room_the_title_says_what_changed(services: FakeServices) -> None:
    services.since = ItemsDifference(recaptioned=("one", "two", "three"))
    app = WantuiApp(services)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await settled(pilot)
        await until(pilot, lambda: bool(screen.since))
        assert "3 captions changed since run 7 began" in str(screen.query_one(JobTable).border_subtitle)


async def test_a_key_pauses_the_watcher_and_the_top_line_says_so(services: FakeServices) -> None:
    app = WantuiApp(services)
    async with app.run_test(size=WIDE) as pilot:
        screen = await settled(pilot)
        await until(pilot, lambda: screen.context.watching is not None)
        await pilot.pause()
        assert "watching" in shown(pilot).splitlines()[0]
        await pilot.press("w")
        await until(pilot, lambda: "paused" in shown(pilot).splitlines()[0])
        await pilot.press("w")
        await until(pilot, lambda: "watching" in shown(pilot).splitlines()[0])
        assert [call for call in services.calls if call[0] == "pause"] == [("pause", True), ("pause", False)]


async def test_what_troubles_the_watcher_stands_in_the_top_line(services: FakeServices) -> None:
    services.watch_state = WatchState(Watching.TROUBLE, "the limit of watches is reached")
    app = WantuiApp(services)
    async with app.run_test(size=WIDE) as pilot:
        screen = await settled(pilot)
        await until(pilot, lambda: screen.context.watching is not None)
        await pilot.pause()
        assert "! not watching: the limit of watches is reached" in shown(pilot).splitlines()[0]


async def test_train_stands_in_the_narrow_footer(services: FakeServices) -> None:
    app = WantuiApp(services)
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        for key in ("1", "2", "3", "4"):
            await pilot.press(key)
            await pilot.pause()
            assert "t train" in shown(pilot).splitlines()[-1]
