from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.geometry import Region

from tests.ui.driving import items, settled, shown, told, type_text, until, work_screen
from wantui.errors import WantuiError
from wantui.listing.rows import ItemStatus
from wantui.ui.app import WantuiApp
from wantui.ui.captions import editor_facts
from wantui.ui.captions.conflict import ConflictScreen
from wantui.ui.captions.editor_facts import EditorFacts
from wantui.ui.captions.preview_pane import PreviewPane
from wantui.ui.commands.catalogue import Place
from wantui.ui.dialogs.confirm import Confirm

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices
    from wantui.dataset.model import Item
    from wantui.services.values import CaptionText
    from wantui.ui.captions.caption_editor import CaptionEditor


def editor(pilot: Pilot[None]) -> CaptionEditor | None:
    return work_screen(pilot).query_one(PreviewPane).editor


async def begin(pilot: Pilot[None]) -> None:
    await settled(pilot)
    await pilot.press("e")
    await until(pilot, lambda: (found := editor(pilot)) is not None and found.has_focus)


async def until_asked(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))


async def test_a_saved_caption_is_stale_at_once(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await begin(pilot)
        await type_text(pilot, ", soft")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: items(pilot).rows[0].status is ItemStatus.STALE)
        assert (
            "save",
            "anna_001",
            "ohwx woman, in a linen dress, standing in a field at dusk, soft",
        ) in services.calls
        assert editor(pilot) is None
        assert items(pilot).has_focus


async def test_an_unchanged_caption_is_left_without_a_question(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        assert work_screen(pilot).place is Place.EDITOR
        await pilot.press("escape")
        await until(pilot, lambda: editor(pilot) is None)
        assert items(pilot).has_focus
        assert not [call for call in services.calls if call[0] == "save"]


async def test_leaving_a_changed_caption_asks(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await begin(pilot)
        await type_text(pilot, "x")
        await pilot.press("escape")
        await until_asked(pilot)
        assert "changed and not saved" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Confirm))
        assert editor(pilot) is not None
        await pilot.press("escape")
        await until_asked(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Confirm)
        await pilot.press("d")
        await until(pilot, lambda: editor(pilot) is None)
        assert not [call for call in services.calls if call[0] == "save"]


async def test_leaving_a_changed_caption_can_save_it(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await type_text(pilot, "x")
        await pilot.press("escape")
        await until_asked(pilot)
        await pilot.press("s")
        await until(pilot, lambda: editor(pilot) is None)
        assert services.texts["anna_001"].endswith("duskx")


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
async def test_leaving_the_program_asks_for_an_unsaved_caption(services: FakeServices, key: str) -> None:
    services.job_views = ()
    app = WantuiApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await type_text(pilot, "x")
        await pilot.press(key)
        await until_asked(pilot)
        assert "changed and not saved" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Confirm))
        now = editor(pilot)
        assert now is not None
        assert now.text.endswith("x")
        assert not app._exit
        await pilot.press(key)
        await until_asked(pilot)
        await pilot.press("s")
        await until(pilot, lambda: app._exit)
        assert services.texts["anna_001"].endswith("duskx")


async def test_a_caption_that_cannot_be_saved_keeps_the_program(services: FakeServices) -> None:
    services.job_views = ()
    services.conflicts = True
    app = WantuiApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await type_text(pilot, "x")
        await pilot.press("ctrl+q")
        await until_asked(pilot)
        await pilot.press("s")
        await until_conflict(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        assert editor(pilot) is not None
        assert not app._exit


async def test_save_and_go_on_to_the_next_and_back(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await begin(pilot)
        await type_text(pilot, "1")
        await pilot.press("ctrl+n")
        await until(
            pilot, lambda: (now := editor(pilot)) is not None and now.row.name == "anna_002" and now.has_focus
        )
        await type_text(pilot, "2")
        await pilot.press("ctrl+p")
        await until(
            pilot, lambda: (now := editor(pilot)) is not None and now.row.name == "anna_001" and now.has_focus
        )
        await pilot.press("escape")
        await until(pilot, lambda: editor(pilot) is None)
        saved = [(call[1], str(call[2])[-1]) for call in services.calls if call[0] == "save"]
        assert saved == [("anna_001", "1"), ("anna_002", "2")]
        assert items(pilot).has_focus


async def until_conflict(pilot: Pilot[None]) -> ConflictScreen:
    await until(pilot, lambda: isinstance(pilot.app.screen, ConflictScreen))
    asked = pilot.app.screen
    assert isinstance(asked, ConflictScreen)
    return asked


async def test_a_caption_changed_by_others_is_not_overwritten_unasked(services: FakeServices) -> None:
    services.conflicts = True
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await begin(pilot)
        await type_text(pilot, "mine")
        await pilot.press("ctrl+s")
        await until_conflict(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        now = editor(pilot)
        assert now is not None
        assert now.text.endswith("mine")
        assert services.texts["anna_001"] == "theirs"
        await pilot.press("ctrl+s")
        await until_conflict(pilot)
        await pilot.press("y")
        await until(pilot, lambda: editor(pilot) is None)
        assert services.texts["anna_001"].endswith("mine")


async def test_theirs_can_stay_and_yours_is_kept_as_a_draft(services: FakeServices) -> None:
    services.conflicts = True
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await begin(pilot)
        await type_text(pilot, "mine")
        await pilot.press("ctrl+s")
        await until_conflict(pilot)
        await pilot.press("t")
        await until(pilot, lambda: editor(pilot) is None)
        assert services.texts["anna_001"] == "theirs"
        assert [draft.endswith("mine") for draft in services.captions.drafts] == [True]
        assert not [call for call in services.calls if call[0] == "save"]


async def test_edits_of_different_places_are_put_together(services: FakeServices) -> None:
    base = "ohwx woman, in a linen dress, standing in a field at dusk"
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await type_text(pilot, ", soft")
        await pilot.app.push_screen(ConflictScreen("a.txt", base, base + ", soft", base.replace("linen", "red")))
        asked = await until_conflict(pilot)
        assert asked.together == base.replace("linen", "red") + ", soft"
        for key in ("y keep mine", "t keep theirs", "b keep both", "esc back"):
            assert key in shown(pilot)
        drawn = "\n".join(line.text for line in asked.query_one("#texts").render_lines(Region(0, 0, 70, 14)))
        assert "[-linen-]{+red+}" in drawn
        assert "{+, soft+}" in drawn


async def test_edits_of_one_place_cannot_be_put_together(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.app.push_screen(ConflictScreen("a.txt", "a dog", "a red dog", "a blue dog"))
        asked = await until_conflict(pilot)
        assert asked.together is None
        await pilot.press("b")
        assert pilot.app.screen is asked


async def test_theirs_that_cannot_be_read_leaves_yours(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.conflicts = True
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await type_text(pilot, "mine")

        def unreadable(_item: Item) -> CaptionText:
            raise WantuiError("anna_001.txt is not readable: allow it with chmod")

        monkeypatch.setattr(services.captions, "read", unreadable)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: told(pilot) == ["anna_001.txt is not readable: allow it with chmod"])
        now = editor(pilot)
        assert now is not None
        assert now.text.endswith("mine")


async def test_the_dataset_completes_what_is_typed(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await begin(pilot)
        await type_text(pilot, ", close-up p")
        now = editor(pilot)
        assert now is not None
        await until(pilot, lambda: now.proposals[:1] == ("close-up portrait",))
        await pilot.press("tab")
        assert now.text.endswith(", close-up portrait")
        assert now.has_focus
        assert now.proposals == ()


async def test_the_facts_are_those_of_the_caption_that_is_shown(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await begin(pilot)

        def said() -> str:
            return str(
                work_screen(pilot).query_one("#editor-facts").render_lines(Region(0, 0, 60, 1))[0].text
            ).strip()

        first, second = (row.item.caption or "" for row in items(pilot).rows[:2])
        assert said() == f"{len(first.split())} words"
        await pilot.press("ctrl+n")
        await until(pilot, lambda: (now := editor(pilot)) is not None and now.text == second)
        await until(pilot, lambda: said() == f"{len(second.split())} words")
        assert len(first.split()) != len(second.split())


async def test_what_was_typed_is_taken_back_to_what_the_file_has(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await begin(pilot)
        await type_text(pilot, "x")
        await pilot.press("f2")
        now = editor(pilot)
        assert now is not None
        assert not now.has_changed


async def test_a_failure_is_told_without_internal_names(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_item: Item) -> CaptionText:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(services.captions, "read", broken)
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await until(pilot, lambda: told(pilot) == ["wantui itself has failed: ZeroDivisionError('a fault')"])


async def test_tokens_are_counted_one_text_at_a_time_and_the_last_one_counts(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the tokenizer is loading, typing must not fill the pool of threads that saving needs as well."""
    may_answer, is_asked = threading.Event(), threading.Event()
    asked: list[str] = []

    def tokens(text: str) -> int:
        asked.append(text)
        is_asked.set()
        assert may_answer.wait(30)
        return len(text)

    monkeypatch.setattr(services.captions, "tokens", tokens)
    monkeypatch.setattr(editor_facts, "DEBOUNCE_S", 0.001)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await until(pilot, is_asked.is_set)
        begun = asked[0]
        facts = work_screen(pilot).query_one(EditorFacts)
        assert facts.length == "12 words"
        await pilot.press(*"wxyz")
        may_answer.set()
        await until(pilot, lambda: facts.length == f"{len(begun) + 4} tokens of 512")
        assert asked == [begun, f"{begun}wxyz"]


async def test_a_saved_caption_is_looked_at_by_itself_and_the_dataset_once(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wantui.ui.work.rescans.SETTLE_S", 3.0)  # both edits come within it, however busy the machine
    app = WantuiApp(services)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await settled(pilot)
        file = screen.rows[0].item.caption_file
        assert file is not None
        looks = services.calls.count(("dataset",))
        saved = replace(screen.rows[0].item, caption="saved here")
        services.rescanned = replace(services.view, items=(saved,), problems=(), report=None)
        services.view = replace(services.view, items=(saved, *services.view.items[1:]))
        await pilot.press("e")
        await until(pilot, lambda: screen.query_one(PreviewPane).editor is not None)
        await pilot.press("x", "ctrl+s")
        await until(pilot, lambda: ("partial_rescan", frozenset({file})) in services.calls)
        services.edits.put(frozenset({file}))  # the watcher sees the same
        await until(pilot, lambda: services.calls.count(("partial_rescan", frozenset({file}))) == 2)
        await until(pilot, lambda: services.calls.count(("dataset",)) > looks)
        await settled(pilot)
        assert services.calls.count(("dataset",)) == looks + 1


async def test_no_flow_takes_the_focus_from_a_caption_that_is_edited(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await begin(pilot)
        work_screen(pilot).context.go(Place.LOG)
        await pilot.pause()
        found = editor(pilot)
        assert found is not None
        assert found.has_focus
        assert work_screen(pilot).place is Place.EDITOR
