"""Starting, stopping and retrying jobs, and leaving while they go on."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.formatting import count
from wantui.jobs.model import EXPERT_KINDS, JobKind, JobState
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm
from wantui.ui.runs.highlighted import highlighted
from wantui.ui.runs.job_table import JobTable

if TYPE_CHECKING:
    from wantui.services.annotations import JobView, NamesInUse
    from wantui.ui.context import WorkContext

MORE_EPOCHS = 20
"""What the form proposes for a training that is done."""
MOST_NAMED = 8
"""So many files a question names before it counts the rest."""


async def train(context: WorkContext, like: int | None = None) -> None:
    """Ask what to train, and start it.

    Args:
        context: of the flow.
        like: the run that the form is filled from; None: from ``wantui.toml``.
    """
    from wantui.ui.plan.run_form import RunForm  # noqa: PLC0415  its fields cost 100 ms that only it needs

    services = context.services
    try:
        values = await context.ask(services.runs.form_values, None, like)
        presets = await context.ask(services.presets.names)
        defaults = await context.ask(services.defaults) if context.defaults is None else context.defaults
        form = RunForm(services, values, presets, like=like, is_rehearsal=defaults.is_rehearsal)
        request = await context.push(form)
        if request is None:
            return
        run = await context.ask(services.runs.begin, request)
        is_paused = await context.ask(services.queue.is_paused)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.find(JobTable).follow_work()
    context.look_now()
    how = f"is queued; the queue is paused: {context.key('queue')}." if is_paused else "started."
    context.tell(f"Run {run.number} {how}")


async def copy(context: WorkContext) -> None:
    """Open the run form, filled from the run of the job under the cursor."""
    view = highlighted(context)
    if view is None:
        return
    await train(context, like=view.job.run)


async def cache(context: WorkContext) -> None:
    """Encode what is not current."""
    try:
        run = await context.ask(context.services.runs.cache)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.find(JobTable).follow_work()
    context.look_now()
    context.tell(f"Cache run {run.number} started.")


def consequence(view: JobView, jobs: tuple[JobView, ...]) -> str:
    """What stopping the job does, spelled out."""
    job, progress = view.job, view.progress
    if job.state is JobState.QUEUED:
        said = "It is removed from the queue; nothing of it has run yet."
    elif job.kind in EXPERT_KINDS:
        at = f" at step {count(progress.step)}" if progress.step is not None else ""
        saved = f"{len(progress.saved)} saved so far" if progress.saved else "none saved so far"
        said = f"Training ends now{at}. What it has learned since its last checkpoint is lost ({saved})."
        if view.progress.saved:
            said += " It can be resumed from there: C."
    elif job.kind is JobKind.CAPTION:
        said = "Captioning ends now. Proposals are kept; a retry continues from there."
    elif job.kind is JobKind.PROBE:
        said = "Probing ends now. Checkpoints that have answered are not asked again."
    elif job.kind is JobKind.EMA:
        said = "Averaging ends now. Nothing half-made is left; a retry makes what is missing."
    elif job.kind is JobKind.AFTER:
        said = "What would follow the run is not done; what is uploaded stays."
    elif job.kind is JobKind.SAMPLE:
        said = "No more pictures are made. Finished ones are kept; a retry makes the rest."
    else:
        said = "Encoding ends now. Finished files are kept."
    waiting = [
        other.job.id
        for other in jobs
        if other.job.run == job.run and other.job.state is JobState.QUEUED and job.kind in other.job.spec.needs
    ]
    return said + (f" What waits for it is cancelled: {', '.join(waiting)}." if waiting else "")


async def stop(context: WorkContext) -> None:
    """Stop a job now or after an epoch, after asking."""
    table = context.find(JobTable)
    await stop_job(context, table.highlighted, table.named)


async def stop_job(context: WorkContext, view: JobView | None, name: str = "") -> None:
    """Stop a job, after asking.

    Args:
        context: of the flow.
        view: the job; None: there is none.
        name: what a person has chosen, where that is a line of several jobs.
    """
    if view is None or view.job.state.has_ended:
        nothing = "Nothing to stop: choose a job that runs or waits."
        context.tell(nothing if view is None else f"{name or view.job.id} has ended.")
        return
    try:
        epochs = await context.ask(context.services.resuming.next_epochs, view.job)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return

    def sentences() -> str:
        """As the job is now: it goes on while the question stands."""
        now = next((each for each in context.jobs if each.job.id == view.job.id), view)
        said = f"{now.job.id} has ended." if now.job.state.has_ended else consequence(now, context.jobs)
        return "\n".join(
            (f"Stop {view.job.id}?", said, *(["The trainer saves only when an epoch ends."] if epochs else ()))
        )

    answer = await context.push(Confirm(sentences, *_ways_to_stop(view, epochs), stay="let it run"))
    if answer == CANCEL:
        return
    context.find(JobTable).stay_on(view.job.id)
    run = str(view.job.run)
    if answer in ("stop", "stop run"):
        await _ask_supervisor(context, "stop", run if answer == "stop run" else view.job.id)
    else:
        await _stop_gently(context, answer, run if answer == "after run" else view.job.id)


def _ways_to_stop(view: JobView, epochs: tuple[int, ...]) -> list[Answer]:
    """What can be answered to the question whether a job is to stop."""
    job = view.job
    ways = [Answer(("enter", "y"), f"stop {job.id} now", "stop")]
    if epochs:
        ways += [
            Answer(("e",), "when the next epoch is saved", "after"),
            Answer(("n",), "at another epoch", "at"),
            Answer(("b",), f"all of run {job.run} then", "after run"),
        ]
    ways.append(Answer(("a",), f"all of run {job.run} now", "stop run"))
    if job.end_after is not None:
        ways.append(Answer(("t",), f"cancel the stop at epoch {job.end_after}", "take back"))
    return ways


async def _stop_gently(context: WorkContext, how: str, name: str) -> None:
    """Let a job, or all of its run, end after an epoch; or not after all."""
    resuming, epoch = context.services.resuming, None
    try:
        if how == "take back":
            await context.ask(resuming.take_back, name)
            said = f"{name} trains to its end."
        else:
            if how == "at":
                from wantui.ui.dialogs.ask_name import AskName  # noqa: PLC0415  opened when asked for

                epoch = _whole(await context.push(AskName(f"Stop {name}", "When this epoch is saved:")))
                if epoch is None:
                    return
            epochs = await context.ask(resuming.end_after, name, epoch)
            said = ", ".join(f"{job} stops when epoch {at} is saved" for job, at in epochs.items()) + "."
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.look_now()
    context.tell(said)


def _whole(text: str | None) -> int | None:
    """A number that was typed; None where nothing was. What is no number is one that nothing is saved at."""
    if text is None:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0  # noqa: PLR2004  fits anywhere


async def resume(context: WorkContext) -> None:
    """Let a job go on from its last state."""
    await resume_job(context, context.find(JobTable).highlighted)


async def resume_job(context: WorkContext, view: JobView | None) -> None:
    """Let a job go on, as a form says how."""
    if view is None or not view.job.state.has_ended or view.job.kind not in EXPERT_KINDS:
        context.tell("Nothing to resume: choose an expert that has ended.")
        return
    from wantui.ui.plan.resume_form import ResumeForm  # noqa: PLC0415  opened when asked for

    epochs = view.progress.epochs or 1
    if view.job.state.is_good:
        epochs += MORE_EPOCHS
    plan = await context.push(ResumeForm(context.services, view.job.id, epochs))
    if plan is None:
        return
    try:
        await context.ask(context.services.resuming.start, plan)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.find(JobTable).stay_on(view.job.id)
    context.look_now()
    context.tell(f"{view.job.id} goes on.")


async def retry(context: WorkContext) -> None:
    """Queue a job again that has ended badly, or let a held run go on."""
    await retry_job(context, context.find(JobTable).highlighted)


async def retry_job(context: WorkContext, view: JobView | None) -> None:
    """Queue a job again, after asking where something would be lost."""
    if view is not None and (view.job.is_held or view.job.is_held_by_hand):
        await _release(context, view)
        return
    if view is None or not view.job.state.has_ended:
        context.tell("Nothing to retry: choose a job that has ended.")
        return
    try:
        in_use = await context.ask(context.services.runs.retry_meets, view.job.id)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    if in_use is not None and in_use.writers:
        context.tell(f"Not queued: {in_use}.", is_error=True)
        return
    if in_use is not None:
        answer = await _asked_to_replace(context, view.job.id, in_use)
    elif view.job.state.is_good:
        answer = await context.push(
            Confirm(
                f"{view.job.id} is done. Run it again?",
                Answer(("enter", "y"), "run it again", "retry"),
                stay="leave it",
            )
        )
    else:
        answer = "retry"
    if answer != CANCEL:
        await _ask_supervisor(context, "retry", view.job.id, replaces=in_use is not None)


async def _asked_to_replace(context: WorkContext, job_id: str, in_use: NamesInUse) -> str:
    """Name the files that a retry would overwrite, and ask."""
    names = [path.name for path in in_use.files[:MOST_NAMED]]
    if len(in_use.files) > MOST_NAMED:
        names.append(f"and {len(in_use.files) - MOST_NAMED} more")
    said = f"{job_id} starts over and writes files of the same names. The old ones move to {in_use.place}:"
    return await context.push(
        Confirm(
            "\n".join([f"Replace what is saved of {job_id}?", said, *names]),
            Answer(("y",), "replace it", "retry"),
            stay="keep it",
        )
    )


async def _goes_on(context: WorkContext, run: int) -> bool:
    """Release a run that a person holds; False: this user has not started it, and must see first what it starts."""
    queue = context.services.queue
    try:
        if await context.ask(queue.foreign_jobs, run):
            return False
        await context.ask(queue.release, run)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return True
    context.look_now()
    context.tell(f"Run {run} goes on.")
    return True


async def _release(context: WorkContext, view: JobView) -> None:
    """Let a run go on that is held; one that came with the workspace after showing what it would start."""
    if view.job.is_held_by_hand and await _goes_on(context, view.job.run):
        return
    waiting = [each.job for each in context.jobs if each.job.run == view.job.run and not each.job.state.has_ended]
    lines = "\n".join(f"{job.id}: {shlex.join(words)}" for job in waiting for words in job.spec.commands)
    answer = await context.push(
        Confirm(
            f"Release run {view.job.run}? You have not started it on this machine. It would run\n{lines}",
            Answer(("y",), "release it", "retry"),
            stay="keep it held",
        )
    )
    if answer != CANCEL:
        await _ask_supervisor(context, "retry", view.job.id)


async def _ask_supervisor(context: WorkContext, what: str, job_id: str, *, replaces: bool = False) -> None:
    try:
        if what == "stop":
            await context.ask(context.services.runs.stop, job_id)
        else:
            await context.ask(context.services.runs.retry, job_id, replaces=replaces)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.look_now()
    context.tell(f"{job_id} is being stopped." if what == "stop" else f"{job_id} is queued again.")


async def show_job(context: WorkContext) -> None:
    """What came of a job, why, how and where."""
    view = context.find(JobTable).highlighted
    if view is None:
        return
    from wantui.ui.runs.job_details import JobDetails  # noqa: PLC0415  opened when asked for

    memory = await context.ask(context.services.runs.memory_of, view.job)
    match await context.push(JobDetails(view, memory)):
        case "log" | "curves" | "jobs.story" | "jobs.compare" | "jobs.copy" as command:
            await context.give(command)
        case "retry":
            await retry_job(context, view)
        case "resume":
            await resume_job(context, view)
        case "stop":
            await stop_job(context, view)


async def toggle_watching(context: WorkContext) -> None:
    """Pause the watcher, or let it go on."""
    is_paused = context.watching is not None and context.watching.watching.value == "paused"
    watcher = context.services.watcher
    try:
        await context.ask(watcher.resume if is_paused else watcher.pause)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.look_now()
    context.tell(
        "Watching again: what changed meanwhile is encoded too."
        if is_paused
        else f"Paused: edits start no cache run until you press {context.key('watch')} again."
    )
