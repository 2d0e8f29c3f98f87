"""Changes of many captions, taking back, the trash: keys in, files out."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest
from textual import events

from tests.ui.driving import items, settled, told, type_text, until, work_screen
from tests.ui.sites import CAPTIONS, app_of, files, texts
from wantui.captions.operations import AddText
from wantui.services.captions import Captions
from wantui.ui.captions import bulk_form
from wantui.ui.captions.bulk_form import BulkForm
from wantui.ui.changes.screen import StepsScreen
from wantui.ui.dialogs.confirm import Confirm
from wantui.ui.drawing.difference_list import DifferenceList

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.pilot import Pilot

    from wantui.captions.bulk import BulkPreview
    from wantui.captions.files import SaveReport
    from wantui.captions.operations import Operation
    from wantui.dataset.model import Item


async def opened(pilot: Pilot[None], key: str) -> BulkForm:
    """The form of a change, chosen by its key."""
    await pilot.press("b", key)
    await until(pilot, lambda: isinstance(pilot.app.screen, BulkForm))
    form = pilot.app.screen
    assert isinstance(form, BulkForm)
    return form


async def changes(pilot: Pilot[None], count: int) -> DifferenceList:
    """What would change, once so many changes are shown."""
    form = pilot.app.screen
    assert isinstance(form, BulkForm)
    found = form.query_one(DifferenceList)
    await until(pilot, lambda: form.has_settled and len(found.changes) == count)
    return found


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_trigger_word_is_added_to_all_taken_back_and_done_again(site: Path, size: tuple[int, int]) -> None:
    before = texts(site)
    async with app_of(site).run_test(size=size) as pilot:
        await settled(pilot)
        await opened(pilot, "f")
        await type_text(pilot, "ohwx")
        found = await changes(pilot, 2)
        drawn = "".join(segment.text for segment in found.render_line(0))
        assert "{+ohwx, +}" in drawn
        assert texts(site) == before
        await pilot.press("enter")
        after = before | {"b": "ohwx, cat, dog", "c": "ohwx\n"}
        await until(pilot, lambda: texts(site) == after)
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        await pilot.press("u")
        await until(pilot, lambda: texts(site) == before)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: texts(site) == after)


async def test_only_marked_items_are_changed(site: Path) -> None:
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("j", "space")
        form = await opened(pilot, "n")
        assert "1 marked item" in str(form.query_one("#bulk").border_title)
        await type_text(pilot, "dog")
        await pilot.press("enter")
        await type_text(pilot, "hound")
        await changes(pilot, 1)
        await pilot.press("enter")
        await until(pilot, lambda: texts(site)["b"] == "cat, hound")
        assert texts(site)["a"] == CAPTIONS["a"]


async def test_leaving_changes_nothing_and_enter_alone_does_neither(site: Path) -> None:
    before = texts(site)
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await opened(pilot, "r")
        await type_text(pilot, "horse")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.query_one(DifferenceList).note == "No caption changes.")
        assert isinstance(pilot.app.screen, BulkForm)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
    assert texts(site) == before


async def test_a_wrong_expression_is_told_while_it_is_typed(site: Path) -> None:
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        form = await opened(pilot, "x")
        await type_text(pilot, "(")
        await until(pilot, lambda: "not a valid regular expression" in str(form.query_one("#verdict").render()))


async def test_what_is_changed_by_another_meanwhile_is_left(site: Path) -> None:
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await opened(pilot, "r")
        await type_text(pilot, "dog")
        await changes(pilot, 2)
        (site / "a.txt").write_text("theirs, dog")
        await pilot.press("enter")
        await until(pilot, lambda: texts(site)["b"] == "cat")
        assert texts(site)["a"] == "theirs, dog"


async def test_an_item_goes_to_the_trash_and_comes_back(site: Path) -> None:
    before = files(site)
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("d", "d")
        await until(pilot, lambda: not (site / "a.jpg").exists() and not (site / "a.txt").exists())
        await until(pilot, lambda: items(pilot).row_count == 2)
        await pilot.press("D", "1")
        await until(pilot, lambda: files(site) == before)
        await until(pilot, lambda: items(pilot).row_count == 3)
        await pilot.press("u")
        await until(pilot, lambda: not (site / "a.jpg").exists())
        await pilot.press("u")
        await until(pilot, lambda: files(site) == before)


async def test_what_another_has_edited_since_is_not_overwritten_by_undo(site: Path) -> None:
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for tag, name, left in (("cat", "b", "dog"), ("ohwx", "a", "dog\n")):
            await opened(pilot, "r")
            await type_text(pilot, tag)
            await until(pilot, lambda: isinstance(form := pilot.app.screen, BulkForm) and form.has_settled)
            await pilot.press("enter")
            await until(pilot, partial(lambda name, left: texts(site)[name] == left, name, left))
            await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        (site / "a.txt").write_text("theirs")
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("s")
        await until(pilot, lambda: any("kept" in said for said in told(pilot)))
        await pilot.press("u")
        await until(pilot, lambda: texts(site)["b"] == CAPTIONS["b"])
        assert texts(site)["a"] == "theirs"


async def test_what_was_done_is_listed(site: Path) -> None:
    async with app_of(site).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await opened(pilot, "u")
        await type_text(pilot, "someone")
        await changes(pilot, 1)
        await pilot.press("enter")
        await until(pilot, lambda: texts(site).get("c") == "someone\n")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        await pilot.press("H")
        await until(pilot, lambda: isinstance(pilot.app.screen, StepsScreen))
        drawn = "".join(segment.text for segment in pilot.app.screen.query_one("#steps").render_line(0))
        assert "caption the uncaptioned with someone in 1 caption" in drawn
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))


async def test_enter_does_what_is_typed_not_what_was_typed_before(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The captions are still being read for the first letter when the second one comes."""
    may_answer, is_asked = threading.Event(), threading.Event()
    preview = Captions.preview

    def slow(self: Captions, found: Sequence[Item], operation: Operation) -> BulkPreview:
        if operation == AddText("x"):
            is_asked.set()
            assert may_answer.wait(30)
        return preview(self, found, operation)

    monkeypatch.setattr(Captions, "preview", slow)
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        form = await opened(pilot, "f")
        await type_text(pilot, "x")
        await until(pilot, is_asked.is_set)
        monkeypatch.setattr(bulk_form, "DEBOUNCE_S", 3600.0)
        await pilot.press("y")
        may_answer.set()
        await until(pilot, lambda: all(worker.is_finished for worker in pilot.app.workers if worker.node is form))
        assert not form.has_settled
        await pilot.press("enter")
        await changes(pilot, 3)
        assert texts(site)["b"] == CAPTIONS["b"]
        await pilot.press("enter")
        await until(pilot, lambda: texts(site)["b"] == "xy, cat, dog")


async def test_what_was_left_out_is_told_though_another_change_is_begun(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_write, is_writing = threading.Event(), threading.Event()
    apply = Captions.apply

    def slow(self: Captions, seen: BulkPreview) -> SaveReport:
        is_writing.set()
        assert may_write.wait(30)
        return apply(self, seen)

    monkeypatch.setattr(Captions, "apply", slow)
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await opened(pilot, "f")
        await type_text(pilot, "x")
        await changes(pilot, 3)
        (site / "b.txt").write_text("theirs")
        await pilot.press("enter")
        await until(pilot, is_writing.is_set)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        may_write.set()
        await until(pilot, lambda: any("left as they are: b.jpg" in said for said in told(pilot)))


async def test_two_presses_take_back_two_steps_and_tell_of_both(site: Path) -> None:
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for word in ("x", "y"):
            await opened(pilot, "f")
            await type_text(pilot, word)
            await changes(pilot, 3)
            await pilot.press("enter")
            await until(pilot, partial(lambda word: texts(site).get("c", "").startswith(word), word))
            await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        for _ in range(2):
            pilot.app.post_message(events.Key("u", "u"))
        await until(pilot, lambda: sum(said.startswith("Undone: ") for said in told(pilot)) == 2)
        assert texts(site) == {name: text for name, text in CAPTIONS.items() if text}
