"""Releasing the checkpoints of a run, and pruning them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wantui.errors import WantuiError
from wantui.formatting import file_size, home, plain_plural
from wantui.trainer.model import Expert
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm
from wantui.ui.runs.highlighted import highlighted

if TYPE_CHECKING:
    from wantui.services.annotations import PrunePlan, ReleasePlan
    from wantui.ui.context import WorkContext

_MOST_NAMED = 6


async def show(context: WorkContext) -> None:
    """Show what a release of the run under the cursor of the job table will be."""
    view = highlighted(context)
    if view is None:
        return
    try:
        number = await context.ask(context.services.samples.subject, view.job.run)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    await show_run(context, number)


async def show_run(context: WorkContext, number: int) -> None:
    """Show what a release of a run will be; what is asked for there is done."""
    from wantui.ui.dialogs.ask_name import AskName  # noqa: PLC0415  opened when asked for
    from wantui.ui.releases.release_screen import (  # noqa: PLC0415  the same
        COMFYUI,
        COMMAND,
        NAME,
        UPLOAD,
        WRITE,
        ReleaseScreen,
    )  # fmt: skip

    name: str | None = None
    into_comfyui = False
    while True:
        try:
            plan = await context.ask(
                context.services.releases.plan_free, number, name=name, into_comfyui=into_comfyui
            )
        except WantuiError as error:
            context.tell(str(error), is_error=True)
            if name is None and not into_comfyui:
                return
            name, into_comfyui = None, False
            continue
        answer = await context.push(ReleaseScreen(plan, partial(prune, context, number)))
        if answer == WRITE:
            await _write(context, plan)
        elif answer == UPLOAD:
            from wantui.ui.releases.upload_flow import upload  # noqa: PLC0415  opened when asked for

            if not await upload(context, number, name=name, into_comfyui=into_comfyui):
                continue
        elif answer == COMMAND:
            from wantui.ui.releases.upload_flow import run_command  # noqa: PLC0415  the same

            await run_command(context, number)
        elif answer == NAME:
            name = (
                await context.push(
                    AskName("Name of the release", "The files are called NAME_high_noise, NAME_low_noise.")
                )
                or name
            )
            continue
        elif answer == COMFYUI:
            into_comfyui = plan.loras_folder is None
            continue
        return


async def prune(context: WorkContext, number: int) -> None:
    """Say which checkpoints of a run would go to the trash, and move them there."""
    try:
        plan = await context.ask(context.services.checkpoints.plan_pruning, number)
        if not plan.pruned:
            await _offer_to_restore(context, number)
            return
        answer = await context.push(Confirm(_pruning_says(plan), Answer(("p", "enter"), "to the trash", "prune")))
        if answer == CANCEL:
            return
        moved = await context.ask(context.services.checkpoints.prune, plan)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.look_now()
    context.tell(f"{plain_plural(len(moved), 'checkpoint')} in {home(moved[0].trash.parent)}")


async def _offer_to_restore(context: WorkContext, number: int) -> None:
    there = await context.ask(context.services.checkpoints.trash, number)
    if not there:
        context.tell("Nothing to prune: each checkpoint is the chosen, the best or the last one.")
        return
    asked = f"Nothing more to prune. The trash has {plain_plural(len(there), 'checkpoint')} of run {number}, "
    asked += f"{file_size(sum(each.size for each in there))}."
    answer = await context.push(Confirm(asked, Answer(("r",), "bring them back", "restore")))
    if answer != CANCEL:
        back = await context.ask(context.services.checkpoints.restore, number)
        context.look_now()
        context.tell(f"{plain_plural(len(back), 'checkpoint')} restored.")


def _pruning_says(plan: PrunePlan) -> str:
    what = f"{plain_plural(len(plan.pruned), 'checkpoint')} of run {plan.run} ({file_size(plan.bytes)})"
    lines = [f"Move {what} to a trash beside them?"]
    for expert in Expert:
        epochs = [str(each.epoch) for each in plan.pruned if each.expert is expert]
        if epochs:
            more = f" and {len(epochs) - _MOST_NAMED} more" if len(epochs) > _MOST_NAMED else ""
            lines.append(f"{expert}: epochs {', '.join(epochs[:_MOST_NAMED])}{more}")
    stays = ", ".join(f"{each.checkpoint.expert} {each.checkpoint.epoch} ({each.why})" for each in plan.kept)
    lines.append(f"What stays: {stays}")
    return "\n".join(lines)


async def _write(context: WorkContext, plan: ReleasePlan) -> None:
    try:
        released = await context.ask(context.services.releases.make, plan)
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    context.app.copy_to_clipboard(str(plan.folder))
    if released.loras_folder_error is not None:
        context.tell(f"Released, but not in ComfyUI's folder: {released.loras_folder_error}", is_error=True)
        return
    context.tell(f"Released, compared with the run's files, and the path copied: {plan.folder}")
