"""Keys that arrive in one packet are obeyed in their order, in every field of every form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual._xterm_parser import XTermParser
from textual.widgets import Input

from tests.ui.driving import ready, until, work_screen
from tests.ui.fake_resuming import end_run
from wantui.ui.app import WantuiApp
from wantui.ui.dialogs.ask_name import AskName
from wantui.ui.dialogs.ask_path import AskPath
from wantui.ui.dialogs.help import HelpScreen
from wantui.ui.dialogs.path_input import PathInput

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot
    from textual.screen import Screen

    from tests.ui.fake import FakeServices
    from wantui.ui.dialogs.dialog import Dialog

CTRL_U, LEFT, HOME, END, BACKSPACE, TAB, ENTER = "\x15", "\x1b[D", "\x1b[H", "\x1b[F", "\x7f", "\t", "\r"
SEQUENCES = [
    (f"7{CTRL_U}25", "25"),
    (f"{CTRL_U}71{BACKSPACE}2", "72"),
    (f"{CTRL_U}3{LEFT}4", "43"),
    (f"{END}{CTRL_U}{HOME}1{END}2{BACKSPACE}3", "13"),
    (f"{CTRL_U}12{LEFT}{LEFT}{BACKSPACE}3{END}4\x17567", "567"),
]
"""What is sent at once, and what the field has then: digits, which fields of numbers take too."""
FORMS = {
    "run": ("t", 5), "dataset": ("o", 8), "import": ("I", 1), "replace": ("bs", 2), "add text": ("bf", 1),
    "palette": ("\x10", 1),
}  # fmt: skip
"""The keys that open each form from the dataset list, and how many fields it has at least."""


def send(pilot: Pilot[None], packet: str) -> None:
    """What the terminal sends in one packet, by the way that it takes in a real one."""
    driver = pilot.app._driver
    assert driver is not None
    for event in XTermParser().feed(packet):
        driver.process_message(event)


async def fields_of(pilot: Pilot[None]) -> list[Input]:
    """The fields of the form in front, when it has the keys."""
    front: list[Screen[object]] = []

    def is_there() -> bool:
        front[:] = [pilot.app.screen]
        return front[0] is not work_screen(pilot) and isinstance(pilot.app.focused, Input)

    await until(pilot, is_there)
    return list(front[0].query(Input))


async def obey_all(pilot: Pilot[None]) -> int:
    """Send every sequence to every field; the number of fields."""
    fields = await fields_of(pilot)
    for field in fields:
        field.focus()
        await pilot.pause()
        for packet, becomes in SEQUENCES:
            send(pilot, packet)
            await until(pilot, lambda: pilot.app.typed_ahead.under_way is None)  # type: ignore[attr-defined]
            await until(pilot, lambda field=field, becomes=becomes: field.value == becomes)  # type: ignore[misc]
    return len(fields)


@pytest.mark.parametrize("form", FORMS)
async def test_every_field_obeys_in_order(services: FakeServices, form: str) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        keys, fields = FORMS[form]
        send(pilot, keys)
        assert await obey_all(pilot) >= fields


async def test_the_form_of_going_on_obeys_in_order(services: FakeServices) -> None:
    end_run(services)
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        send(pilot, "4gjjC")
        assert await obey_all(pilot) == 1


@pytest.mark.parametrize("kind", [AskName, AskPath])
async def test_questions_obey_in_order(services: FakeServices, tmp_path: Path, kind: type[Dialog[object]]) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        asked = AskName("A name", "for it") if kind is AskName else AskPath("A path", "to it", tmp_path)
        pilot.app.push_screen(asked)
        assert await obey_all(pilot) == 1


async def test_tab_between_pasted_texts_goes_to_the_next_field(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        send(pilot, f"t{CTRL_U}\x1b[200~anna two\x1b[201~{TAB}{CTRL_U}\x1b[200~me\x1b[201~{TAB}")
        fields = await fields_of(pilot)
        await until(pilot, lambda: [field.value for field in fields[:2]] == ["anna two", "me"])
        await until(pilot, lambda: pilot.app.focused is fields[2])


async def test_tab_completes_a_path_before_what_is_typed_behind_it(services: FakeServices, tmp_path: Path) -> None:
    (tmp_path / "pictures" / "summer").mkdir(parents=True)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        pilot.app.push_screen(AskPath("A path", "to it", tmp_path))
        field = (await fields_of(pilot))[0]
        assert isinstance(field, PathInput)
        send(pilot, f"pi{TAB}su{TAB}x")
        await until(pilot, lambda: field.value == "pictures/summer/x")


async def test_enter_in_the_packet_of_a_query_takes_what_it_finds(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        send(pilot, f"\x10shortcuts{ENTER}")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))


async def test_a_key_that_is_never_obeyed_holds_up_nobody(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wantui.ui.typed_ahead.LONGEST_S", 0.0)
    monkeypatch.setattr(WantuiApp, "_is_obeyed", lambda *_: None)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("5", "4")
        await until(pilot, lambda: work_screen(pilot).place.value == "jobs")
