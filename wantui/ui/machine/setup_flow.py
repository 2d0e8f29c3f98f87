"""Setting the machine up, and asking the doctor about it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from wantui.errors import WantuiError
from wantui.ui.commands.catalogue import Place
from wantui.ui.runs.job_table import JobTable

if TYPE_CHECKING:
    from wantui.ui.context import WorkContext
    from wantui.ui.preview.viewer import ShowsPictures


async def set_up(context: WorkContext) -> None:
    """The checklist, until it is left; then a log, where one is wanted."""
    from wantui.ui.machine.setup import SetupScreen  # noqa: PLC0415  the same
    from wantui.weights.catalogue import TASKS  # noqa: PLC0415  opened when asked for

    try:
        wanted = (await context.ask(context.services.defaults)).task
    except WantuiError as error:
        context.tell(str(error), is_error=True)
        return
    task = next((task for task in TASKS if task == wanted), TASKS[0])
    job = await context.push(SetupScreen(context.services.setup, task))
    context.look_now()
    context.rescan()
    if job is not None:
        context.find(JobTable).stay_on(job)
        context.go(Place.LOG)


async def ask_doctor(context: WorkContext) -> None:
    """Every check, until it is left; then the checklist, where that is wanted."""
    from wantui.ui.machine.doctor import DoctorScreen  # noqa: PLC0415  opened when asked for

    viewer = cast("ShowsPictures", context.app).viewer
    sight = partial(viewer.decide, has_true_colour=context.app.console.color_system == "truecolor")
    if await context.push(DoctorScreen(context.services.setup, sight)):
        await set_up(context)
