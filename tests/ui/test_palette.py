"""The palette: what is found by which words, and what comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import ready, shown, until
from wantui.ui.app import WantuiApp
from wantui.ui.commands.catalogue import BY_ID
from wantui.ui.commands.synonyms import SYNONYMS
from wantui.ui.drawing.themes import LIGHT
from wantui.ui.work.palette import PaletteInOrder, offered, rank

if TYPE_CHECKING:
    from tests.ui.fake import FakeServices
    from wantui.ui.commands.catalogue import Command


def first(query: str) -> str:
    """The id of the command that stands first for a query, or nothing."""
    best = max(offered(), key=lambda command: rank(query, command))
    return best.id if rank(query, best) else ""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("undo", "undo"), ("und", "undo"), ("revert", "undo"),
         ("redo", "redo"), ("quit", "leave"), ("exit", "leave"),
        ("close", "leave"),
         ("compare", "jobs.compare"), ("compare images", "dataset.sides"), ("duplicate", "jobs.copy"),
        ("clone run", "jobs.copy"), ("delete", "remove"), ("trash", "remove"), ("undelete", "restore"),
        ("install", "setup"), ("refresh", "read_again"), ("reload", "read_again"), ("chart", "curves"),
        ("loss", "curves"), ("config", "settings"), ("dataset.toml", "settings"), ("errors", "problems"),
        ("fix", "problems"), ("find", "dataset.jump"), ("filter", "dataset.filter"), ("search", "log.search"),
        ("continue", "jobs.resume"), ("resume", "jobs.resume"), ("restart", "retry"), ("kill", "stop"),
        ("cancel", "stop"), ("encode", "cache"), ("train", "train"), ("start", "train"), ("new run", "train"),
        ("replace", "bulk"), ("dark", "theme"), ("light mode", "theme"), ("keys", "help"), ("shortcuts", "help"),
        ("diagnose", "doctor"), ("add images", "import"), ("tail", "follow"), ("export", "jobs.report"),
        ("select all", "dataset.mark_all"), ("vim", "edit_outside"), ("auto caption", "dataset.propose"),
        ("fullscreen", "zoom"), ("go to the log", "pane.log"), ("ctrl+r", "redo"),
    ],
)  # fmt: skip
def test_a_query_finds_its_command_first(query: str, expected: str) -> None:
    assert first(query) == expected


def test_every_word_of_the_query_has_to_fit() -> None:
    assert first("delete learning") == ""
    assert first("   ") == ""


def test_other_words_are_for_commands_that_are_there_and_offered() -> None:
    assert set(SYNONYMS) <= set(BY_ID)
    assert set(SYNONYMS) <= {command.id for command in offered()}


@pytest.mark.parametrize("command", list(offered()), ids=lambda command: command.id)
def test_a_command_is_found_by_its_own_words(command: Command) -> None:
    assert BY_ID[first(command.says)].does == command.does


async def test_the_short_name_of_a_theme_finds_our_own(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: isinstance(pilot.app.screen, PaletteInOrder))
        await until(pilot, lambda: "in use" in shown(pilot))
        await pilot.press(*"light")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.theme == LIGHT.name)
