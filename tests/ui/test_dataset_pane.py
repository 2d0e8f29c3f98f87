from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import items, ready, settled, shown, told, type_text, until, work_screen
from wantui.listing.rows import ItemStatus
from wantui.services.values import DatasetView
from wantui.ui.app import WantuiApp
from wantui.ui.captions.preview_pane import PreviewPane
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.dataset.entries import FilterEntry

if TYPE_CHECKING:
    from tests.ui.fake import FakeServices


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ("", "anna_001"),
        ("j", "anna_002"),
        ("jjk", "anna_002"),
        ("G", "anna_024"),
        ("Gg", "anna_001"),
        ("n", "anna_006"),
        ("nn", "anna_012"),
        ("nnn", "anna_006"),
        ("N", "anna_012"),
    ],
)
async def test_keys_move_the_cursor(services: FakeServices, keys: str, name: str) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press(*keys)
        row = items(pilot).highlighted
        assert row is not None
        assert row.item.name == name


async def test_the_preview_follows_the_cursor(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("j", "j", "j", "j")
        await settled(pilot)
        assert "seen from behind, hair in the wind" in shown(pilot)
        assert "2 anna_005.png" in shown(pilot)
        assert "▀▀▀▀▀▀▀▀" in shown(pilot)


async def test_an_image_that_cannot_be_read_says_why(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("j")
        await settled(pilot)
        assert "no image that can be read" in shown(pilot)


async def test_words_filter_by_name_and_caption(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        await type_text(pilot, "Light window")
        assert items(pilot).row_count == 1
        assert "1 shown" in shown(pilot)
        await pilot.press("enter", "escape")
        assert items(pilot).row_count == 24
        row = items(pilot).highlighted
        assert row is not None
        assert row.name == "anna_010"


async def test_a_filter_may_ask_for_a_status(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        await type_text(pilot, "status:stale")
        row = items(pilot).highlighted
        assert items(pilot).row_count == 1
        assert row is not None
        assert row.name == "anna_004"
        await pilot.press("ctrl+u")
        assert items(pilot).row_count == 24


async def test_a_filter_that_nothing_matches_names_the_way_out(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        await type_text(pilot, "zzz")
        assert "Nothing matches. esc shows every item again." in shown(pilot)


async def test_a_wrong_filter_says_where_it_is_wrong_and_keeps_what_was_shown(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        await type_text(pilot, "anna_02 ")
        assert items(pilot).row_count == 5
        await pilot.press("left_parenthesis")
        entry = items(pilot)._entry
        assert isinstance(entry, FilterEntry)
        assert entry.error is not None
        assert entry.text[entry.error.start : entry.error.end] == "("
        assert items(pilot).row_count == 5
        assert items(pilot).words == "anna_02 "
        await pilot.pause()
        assert entry.error.message[:20] in shown(pilot)
        await pilot.press("enter")
        assert items(pilot)._entry is entry, "a wrong filter is not left by accident"
        assert any(entry.error.message in said for said in told(pilot))
        await pilot.press("escape")
        assert items(pilot).row_count == 24


@pytest.mark.parametrize(
    ("keys", "first", "said"),
    [
        ("st", "anna_002", "sort:status"),
        ("stst", "anna_001", "sort:status reversed"),
        ("sn", "anna_001", "sort:name"),
        ("snsn", "anna_024", "sort:name reversed"),
        ("sl", "anna_006", "sort:length"),
        ("snsd", "anna_001", "filter   24 items"),
        ("snx", "anna_001", "sort:name"),
    ],
)
async def test_items_are_sorted(services: FakeServices, keys: str, first: str, said: str) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press(*keys)
        if keys == "st":
            assert items(pilot).row_at(0).status is ItemStatus.PROBLEM
        else:
            assert items(pilot).row_at(0).item.name == first
        await pilot.pause()
        assert said in shown(pilot)


async def test_the_cursor_stays_on_its_item_when_others_are_sorted(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("j", "j", "s", "n", "s", "n")
        row = items(pilot).highlighted
        assert row is not None
        assert row.name == "anna_003"
        assert items(pilot).cursor == 21


async def test_marked_items_are_filtered_by_and_follow_their_marks(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("space", "space", "slash")
        await type_text(pilot, "status:marked")
        await pilot.press("enter")
        assert [row.name for row in items(pilot).shown_rows()] == ["anna_001", "anna_002"]
        await pilot.press("g", "space")
        assert [row.name for row in items(pilot).shown_rows()] == ["anna_002"]


async def test_very_many_items_are_filtered_in_a_thread_and_the_newest_filter_wins(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wantui.ui.dataset.item_list.AT_ONCE", 10)
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        await type_text(pilot, "anna_02")
        await until(pilot, lambda: items(pilot).row_count == 5)
        assert items(pilot).row_at(0).name == "anna_020"
        await pilot.press("escape")
        await until(pilot, lambda: items(pilot).row_count == 24)


async def test_tokens_are_counted_by_the_trainers_tokenizer_away_from_the_event_loop(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_in: set[threading.Thread] = set()

    def count(_editing: object, text: str) -> int | None:
        asked_in.add(threading.current_thread())
        return 300 if text == services.view.items[2].caption else 3

    monkeypatch.setattr(type(services.captions), "tokens", count)
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        await type_text(pilot, "tokens:>75")
        await until(pilot, lambda: items(pilot).row_count == 1)
        assert items(pilot).row_at(0).name == "anna_003"
        assert asked_in
        assert threading.main_thread() not in asked_in


async def test_an_expression_that_never_ends_is_told_and_the_list_stays(services: FakeServices) -> None:
    services.view = replace(
        services.view, items=tuple(replace(item, caption="a" * 60) for item in services.view.items)
    )
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        await type_text(pilot, "/^(a|a|aa)+b$/")
        await until(pilot, lambda: "takes too long" in shown(pilot))
        assert items(pilot).row_count == 24


async def test_without_a_filter_no_filter_is_shown(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "/ filter   24 items" in shown(pilot)
        assert "status:" not in shown(pilot)


async def test_a_click_moves_the_cursor(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.click("#dataset", offset=(10, 5))
        row = items(pilot).highlighted
        assert row is not None
        assert row.name == "anna_004"


async def test_fifty_thousand_items_are_walked_through(services: FakeServices) -> None:
    item = services.view.items[0]
    many = tuple(replace(item, name=f"item_{number:05}") for number in range(50_000))
    services.view = DatasetView(services.view.path, many, (), services.view.report)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("G", "k")
        assert "item_49998" in shown(pilot)
        assert items(pilot).cursor == 49_998


async def test_the_first_items_are_shown_while_the_others_are_read(services: FakeServices) -> None:
    services.found_first = 5
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: items(pilot).row_count == 5)
        await pilot.press("j", "j", "space")
        await pilot.pause()
        text = shown(pilot)
        assert "· anna_001" in text
        assert "in a linen dress" in text
        assert "5 items so far" in text
        services.may_end.set()
        await settled(pilot)
        assert items(pilot).row_count == 24
        row = items(pilot).highlighted
        assert row is not None
        assert row.name == "anna_004"
        assert [row.name for row in items(pilot).marked_rows()] == ["anna_003"]
        assert "so far" not in shown(pilot)


async def test_no_dataset_says_what_to_do(services: FakeServices) -> None:
    services.dataset_trouble = "No dataset yet: dataset/dataset.toml does not exist.\nPut it there. Then press R."
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "No dataset yet" in shown(pilot)
        assert "Then press R." in shown(pilot)
        services.dataset_trouble = None
        await pilot.press("R")
        await until(pilot, lambda: items(pilot).row_count == 24)


async def test_foreign_text_is_neither_markup_nor_a_command_to_the_terminal(services: FakeServices) -> None:
    item = replace(services.view.items[0], name="[/workspace/x] 1", caption="[bold]a[/] \x1b[31mred\x07 [/nothing]")
    services.view = replace(services.view, items=(item,))
    services.gpu_trouble = "[/dev/nvidia0] is gone"
    services.kind = "[/kind]"
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        screen = await settled(pilot)
        screen.context.tell("[/workspace/x]", is_error=True)
        await pilot.press("e")
        await until(pilot, lambda: screen.query_one(PreviewPane).editor is not None)
        await pilot.press("escape")
        await until(pilot, lambda: screen.query_one(PreviewPane).editor is None)
        await pilot.pause()
        text = shown(pilot)
        assert "[/workspace/x] 1" in text
        assert "\x1b" not in text
        assert "\x07" not in text
        assert "[/dev/nvidia0] is gone" in text


async def test_the_beginning_that_captions_share_is_found(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        screen = await settled(pilot)
        assert screen.query_one(PreviewPane)._caption.trigger == "ohwx woman"


async def test_a_key_that_has_no_item_says_why(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("1", "/")
        await type_text(pilot, "nowhere-at-all")
        await pilot.press("enter")
        await until(pilot, lambda: not work_screen(pilot).query_one(DatasetList).row_count)
        for key in ("h", "enter", "V", "d"):
            before = len(told(pilot))
            await pilot.press(key)
            await until(pilot, lambda before=before: len(told(pilot)) > before)  # type: ignore[misc]
            assert told(pilot)[-1] == "No item is shown: esc shows every item again.", key
