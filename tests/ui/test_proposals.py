"""Proposed captions: asked for, looked at, accepted, changed, rejected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import settled, shown, told, type_text, until, work_screen
from tests.ui.fake import make_job
from wantui.jobs.model import JobKind, JobState
from wantui.runs.board import JobView
from wantui.trainer.model import Progress
from wantui.ui.app import WantuiApp
from wantui.ui.captions.proposals import ProposalsScreen
from wantui.ui.dialogs.confirm import Confirm

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices

SIZES = [(80, 24), (200, 50)]


def decided(services: FakeServices) -> list[tuple[object, ...]]:
    return [call for call in services.proposals.calls if call[0] in ("accept", "reject", "make")]


async def until_screen(pilot: Pilot[None], kind: type) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted)


async def review(pilot: Pilot[None]) -> ProposalsScreen:
    await settled(pilot)
    await pilot.press("a")
    await until_screen(pilot, Confirm)
    await pilot.press("enter")
    await until_screen(pilot, ProposalsScreen)
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, ProposalsScreen)
    return screen


async def test_a_run_is_started_after_saying_what_it_asks(services: FakeServices) -> None:
    services.proposals.media = (Path("/a.png"), Path("/b.png"))
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("a")
        await until_screen(pilot, Confirm)
        assert "2 items without one" in shown(pilot)
        assert "python caption.py {media}" in shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: bool(told(pilot)))
        assert decided(services) == [("make", (Path("/a.png"), Path("/b.png")))]
        assert told(pilot) == ["Captioning started; press a to review."]


async def test_what_is_marked_is_captioned_whatever_it_has(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("a")
        await until(pilot, lambda: any("Every item has a caption" in each for each in told(pilot)))
        await pilot.press("space", "space", "a")
        await until_screen(pilot, Confirm)
        assert "caption 2 marked" in shown(pilot)
        await pilot.press("m")
        await until(pilot, lambda: bool(decided(services)))
        media = [call[1] for call in decided(services) if call[0] == "make"]
        assert media == [(services.view.items[0].media, services.view.items[1].media)]


async def test_a_second_run_is_not_offered_while_one_is_at_it(services: FakeServices) -> None:
    items = services.view.items
    services.proposals.media = (items[0].media, items[5].media)
    job = make_job(JobKind.CAPTION, JobState.RUNNING, run=9)
    services.job_views = (JobView(job, Progress(step=1, steps=2), items[0].media), *services.job_views)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        await until(pilot, lambda: bool(screen.jobs))
        await pilot.press("a")
        await until(pilot, lambda: told(pilot) == ["9.caption has started and has proposed nothing yet."])
        services.proposals.propose(items[5])
        await pilot.press("a")
        await until_screen(pilot, Confirm)
        assert "1 proposed caption waits" in shown(pilot)
        assert "caption 2 items" not in shown(pilot)


async def test_what_is_missing_for_it_is_said(services: FakeServices) -> None:
    services.proposals.trouble = "nothing to make captions with is set: [captions]"
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("a")
        await until(pilot, lambda: told(pilot) == ["nothing to make captions with is set: [captions]"])


@pytest.mark.parametrize("size", SIZES)
async def test_proposals_are_accepted_and_rejected_one_by_one(services: FakeServices, size: tuple[int, int]) -> None:
    items = services.view.items
    services.proposals.propose(items[5], items[2], items[3])
    async with WantuiApp(services).run_test(size=size) as pilot:
        screen = await review(pilot)
        assert "1 of 3" in shown(pilot)
        assert "[red]a picture[/] of anna_006" in shown(pilot)
        assert "enter accept" in shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: screen.current is not None and screen.current.item is items[2])
        await pilot.press("n")
        await until(pilot, lambda: screen.current is not None and screen.current.item is items[3])
        await pilot.press("y")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        assert decided(services) == [
            ("accept", {"anna_006": "[red]a picture[/] of anna_006"}),
            ("reject", ["anna_003"]),
            ("accept", {"anna_004": "[red]a picture[/] of anna_004"}),
        ]
        await until(pilot, lambda: "2 captions written." in told(pilot))


async def test_a_proposal_is_changed_before_it_is_accepted(services: FakeServices) -> None:
    items = services.view.items
    services.proposals.propose(items[5], items[2])
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await review(pilot)
        await pilot.press("e")
        await until(pilot, lambda: screen.editor is not None and screen.editor.has_focus)
        await type_text(pilot, ", yes")
        await pilot.press("escape")
        await until(pilot, lambda: screen.editor is None)
        await pilot.press("e")
        await until(pilot, lambda: screen.editor is not None and screen.editor.has_focus)
        await type_text(pilot, ", n")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: bool(decided(services)))
        assert decided(services) == [("accept", {"anna_006": "[red]a picture[/] of anna_006, n"})]
        await until(pilot, lambda: screen.editor is None)
        assert screen.current is not None
        assert screen.current.item is items[2]


async def test_all_are_accepted_after_asking_and_what_cannot_be_stays(services: FakeServices) -> None:
    items = services.view.items
    services.proposals.propose(items[5], items[2], items[3])
    services.proposals.conflict = "anna_003"
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await review(pilot)
        await pilot.press("A")
        await until_screen(pilot, Confirm)
        assert "Accept 3 proposed captions?" in shown(pilot)
        await pilot.press("escape")
        await until_screen(pilot, ProposalsScreen)
        assert decided(services) == []
        await pilot.press("A")
        await until_screen(pilot, Confirm)
        await pilot.press("enter")
        await until(pilot, lambda: screen.current is not None and screen.current.item is items[2])
        assert "anna_003 keeps what it has: was changed" in told(pilot)[0]
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))


async def test_what_is_not_decided_on_waits(services: FakeServices) -> None:
    items = services.view.items
    services.proposals.propose(items[5], items[2])
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await review(pilot)
        await pilot.press("j")
        assert screen.current is not None
        assert screen.current.item is items[2]
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is work_screen(pilot))
        assert decided(services) == []
