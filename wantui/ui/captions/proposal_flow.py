"""Captions made by a program: start a run of it, or decide on what it has proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.formatting import plural
from wantui.jobs.model import JobKind
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.dialogs.confirm import Answer, Confirm
from wantui.ui.runs.job_table import JobTable

if TYPE_CHECKING:
    from pathlib import Path

    from wantui.captions.proposal_review import ProposedCaption
    from wantui.runs.board import JobView
    from wantui.services.proposals import CaptionsToMake
    from wantui.ui.work.work import WorkScreen


async def begin(screen: WorkScreen) -> None:
    """Ask what to do: look at the proposals there are, or have captions made."""
    items = tuple(row.item for row in screen.rows)
    if not items:
        screen.tell("No items yet: there is nothing to caption.")
        return
    proposing = screen.backend.proposing
    try:
        proposed = await screen.ask(proposing.waiting, items)
    except WantuiError as error:
        screen.tell(str(error), is_error=True)
        return
    at_it = _at_it(screen.jobs)
    if at_it is not None and not proposed:
        screen.tell(f"{at_it} has begun and has proposed nothing yet.")
        return
    try:
        to_make: CaptionsToMake | None = None if at_it else await screen.ask(proposing.to_make, items)
    except WantuiError as error:
        if not proposed:
            screen.tell(str(error), is_error=True)
            return
        to_make = None
    marked = tuple(sorted(screen.query_one(DatasetList).marks.media))
    if not proposed and not marked and (to_make is None or not to_make.media):
        screen.tell("Every item has a caption; mark some to have others proposed.")
        return
    answer = await screen.app.push_screen_wait(_question(proposed, to_make, len(marked)))
    if answer == "review":
        await _review(screen, proposed)
    elif answer == "marked":
        await _make(screen, marked)
    elif answer == "make" and to_make is not None:
        await _make(screen, to_make.media)


def _at_it(jobs: tuple[JobView, ...]) -> str | None:
    """The captioning job that runs or waits: another one would ask about the same items."""
    live = (view.job.id for view in jobs if view.job.kind is JobKind.CAPTION and not view.job.state.has_ended)
    return next(live, None)


def _question(proposed: tuple[ProposedCaption, ...], to_make: CaptionsToMake | None, marked: int) -> Confirm:
    answers: list[Answer] = []
    sentences = []
    if proposed:
        waits = "waits" if len(proposed) == 1 else "wait"
        sentences.append(f"{plural(len(proposed), 'proposed caption')} {waits} to be looked at.")
        answers.append(Answer(("enter", "r"), "look at them", "review"))
    if to_make is not None and to_make.media:
        said = plural(len(to_make.media), "item")
        sentences.append(f"Have captions proposed for {said} without one?\n{to_make.source}")
        sentences.append("It runs as a job; nothing becomes a caption before you accept it.")
        answers.append(Answer(("c",) if proposed else ("enter", "y"), f"caption {said}", "make"))
    if to_make is not None and marked:
        if not to_make.media:
            sentences.append(f"Have captions proposed for what is marked?\n{to_make.source}")
        answers.append(Answer(("m",), f"caption {marked} marked, with a caption or without", "marked"))
    return Confirm("\n".join(sentences), *answers)


async def _review(screen: WorkScreen, proposed: tuple[ProposedCaption, ...]) -> None:
    from wantui.ui.captions.proposals import ProposalsScreen  # noqa: PLC0415  opened when asked for

    written = await screen.app.push_screen_wait(ProposalsScreen(screen.backend.proposing, proposed))
    if written:
        screen.read_dataset()
        screen.tell(f"{plural(written, 'caption')} written.")


async def _make(screen: WorkScreen, media: tuple[Path, ...]) -> None:
    try:
        number = await screen.ask(screen.backend.proposing.make, media)
    except WantuiError as error:
        screen.tell(str(error), is_error=True)
        return
    screen.query_one(JobTable).follow_work()
    screen.look_now()
    screen.tell(f"Run {number} proposes captions; a shows what it has come to.")
