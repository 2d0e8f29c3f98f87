"""Asking for the upload of a release, and for the command that may follow it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.formatting import home
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm
from wantui.ui.runs.job_table import JobTable

if TYPE_CHECKING:
    from wantui.services.afterwards import UploadOffer
    from wantui.services.annotations import AfterOrder
    from wantui.ui.context import WorkContext


async def upload(context: WorkContext, number: int, *, name: str | None, into_comfyui: bool) -> bool:
    """Show what an upload would be, and hand it to the background process; False: it was not asked for.

    Args:
        context: of the flow.
        number: of the run.
        name: that the release is to have; None: the run's suffix.
        into_comfyui: whether one that is still to be written is put into ComfyUI's folder as well.
    """
    from wantui.ui.releases.upload_screen import REPOSITORY, THEN_COMMAND, UploadScreen  # noqa: PLC0415  when asked for

    try:
        offer = await context.ask(context.services.afterwards.offer, number, name=name, into_comfyui=into_comfyui)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return False
    repository: str | None = offer.repository
    public = False
    while True:
        if not repository or repository.endswith("/") or not await _is_good(context, repository):
            repository = await _asked(context, repository or "")
            if repository is None:
                return False
            continue
        answer = await context.push(UploadScreen(offer, repository, public=public))
        if answer is None:
            return False
        what, public = answer
        if what != REPOSITORY:
            context.go_on(_begin(context, offer, repository, public=public, runs_command=what == THEN_COMMAND))
            return True
        repository = await _asked(context, repository) or repository


async def _asked(context: WorkContext, repository: str) -> str | None:
    from wantui.ui.dialogs.ask_name import AskName  # noqa: PLC0415  opened when asked for

    sentence = "Repository on the Hugging Face Hub, as PERSON/NAME. It is made where it is not there, private."
    return await context.push(AskName("Upload", sentence, repository))


async def _is_good(context: WorkContext, repository: str) -> bool:
    try:
        await context.ask(context.services.afterwards.check_repository, repository)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return False
    return True


async def _begin(
    context: WorkContext, offer: UploadOffer, repository: str, *, public: bool, runs_command: bool
) -> None:
    """Have the release written where it is not, and its upload queued, whatever is asked for meanwhile."""
    try:
        if offer.has_ended and not offer.is_made:
            released = await context.ask(context.services.releases.make, offer.plan)
            if released.loras_folder_error is not None:
                context.tell(f"Not in ComfyUI's folder: {released.loras_folder_error}", is_error=True)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    await _queue(context, offer.order(repository, public=public, runs_command=runs_command))


async def run_command(context: WorkContext, number: int) -> None:
    """Show the command of ``[after]`` in full, and have it run when the run has ended and nothing else is to run."""
    try:
        order = await context.ask(context.services.afterwards.plan, number)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    if not order.command:
        context.tell('No command is set: command = ["...", "..."] in [after] of wantui.toml.')
        return
    asked = f"Run this command after run {number}?\n{shlex.join(order.command)}\n"
    asked += (
        f"It is run once, in {home(context.services.root)}, when no run is under way or waits any more. Nothing is "
    )
    asked += "uploaded before."
    if await context.push(Confirm(asked, Answer(("y",), "run it then", "command"))) != CANCEL:
        await _queue(context, order)


async def _queue(context: WorkContext, order: AfterOrder) -> None:
    """Hand an order to the background process."""
    try:
        run = await context.ask(context.services.afterwards.begin, order)
        is_paused = await context.ask(context.services.queue.is_paused)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.find(JobTable).stay_on(run.jobs[0].id)
    context.look_now()
    does = "uploads it" if order.upload is not None else "runs it"
    how = "waits: the queue is paused (Q)" if is_paused else f"{does}; its log tells how far it is"
    context.tell(f"Run {run.number} {how}.")
