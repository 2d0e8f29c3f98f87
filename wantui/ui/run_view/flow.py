"""Looking at a run, and comparing it with another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.jobs.model import EXPERT_KINDS, RunKind
from wantui.ui.commands.catalogue import Flow, Place
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.runs import job_flow
from wantui.ui.runs.highlighted import highlighted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wantui.services.annotations import JobView
    from wantui.services.run_view import RunView
    from wantui.ui.context import WorkContext

CURVES = Flow("curves.flow:show_compared", "jobs")
"""Shows the curves of one run with those of others laid over."""


async def show(context: WorkContext) -> None:
    """Show the run of the job under the cursor."""
    view = highlighted(context)
    if view is None:
        return
    await show_run(context, view)


async def show_run(context: WorkContext, job: JobView) -> None:
    """Show the run of a job, and do what is asked for there."""
    from wantui.ui.run_view.screen import RunScreen  # noqa: PLC0415  opened when asked for

    try:
        view = await context.ask(context.services.runs.view, job.job.run)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    number = view.run.number  # another than the job's where that is a probe, or makes pictures
    captions = {row.item.name: row.item.caption or "" for row in context.rows}
    screen = RunScreen(context.services.runs, view, context.since.get(number, ""), captions)
    answer = await context.push(screen)
    if answer is not None:
        await _act(context, answer, screen.view, job)


async def _act(context: WorkContext, answer: str, view: RunView, job: JobView) -> None:
    """Do what was asked for on the screen of a run."""
    number = view.run.number
    acts: dict[str, Callable[[], Awaitable[None]]] = {
        "new": lambda: job_flow.train(context, like=number),
        "compare": lambda: compare_with(context, number),
        "more": lambda: job_flow.resume_job(context, _to_go_on_with(view, job)),
        "retry": lambda: job_flow.retry_job(context, job),
        "stop": lambda: job_flow.stop_job(context, job),
        "ask": lambda: _ask_checkpoints(context, number),
        "keep": lambda: _keep(context, number),
        "hardest": lambda: _show_items(context, view),
    }
    await (acts[answer]() if answer in acts else context.give(answer))


async def compare(context: WorkContext) -> None:
    """Compare the run of the job under the cursor with another."""
    view = highlighted(context)
    if view is None:
        return
    await compare_with(context, view.job.run)


async def compare_with(context: WorkContext, number: int) -> None:
    """Ask which run to compare one with, and show how the later differs from the earlier."""
    from wantui.ui.run_view.compare import ChooseRun, CompareScreen  # noqa: PLC0415  opened when asked for

    runs = context.services.runs
    try:
        others = [run for run in await context.ask(runs.all) if run.kind is RunKind.TRAIN and run.number != number]
        if not others:
            context.tell("There is no other training to compare it with.")
            return
        other = await context.push(ChooseRun(number, others))
        if other is None:
            return
        found = await context.ask(runs.compared, min(number, other), max(number, other))
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    if await context.push(CompareScreen(found)) == "curves":
        await CURVES.begin(context, max(number, other), min(number, other))


def _to_go_on_with(view: RunView, job: JobView) -> JobView:
    """The job under the cursor where it trains, else the first expert of its run that has not ended well."""
    if job.job.kind in EXPERT_KINDS or not view.experts:
        return job
    return next((each for each in view.experts if not each.job.state.is_good), view.experts[0])


async def _ask_checkpoints(context: WorkContext, number: int) -> None:
    """Start a probe of the run's checkpoints."""
    try:
        run = await context.ask(context.services.probing.begin, number)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.look_now()
    context.tell(
        f"Every checkpoint of run {number} has answered already."
        if run is None
        else f"Run {run.number} asks the checkpoints of run {number}."
    )


async def _keep(context: WorkContext, number: int) -> None:
    """Keep the settings of a run under a name."""
    from wantui.ui.dialogs.ask_name import AskName  # noqa: PLC0415  opened when asked for

    name = await context.push(AskName("Keep as a preset", f"A name for the settings of run {number}:"))
    if name is None:
        return
    try:
        context.tell(f"Kept as {await context.ask(context.services.presets.save_run, name, number)}")
    except WantuiError as error:
        context.tell(str(error), is_error=True)


async def _show_items(context: WorkContext, view: RunView) -> None:
    """Filter the dataset by the names of the hardest items."""
    names = dict.fromkeys(each.name for each in view.hardest)
    context.find(DatasetList).show_filtered(" OR ".join(f'name:"{name}"' for name in names))
    context.go(Place.DATASET)
