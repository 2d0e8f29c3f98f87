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

    from wantui.services.annotations import JobView, ProposedCaption
    from wantui.services.proposals import CaptionsToMake
    from wantui.ui.context import WorkContext


async def begin(context: WorkContext) -> None:
    """Ask what to do: look at the proposals there are, or have captions made."""
    items = tuple(row.item for row in context.rows)
    if not items:
        context.tell("No items yet: there is nothing to caption.")
        return
    proposing = context.services.proposals
    try:
        proposed = await context.ask(proposing.waiting, items)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    at_it = _at_it(context.jobs)
    if at_it is not None and not proposed:
        context.tell(f"{at_it} has started and has proposed nothing yet.")
        return
    try:
        to_make: CaptionsToMake | None = None if at_it else await context.ask(proposing.to_make, items)
    except WantuiError as error:
        if not proposed:
            context.tell(str(error), is_error=True)
            return
        to_make = None
    marked = tuple(sorted(context.find(DatasetList).marks.media))
    if not proposed and not marked and (to_make is None or not to_make.media):
        context.tell("Every item has a caption; mark some to get new proposals.")
        return
    answer = await context.push(_question(proposed, to_make, len(marked)))
    if answer == "review":
        await _review(context, proposed)
    elif answer == "marked":
        await _make(context, marked)
    elif answer == "make" and to_make is not None:
        await _make(context, to_make.media)


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
        sentences.append(f"Propose captions for {said} without one?\n{to_make.source}")
        sentences.append("It runs as a job; nothing becomes a caption before you accept it.")
        answers.append(Answer(("c",) if proposed else ("enter", "y"), f"caption {said}", "make"))
    if to_make is not None and marked:
        if not to_make.media:
            sentences.append(f"Propose captions for the marked items?\n{to_make.source}")
        answers.append(Answer(("m",), f"caption {marked} marked, with a caption or without", "marked"))
    return Confirm("\n".join(sentences), *answers)


async def _review(context: WorkContext, proposed: tuple[ProposedCaption, ...]) -> None:
    from wantui.ui.captions.proposals import ProposalsScreen  # noqa: PLC0415  opened when asked for

    written = await context.push(ProposalsScreen(context.services.proposals, proposed))
    if written:
        context.rescan()
        context.tell(f"{plural(written, 'caption')} written.")


async def _make(context: WorkContext, media: tuple[Path, ...]) -> None:
    try:
        await context.ask(context.services.proposals.make, media)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.find(JobTable).follow_work()
    context.look_now()
    context.tell(f"Captioning started; press {context.key('dataset.propose')} to review.")
