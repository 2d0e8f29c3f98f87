from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import items, settled, shown, told, type_text, until, work_screen
from wantui.ui.app import WantuiApp
from wantui.ui.commands.catalogue import Place
from wantui.ui.data.backend import BackendError
from wantui.ui.screens.confirm import Confirm
from wantui.ui.widgets.preview_pane import PreviewPane
from wantui.workbench.rows import ItemStatus

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.ui.fake import FakeBackend
    from wantui.dataset.model import Item
    from wantui.ui.data.backend import CaptionText
    from wantui.ui.widgets.caption_editor import CaptionEditor


def editor(pilot: Pilot[None]) -> CaptionEditor | None:
    return work_screen(pilot).query_one(PreviewPane).editor


async def begin(pilot: Pilot[None]) -> None:
    await settled(pilot)
    await pilot.press("e")
    await until(pilot, lambda: (found := editor(pilot)) is not None and found.has_focus)


async def until_asked(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))


async def test_a_saved_caption_is_stale_at_once(backend: FakeBackend) -> None:
    async with WantuiApp(backend).run_test(size=(200, 50)) as pilot:
        await begin(pilot)
        await type_text(pilot, ", soft")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: items(pilot).rows[0].status is ItemStatus.STALE)
        assert (
            "save",
            "anna_001",
            "ohwx woman, in a linen dress, standing in a field at dusk, soft",
        ) in backend.calls
        assert editor(pilot) is None
        assert items(pilot).has_focus


async def test_an_unchanged_caption_is_left_without_a_question(backend: FakeBackend) -> None:
    async with WantuiApp(backend).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        assert work_screen(pilot).place is Place.EDITOR
        await pilot.press("escape")
        await until(pilot, lambda: editor(pilot) is None)
        assert items(pilot).has_focus
        assert not [call for call in backend.calls if call[0] == "save"]


async def test_leaving_a_changed_caption_asks(backend: FakeBackend) -> None:
    async with WantuiApp(backend).run_test(size=(200, 50)) as pilot:
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
        assert not [call for call in backend.calls if call[0] == "save"]


async def test_leaving_a_changed_caption_can_save_it(backend: FakeBackend) -> None:
    async with WantuiApp(backend).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await type_text(pilot, "x")
        await pilot.press("escape")
        await until_asked(pilot)
        await pilot.press("s")
        await until(pilot, lambda: editor(pilot) is None)
        assert backend.texts["anna_001"].endswith("duskx")


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
async def test_leaving_the_program_asks_for_an_unsaved_caption(backend: FakeBackend, key: str) -> None:
    backend.job_views = ()
    app = WantuiApp(backend)
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
        assert backend.texts["anna_001"].endswith("duskx")


async def test_a_caption_that_cannot_be_saved_keeps_the_program(backend: FakeBackend) -> None:
    backend.job_views = ()
    backend.conflicts = True
    app = WantuiApp(backend)
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await type_text(pilot, "x")
        await pilot.press("ctrl+q")
        await until_asked(pilot)
        await pilot.press("s")
        await until(pilot, lambda: "changed by somebody else" in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Confirm))
        assert editor(pilot) is not None
        assert not app._exit


async def test_save_and_go_on_to_the_next_and_back(backend: FakeBackend) -> None:
    async with WantuiApp(backend).run_test(size=(200, 50)) as pilot:
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
        saved = [(call[1], str(call[2])[-1]) for call in backend.calls if call[0] == "save"]
        assert saved == [("anna_001", "1"), ("anna_002", "2")]
        assert items(pilot).has_focus


async def test_a_caption_changed_by_others_is_not_overwritten_unasked(backend: FakeBackend) -> None:
    backend.conflicts = True
    async with WantuiApp(backend).run_test(size=(200, 50)) as pilot:
        await begin(pilot)
        await type_text(pilot, "mine")
        await pilot.press("ctrl+s")
        await until_asked(pilot)
        assert "changed by somebody else" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Confirm))
        now = editor(pilot)
        assert now is not None
        assert now.text.endswith("mine")
        assert backend.texts["anna_001"] == "theirs"
        await pilot.press("ctrl+s")
        await until_asked(pilot)
        await pilot.press("o")
        await until(pilot, lambda: editor(pilot) is None)
        assert backend.texts["anna_001"].endswith("mine")


async def test_the_other_caption_can_be_taken_over(backend: FakeBackend) -> None:
    backend.conflicts = True
    async with WantuiApp(backend).run_test(size=(200, 50)) as pilot:
        await begin(pilot)
        await type_text(pilot, "mine")
        await pilot.press("ctrl+s")
        await until_asked(pilot)
        await pilot.press("r")
        await until(pilot, lambda: (now := editor(pilot)) is not None and now.text == "theirs")
        assert not [call for call in backend.calls if call[0] == "save"]


async def test_theirs_that_cannot_be_read_leaves_yours(backend: FakeBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    backend.conflicts = True
    async with WantuiApp(backend).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await type_text(pilot, "mine")
        await pilot.press("ctrl+s")
        await until_asked(pilot)

        def unreadable(_item: Item) -> CaptionText:
            raise BackendError("anna_001.txt is not readable: allow it with chmod")

        monkeypatch.setattr(backend, "read_caption", unreadable)
        await pilot.press("r")
        await until(pilot, lambda: told(pilot) == ["anna_001.txt is not readable: allow it with chmod"])
        now = editor(pilot)
        assert now is not None
        assert now.text.endswith("mine")


async def test_a_failure_is_told_without_internal_names(
    backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_item: Item) -> CaptionText:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(backend, "read_caption", broken)
    async with WantuiApp(backend).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await until(pilot, lambda: told(pilot) == ["wantui itself has failed: ZeroDivisionError('a fault')"])


async def test_every_answer_is_shown_whole_on_a_narrow_screen(backend: FakeBackend) -> None:
    backend.conflicts = True
    async with WantuiApp(backend).run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        await type_text(pilot, "mine")
        await pilot.press("ctrl+s")
        await until_asked(pilot)
        for answer in ("r show theirs, yours is lost", "o write yours, theirs is lost", "esc keep editing"):
            assert answer in shown(pilot)
