"""Starting, stopping and retrying jobs, and leaving while they go on."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.formatting import count
from wantui.jobs.model import JobKind, JobState
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm
from wantui.ui.runs.job_table import JobTable

if TYPE_CHECKING:
    from wantui.runs.board import JobView
    from wantui.runs.output_names import NamesInUse
    from wantui.ui.work.work import WorkScreen

MOST_NAMED = 8
"""So many files a question names before it counts the rest."""


async def train(screen: WorkScreen) -> None:
    """Ask for a wish, and grant it."""
    from wantui.ui.runs.run_form import RunForm  # noqa: PLC0415  its fields cost 100 ms that only it needs

    try:
        defaults = screen.defaults
        if defaults is None:
            defaults = await screen.ask(screen.backend.defaults)
        presets = await screen.ask(screen.backend.named.names)
        wish = await screen.app.push_screen_wait(RunForm(screen.backend, defaults, presets))
        if wish is None:
            return
        number = await screen.ask(screen.backend.start, wish)
    except WantuiError as error:
        screen.tell(str(error), is_error=True)
        return
    screen.query_one(JobTable).follow_work()
    screen.look_now()
    screen.tell(f"Run {number} is on its way.")


async def cache(screen: WorkScreen) -> None:
    """Encode what is not current."""
    try:
        number = await screen.ask(screen.backend.cache)
    except WantuiError as error:
        screen.tell(str(error), is_error=True)
        return
    screen.query_one(JobTable).follow_work()
    screen.look_now()
    screen.tell(f"Cache run {number} is on its way.")


def consequence(view: JobView, jobs: tuple[JobView, ...]) -> str:
    """What stopping the job does, spelled out."""
    job, progress = view.job, view.progress
    if job.state is JobState.QUEUED:
        said = "It leaves the queue; nothing of it has run yet."
    elif job.kind in (JobKind.HIGH, JobKind.LOW):
        at = f" at step {count(progress.step)}" if progress.step is not None else ""
        saved = f"{len(progress.saved)} saved so far" if progress.saved else "none saved so far"
        said = f"Training ends now{at}. What it has learned since its last checkpoint is lost ({saved})."
    elif job.kind is JobKind.CAPTION:
        said = "Captioning ends now. What is proposed stays; a retry goes on from there."
    else:
        said = "Encoding ends now. Files that are finished stay."
    waiting = [
        other.job.id
        for other in jobs
        if other.job.run == job.run and other.job.state is JobState.QUEUED and job.kind in other.job.spec.needs
    ]
    return said + (f" What waits for it is cancelled: {', '.join(waiting)}." if waiting else "")


async def stop(screen: WorkScreen, view: JobView | None) -> None:
    """Stop a job, after asking."""
    if view is None or view.job.state.has_ended:
        screen.tell(
            "Nothing to stop: choose a job that runs or waits." if view is None else f"{view.job.id} has ended."
        )
        return
    answer = await screen.app.push_screen_wait(
        Confirm(
            f"Stop {view.job.id}?\n{consequence(view, screen.jobs)}",
            Answer(("enter", "y"), f"stop {view.job.id}", "stop"),
            stay="let it run",
        )
    )
    if answer == CANCEL:
        return
    screen.query_one(JobTable).stay_on(view.job.id)
    await _ask_supervisor(screen, "stop", view.job.id)


async def retry(screen: WorkScreen, view: JobView | None) -> None:
    """Queue a job again that has ended badly, or let a held run go on."""
    if view is not None and view.job.is_held:
        await _release(screen, view)
        return
    if view is None or not view.job.state.has_ended:
        screen.tell("Nothing to retry: choose a job that has ended.")
        return
    try:
        in_use = await screen.ask(screen.backend.retry_meets, view.job.id)
    except WantuiError as error:
        screen.tell(str(error), is_error=True)
        return
    if in_use is not None and in_use.writers:
        screen.tell(f"Not queued: {in_use}.", is_error=True)
        return
    if in_use is not None:
        answer = await _asked_to_replace(screen, view.job.id, in_use)
    elif view.job.state.is_good:
        answer = await screen.app.push_screen_wait(
            Confirm(
                f"{view.job.id} has ended well. Run it once more?",
                Answer(("enter", "y"), "run it again", "retry"),
                stay="leave it",
            )
        )
    else:
        answer = "retry"
    if answer != CANCEL:
        await _ask_supervisor(screen, "retry", view.job.id, replaces=in_use is not None)


async def _asked_to_replace(screen: WorkScreen, job_id: str, in_use: NamesInUse) -> str:
    """Name the files that a retry would overwrite, and ask."""
    names = [path.name for path in in_use.files[:MOST_NAMED]]
    if len(in_use.files) > MOST_NAMED:
        names.append(f"and {len(in_use.files) - MOST_NAMED} more")
    said = f"{job_id} begins anew, and writes files of the same names. They move to {in_use.place}:"
    return await screen.app.push_screen_wait(
        Confirm(
            "\n".join([f"Replace what is saved of {job_id}?", said, *names]),
            Answer(("y",), "replace it", "retry"),
            stay="keep it",
        )
    )


async def _release(screen: WorkScreen, view: JobView) -> None:
    """Let a run go on that came with the workspace, after showing what it would start."""
    waiting = [each.job for each in screen.jobs if each.job.run == view.job.run and not each.job.state.has_ended]
    lines = "\n".join(f"{job.id}: {shlex.join(words)}" for job in waiting for words in job.spec.commands)
    answer = await screen.app.push_screen_wait(
        Confirm(
            f"Release run {view.job.run}? You have not started it on this machine. It would run\n{lines}",
            Answer(("y",), "release it", "retry"),
            stay="leave it held",
        )
    )
    if answer != CANCEL:
        await _ask_supervisor(screen, "retry", view.job.id)


async def _ask_supervisor(screen: WorkScreen, what: str, job_id: str, *, replaces: bool = False) -> None:
    try:
        if what == "stop":
            await screen.ask(screen.backend.stop, job_id)
        else:
            await screen.ask(screen.backend.retry, job_id, replaces=replaces)
    except WantuiError as error:
        screen.tell(str(error), is_error=True)
        return
    screen.look_now()
    screen.tell(f"{job_id} is being stopped." if what == "stop" else f"{job_id} is queued again.")


async def show_job(screen: WorkScreen, view: JobView | None) -> None:
    """Why, how, where and what came out."""
    if view is None:
        return
    from wantui.ui.runs.job_details import JobDetails  # noqa: PLC0415  opened when asked for

    memory = await screen.ask(screen.backend.memory_of, view.job)
    match await screen.app.push_screen_wait(JobDetails(view, memory)):
        case "log":
            screen.action_show_log()
        case "retry":
            await retry(screen, view)
        case "stop":
            await stop(screen, view)


async def show_run(screen: WorkScreen, view: JobView | None) -> None:
    """What the run trained on, and how it differs from the one before."""
    if view is None:
        screen.tell("No runs yet: t opens the run form.")
        return
    from wantui.ui.runs.run_report import RunStoryScreen  # noqa: PLC0415  opened when asked for

    try:
        story = await screen.ask(screen.backend.story, view.job.run)
    except WantuiError as error:
        screen.tell(str(error), is_error=True)
        return
    if not await screen.app.push_screen_wait(RunStoryScreen(story, screen.since.get(view.job.run, ""))):
        return
    from wantui.ui.dialogs.ask_name import AskName  # noqa: PLC0415  opened when asked for

    name = await screen.app.push_screen_wait(
        AskName("Keep as a preset", f"A name for the settings of run {story.run}:")
    )
    if name is None:
        return
    try:
        screen.tell(f"Kept as {await screen.ask(screen.backend.named.save_run, name, story.run)}")
    except WantuiError as error:
        screen.tell(str(error), is_error=True)


async def toggle_watching(screen: WorkScreen) -> None:
    """Pause the watcher, or let it go on."""
    is_paused = screen.watching is not None and screen.watching.watching.value == "paused"
    try:
        await screen.ask(screen.backend.pause_watching, paused=not is_paused)
    except WantuiError as error:
        screen.tell(str(error), is_error=True)
        return
    screen.look_now()
    screen.tell(
        "Watching again: what changed meanwhile is encoded too."
        if is_paused
        else "Paused: edits start no cache run until you press w again."
    )


async def leave(screen: WorkScreen) -> None:
    """Leave; where jobs go on it says so first, and a caption that is not saved is asked about."""
    live = [view.job.id for view in screen.jobs if not view.job.state.has_ended]
    if live:
        answer = await screen.app.push_screen_wait(
            Confirm(
                f"Jobs go on without the screen: {', '.join(live)}. Leave?",
                Answer(("enter", "q"), "leave", "leave"),
            )
        )
        if answer == CANCEL:
            return
    from wantui.ui.captions import caption_flow  # noqa: PLC0415  nothing else here needs it

    if await caption_flow.may_leave(screen):
        screen.app.exit()
