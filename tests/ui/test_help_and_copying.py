"""Help in every place, what `y` copies, half pages, and ctrl+z where it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import items, ready, shown, told, until, work_screen
from wantui.ui.app import WantuiApp
from wantui.ui.copying import MOST_BYTES, copy
from wantui.ui.dialogs.help import HelpScreen
from wantui.ui.runs.job_details import JobDetails

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices


async def opened(pilot: Pilot[None], *keys: str) -> None:
    """Press keys, and wait for what they lay over the work screen."""
    await pilot.press(*keys)
    if keys:
        await until(pilot, lambda: pilot.app.screen is not work_screen(pilot))


@pytest.mark.parametrize(
    ("keys", "ask", "said"),
    [
        ((), "question_mark", "Jump to an item by the start of its name"),
        (("p",), "question_mark", "Fix all like this"),
        (("H",), "question_mark", "Copy what was changed"),
        (("Q",), "question_mark", "Pause or resume the queue"),
        (("exclamation_mark",), "question_mark", "Copy what has happened"),
        (("4", "down", "enter"), "question_mark", "Copy the command line"),
        (("V",), "question_mark", "Copy the caption"),
        (("S",), "question_mark", "Show what the trainer cuts off"),
        (("x",), "question_mark", "all of run 7 now"),
        (("t",), "f1", "Copy the command lines of the plan"),
        (("o",), "f1", "Go to the next field"),
        (("I",), "f1", "Go to the next field"),
    ],
)
async def test_help_opens_in_every_list_dialog_and_form(
    services: FakeServices, keys: tuple[str, ...], ask: str, said: str
) -> None:
    async with WantuiApp(services).run_test(size=(120, 60)) as pilot:
        await ready(pilot)
        await opened(pilot, *keys)
        below = pilot.app.screen
        await pilot.press(ask)
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen) and said in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is below)


async def test_help_is_searched_and_escape_ends_that_first(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await pilot.press("slash", *"qiut", "backspace", "backspace", "backspace", *"uit")
        await until(pilot, lambda: "Leave; jobs go on" in shown(pilot))
        assert "Edit the caption" not in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "Edit the caption" in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))


async def test_y_copies_caption_and_path_of_the_item(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        item = services.view.items[0]
        assert item.caption is not None
        await pilot.press("y")
        await until(pilot, lambda: pilot.app.clipboard == item.caption)
        assert told(pilot)[-1].startswith("Copied the caption: ohwx woman, ")
        await pilot.press("2", "Y")
        await until(pilot, lambda: pilot.app.clipboard == str(item.media))


async def test_y_copies_the_command_line_of_a_job(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("4", "down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, JobDetails))
        await pilot.press("y")
        await until(pilot, lambda: told(pilot)[-1:] != [] and "Copied the command line" in told(pilot)[-1])
        assert "\\" not in pilot.app.clipboard
        await pilot.press("Y")
        await until(pilot, lambda: pilot.app.clipboard.endswith(".log"))


async def test_what_is_too_long_or_not_there_is_said(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        screen = work_screen(pilot)
        copy(screen, "é" * MOST_BYTES, "the caption")
        copy(screen, None, "the path")
        assert pilot.app.clipboard == "é" * (MOST_BYTES // 2)
        await until(pilot, lambda: len(told(pilot)) == 2)
        assert told(pilot) == [
            "The first 74 kB of the caption are copied: terminals take no more at a time.",
            "Nothing to copy: the path is not there.",
        ]


async def test_half_a_page_in_a_list(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        listed = items(pilot)
        half = listed.rows_a_page // 2
        await pilot.press("ctrl+d")
        assert listed.cursor == half
        await pilot.press("ctrl+d", "ctrl+u", "ctrl+u")
        assert listed.cursor == 0


async def test_ctrl_z_says_where_it_cannot_be(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+z")
        await until(
            pilot, lambda: told(pilot) == ["No shell to go back to from here: wantui was not started from one."]
        )
