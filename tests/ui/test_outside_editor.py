"""The person's own editor: which one, and what becomes of what it leaves."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.driving import settled, told, until, work_screen
from tests.ui.sites import app_of, texts
from wantui.errors import WantuiError
from wantui.terminal.editor import editor_command
from wantui.ui.captions.conflict import ConflictScreen
from wantui.ui.captions.preview_pane import PreviewPane
from wantui.ui.dialogs import outside_editor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot


@pytest.fixture(autouse=True)
def _no_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("environment", "command"),
    [
        ({"EDITOR": "nano"}, ["nano"]),
        ({"EDITOR": "nano", "VISUAL": "code -w"}, ["code", "-w"]),
        ({"EDITOR": "'/opt/my editor/run' --wait"}, ["/opt/my editor/run", "--wait"]),
        ({"VISUAL": " ", "EDITOR": "ed"}, ["ed"]),
    ],
)
def test_visual_goes_before_editor_and_flags_are_kept(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], command: list[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert editor_command() == command


def test_the_first_that_is_there_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WantuiError, match="none of nano, vim, vi is there; set EDITOR"):
        editor_command()
    for name in ("vi", "vim"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    assert editor_command() == ["vim"]


def test_a_quotation_that_does_not_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", 'vim "x')
    with pytest.raises(WantuiError, match='EDITOR=vim "x: No closing quotation; close the quotation mark'):
        editor_command()


def leaves(
    monkeypatch: pytest.MonkeyPatch, content: bytes, *, fails: str = "", also: Callable[[], object] = int
) -> None:
    """An editor that leaves `content`, and fails where it is said how; `also` happens meanwhile."""

    def edit(_app: Any, path: Path) -> None:
        path.write_bytes(content)
        also()
        if fails:
            raise WantuiError(fails)

    monkeypatch.setattr(outside_editor, "open_outside", edit)


async def give(pilot: Pilot[None]) -> None:
    await settled(pilot)
    await pilot.press("g", "E")


async def test_what_the_editor_leaves_is_saved_and_taken_back(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leaves(monkeypatch, "ohwx, größer\r\nzwei\n".encode())
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        await give(pilot)
        await until(pilot, lambda: texts(site)["a"] == "ohwx, größer\nzwei\n")
        await until(pilot, lambda: told(pilot) == ["Saved. u to undo."])
        await pilot.press("u")
        await until(pilot, lambda: texts(site)["a"] == "ohwx, dog\n")


async def test_what_cannot_be_saved_goes_on_in_the_editor_here(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leaves(monkeypatch, b"mine\n", also=lambda: (site / "a.txt").write_text("theirs\n"))
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        await give(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, ConflictScreen))
        await pilot.press("escape")
        preview = work_screen(pilot).query_one(PreviewPane)
        await until(pilot, lambda: preview.editor is not None and preview.editor.has_focus)
        assert preview.editor is not None
        assert preview.editor.text == "mine"
        assert texts(site)["a"] == "theirs\n"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConflictScreen))
        await pilot.press("y")
        await until(pilot, lambda: texts(site)["a"] == "mine\n")


@pytest.mark.parametrize(
    ("content", "fails", "kept"),
    [
        (b"half a", "ed was ended by signal 11", ["half a\n"]),
        (b"caf\xe9", "", ["caf\xe9\n"]),
        (b"ohwx, dog\n", "ed ended with exit code 1", []),
    ],
)
async def test_what_a_failing_editor_leaves_is_kept_as_a_draft(
    site: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, fails: str, kept: list[str]
) -> None:
    leaves(monkeypatch, content, fails=fails)
    async with app_of(site).run_test(size=(80, 24)) as pilot:
        await give(pilot)
        await until(pilot, lambda: bool(told(pilot)))
        assert told(pilot)[0].startswith(f"Nothing was changed: {fails or 'the editor saved it in another encoding'}")
        assert texts(site)["a"] == "ohwx, dog\n"
        drafts = list((site.parent.parent / ".wantui").glob("drafts/*"))
        assert [draft.read_text() for draft in drafts] == kept
        assert all(str(draft) in told(pilot)[0] for draft in drafts)


def test_an_interrupt_is_the_editors_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    with outside_editor._interrupts_passed_by():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGQUIT)
    assert signal.getsignal(signal.SIGINT) is before
