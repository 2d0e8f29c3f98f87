"""Typing captions faster than they are written and read: every key counts once, for the caption it was meant for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.widgets import Input

from tests.ui.driving import settled, told, until, work_screen
from tests.ui.sites import CAPTIONS, app_of, texts
from wantui.services.captions import Captions
from wantui.ui.app import WantuiApp
from wantui.ui.captions.bulk_form import BulkForm
from wantui.ui.captions.conflict import ConflictScreen
from wantui.ui.captions.preview_pane import PreviewPane
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.dataset.import_form import ImportForm
from wantui.ui.dialogs.confirm import Confirm
from wantui.ui.log.view import LogView

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from wantui.dataset.model import Item
    from wantui.services.values import CaptionText
    from wantui.ui.captions.caption_editor import CaptionEditor


def editor(pilot: Pilot[None]) -> CaptionEditor | None:
    return work_screen(pilot).query_one(PreviewPane).editor


async def begin(pilot: Pilot[None]) -> CaptionEditor:
    """Open the first caption."""
    await settled(pilot)
    await pilot.press("g", "e")
    await until(pilot, lambda: (found := editor(pilot)) is not None and found.has_focus)
    found = editor(pilot)
    assert found is not None
    return found


def app(pilot: Pilot[None]) -> WantuiApp:
    assert isinstance(pilot.app, WantuiApp)
    return pilot.app


def at_once(pilot: Pilot[None], *keys: str) -> None:
    """Keys that arrive in one packet: none of them waits for the one before."""
    for key in keys:
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_keys_that_come_at_once_are_obeyed_in_their_order(site: Path) -> None:
    async with app_of(site).run_test(size=(200, 50)) as pilot:
        await begin(pilot)
        at_once(pilot, "a", "b", "backspace", "c", "left", "d", "ctrl+n", "X", "Y", "ctrl+p", "Z", "ctrl+s")
        await until(pilot, lambda: editor(pilot) is None)
        assert texts(site) == {"a": "ohwx, dogadcZ\n", "b": "cat, dogXY"}
        assert told(pilot) == []


async def test_a_proposal_is_taken_though_more_is_typed_behind_it(site: Path) -> None:
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        now = await begin(pilot)
        at_once(pilot, ",", " ", "c", "a", "tab", ",", " ", "x")
        await until(pilot, lambda: now.text.endswith("x"))
        assert now.text == "ohwx, dog, cat, x"


async def test_what_is_typed_while_a_caption_is_written_belongs_to_the_next(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_write, is_writing = threading.Event(), threading.Event()
    save = Captions.save

    def slow(self: Captions, item: Item, text: str, read_as: CaptionText | None) -> CaptionText:
        is_writing.set()
        assert may_write.wait(30)
        return save(self, item, text, read_as)

    monkeypatch.setattr(Captions, "save", slow)
    async with app_of(site).run_test(size=(200, 50)) as pilot:
        now = await begin(pilot)
        await pilot.press("1", "ctrl+n")
        await until(pilot, is_writing.is_set)
        await pilot.press("d", "q", "ctrl+n")
        pilot.app.post_message(events.Paste("pasted"))
        await pilot.pause()
        assert now.text.endswith("1")
        may_write.set()
        await until(pilot, lambda: now.row.name == "c" and now.text == "pasted")
        assert texts(site) == {"a": "ohwx, dog1\n", "b": "cat, dogdq"}
        assert not isinstance(pilot.app.screen, Confirm | ConflictScreen)


async def test_going_past_an_item_without_a_caption_writes_none(site: Path) -> None:
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        now = await begin(pilot)
        await pilot.press("ctrl+n", "ctrl+n")
        await until(pilot, lambda: now.row.name == "c")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: now.row.name == "b")
        assert texts(site) == {name: text for name, text in CAPTIONS.items() if text}


async def test_reverting_shows_what_the_file_has_by_then(site: Path) -> None:
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        now = await begin(pilot)
        await pilot.press("x")
        (site / "a.txt").write_text("theirs")
        await pilot.press("f2")
        await until(pilot, lambda: now.text == "theirs")
        await pilot.press("ctrl+z")
        assert now.text == "ohwx, dogx"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: texts(site)["a"] == "ohwx, dogx")


@pytest.mark.parametrize(("theirs", "begun"), [("cat, dog", "cat, dog!"), ("ohwx, dog?", "ohwx, dog!\nohwx, dog?")])
async def test_what_two_have_made_is_edited_by_hand(site: Path, theirs: str, begun: str) -> None:
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        now = await begin(pilot)
        await pilot.press("!")
        (site / "a.txt").write_text(theirs)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConflictScreen))
        await pilot.press("e")
        await until(pilot, lambda: now.text == begun)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: editor(pilot) is None)
        assert texts(site)["a"] == begun


async def test_a_click_on_a_key_of_the_editor_gives_it(site: Path) -> None:
    async with app_of(site).run_test(size=(200, 50)) as pilot:
        await begin(pilot)
        await pilot.press("x")
        await pilot.click("#keys", offset=(3, 0))
        await until(pilot, lambda: editor(pilot) is None)
        assert texts(site)["a"] == "ohwx, dogx\n"


async def test_what_is_typed_before_the_editor_is_there_is_meant_for_it(site: Path) -> None:
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        at_once(pilot, "g", "e", ",", " ", "d", "x", "c", "q")
        pilot.app.post_message(events.Paste(" pasted"))
        at_once(pilot, "!", "ctrl+n", "z", "ctrl+s")
        await until(pilot, lambda: texts(site)["b"].endswith("z"))
        assert texts(site) == {"a": "ohwx, dog, dxcq pasted!\n", "b": "cat, dogz"}
        assert told(pilot) == []


async def test_what_was_typed_for_an_editor_that_does_not_open_is_no_command(site: Path) -> None:
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        (site / "a.txt").write_bytes(b"caf\xe9")
        at_once(pilot, "g", "e", "d", "y", "enter", "c")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.pause()
        assert isinstance(pilot.app.screen, Confirm), "a caption has answered a question that nobody has seen"
        assert (site / "a.txt").read_bytes() == b"caf\xe9"
        await pilot.press("escape")
        assert editor(pilot) is None


async def test_what_is_typed_before_a_form_is_there_is_meant_for_it(site: Path) -> None:
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        at_once(pilot, "b", "f", "d", "q")
        await until(pilot, lambda: isinstance(pilot.app.screen, BulkForm))
        await until(pilot, lambda: pilot.app.screen.query(Input).first().value == "dq")
        await pilot.press("escape")
        at_once(pilot, "I", "home", "d", "q")
        await until(pilot, lambda: isinstance(pilot.app.screen, ImportForm))
        await until(pilot, lambda: any(entry.value.startswith("dq") for entry in pilot.app.screen.query(Input)))


async def test_what_was_typed_for_what_does_not_open_in_time_is_forgotten(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_read = threading.Event()
    read = Captions.read

    def slow(self: Captions, item: Item) -> CaptionText:
        assert may_read.wait(30)
        return read(self, item)

    monkeypatch.setattr(Captions, "read", slow)
    monkeypatch.setattr("wantui.ui.typed_ahead.LONGEST_S", 0.05)
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        at_once(pilot, "g", "e", "d", "x")
        await until(pilot, lambda: app(pilot).typed_ahead.opener is not None)
        await until(pilot, lambda: app(pilot).typed_ahead.opener is None)
        await pilot.press("4")
        await until(pilot, lambda: screen.place.value == "jobs")
        may_read.set()
        await until(pilot, lambda: editor(pilot) is not None)
        assert pilot.app.screen is screen
        assert texts(site)["a"] == "ohwx, dog\n"


async def test_a_filter_gets_what_is_typed_in_the_packet_that_begins_it(site: Path) -> None:
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        at_once(pilot, "slash", "d", "o", "x")
        await until(pilot, lambda: screen.query_one(DatasetList).words == "dox")
        await pilot.press("escape")
        at_once(pilot, "slash", "d", "o", "g", "enter")
        await until(pilot, lambda: screen.query_one(DatasetList).words == "dog")
        at_once(pilot, "escape", "apostrophe", "b")
        await until(pilot, lambda: (row := screen.query_one(DatasetList).highlighted) is not None and row.name == "b")
        assert pilot.app.screen is screen


async def test_a_search_of_the_log_gets_what_is_typed_in_the_packet_that_begins_it(site: Path) -> None:
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        await pilot.press("5")
        at_once(pilot, "slash", "d", "q")
        log = screen.query_one(LogView)
        await until(pilot, lambda: "dq" in log.render_line(log.size.height - 1).text)
        assert pilot.app.screen is screen
