"""No dialog cuts what it says at 80x24: every word is on the screen, or comes there by scrolling."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import TYPE_CHECKING, Any

import pytest
from textual.widget import Widget

import wantui.ui
from tests.ui.driving import ready, shown, until, work_screen
from wantui.ui.app import WantuiApp
from wantui.ui.captions.conflict import ConflictScreen
from wantui.ui.dialogs.ask_name import AskName
from wantui.ui.dialogs.ask_path import AskPath
from wantui.ui.dialogs.confirm import Answer, Confirm
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.dialogs.help import HelpEntry, HelpScreen, HelpSection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot
    from textual.screen import Screen

    from tests.ui.fake import FakeServices

SIZE = (80, 24)
NAME = "portrait-by-the-old-harbour-at-dawn-with-a-red-umbrella-0041.png"
LONG = f"The file {NAME} was moved by somebody else meanwhile, so that nothing of it is written. " * 3
SAID: dict[str, tuple[Callable[[Path], Screen[Any]], str]] = {
    "Confirm": (
        lambda _: Confirm(LONG, *(Answer((key,), f"{key} does this to {NAME}", key) for key in "abcdef")),
        LONG + " ".join(f"{key} does this to" for key in "abcdef"),
    ),
    "AskName": (lambda _: AskName("A name", LONG), LONG),
    "AskPath": (lambda base: AskPath("A folder", LONG, base), LONG),
    "HelpScreen": (
        lambda _: HelpScreen("Keys", lambda _: (HelpSection(NAME, tuple(HelpEntry("x", LONG) for _ in "123")),)),
        LONG,
    ),
    "ConflictScreen": (
        lambda _: ConflictScreen(NAME, "one, two", f"one, {LONG}", f"two, {LONG}"),
        f"{LONG} Changed by somebody else while you edited it. Nothing is lost",
    ),
}
"""By class: how one is made that says much, and what it says."""
BY_KEYS = {
    "BulkForm": "bs", "DatasetForm": "o", "ImportForm": "I", "ProblemsScreen": "p", "QueueScreen": "Q",
    "StepsScreen": "H", "TagBrowser": "T", "DoctorScreen": "K", "SetupScreen": "U", "EventScreen": "!",
}  # fmt: skip
"""By class: the keys that open it from the dataset list."""
ELSEWHERE = {
    "ChoosePreset", "ChooseRun", "CompareScreen", "ComparedRuns", "JobDetails", "PlanForm", "ProposalsScreen",
    "ReleaseScreen", "ResumeForm", "RunForm", "RunScreen", "StartScreen", "UploadScreen",
}  # fmt: skip
"""Those that stand on what their own tests set up."""


def all_dialogs() -> set[str]:
    for module in pkgutil.walk_packages(wantui.ui.__path__, "wantui.ui."):
        importlib.import_module(module.name)
    found, names = [*Dialog.__subclasses__()], set[str]()
    while found:
        one = found.pop()
        found += one.__subclasses__()
        if one.__module__.startswith("wantui."):
            names.add(one.__name__)
    return names


def test_every_dialog_is_in_a_list_here() -> None:
    assert all_dialogs() == SAID.keys() | BY_KEYS.keys() | ELSEWHERE


async def words_seen(pilot: Pilot[None]) -> set[str]:
    """Every word that comes on the screen, wherever it can be scrolled."""
    seen = set(re.findall(r"\w+", shown(pilot)))
    for widget in [
        each
        for each in pilot.app.screen.walk_children(Widget)
        if each.max_scroll_y > 0 and each.allow_vertical_scroll
    ]:
        for y in (*range(0, widget.max_scroll_y, max(1, widget.size.height)), widget.max_scroll_y):
            widget.scroll_to(y=y, animate=False, immediate=True)
            await pilot.pause()
            seen |= set(re.findall(r"\w+", shown(pilot)))
    return seen


@pytest.mark.parametrize("name", SAID)
async def test_every_sentence_is_seen(services: FakeServices, tmp_path: Path, name: str) -> None:
    make, says = SAID[name]
    async with WantuiApp(services).run_test(size=SIZE) as pilot:
        await ready(pilot)
        dialog = make(tmp_path)
        pilot.app.push_screen(dialog)
        await until(pilot, lambda: pilot.app.screen is dialog)
        await until(pilot, lambda: "somebody" in shown(pilot))
        missing = set(re.findall(r"\w+", says)) - await words_seen(pilot)
        assert not missing


@pytest.mark.parametrize("name", BY_KEYS)
async def test_the_keys_in_a_border_are_whole(services: FakeServices, name: str) -> None:
    async with WantuiApp(services).run_test(size=SIZE) as pilot:
        await ready(pilot)
        await pilot.press(*BY_KEYS[name])
        await until(pilot, lambda: pilot.app.screen is not work_screen(pilot))
        await pilot.pause()
        assert type(pilot.app.screen).__name__ == name
        boxes = [*pilot.app.screen.query(".dialog")] or [*pilot.app.screen.walk_children(Widget)]
        for box in boxes:
            for text in (box.border_title, box.border_subtitle):
                assert len(box.render_str(text or "").plain) <= box.outer_size.width - 6, text
