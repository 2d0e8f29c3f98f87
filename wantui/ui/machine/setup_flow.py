"""Setting the box up, and asking the doctor about it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from wantui.errors import WantuiError
from wantui.ui.runs.job_table import JobTable

if TYPE_CHECKING:
    from wantui.ui.app import WantuiApp
    from wantui.ui.work.work import WorkScreen


async def set_up(screen: WorkScreen) -> None:
    """The checklist, until it is left; then a log, where one is wanted."""
    from wantui.ui.machine.setup import SetupScreen  # noqa: PLC0415  the same
    from wantui.weights.catalogue import TASKS  # noqa: PLC0415  opened when asked for

    try:
        wanted = (await screen.ask(screen.backend.defaults)).task
    except WantuiError as error:
        screen.tell(str(error), is_error=True)
        return
    task = next((task for task in TASKS if task == wanted), TASKS[0])
    job = await screen.app.push_screen_wait(SetupScreen(screen.backend.setting_up, task))
    screen.look_now()
    screen.read_dataset()
    if job is not None:
        screen.query_one(JobTable).stay_on(job)
        screen.action_go("log")


async def ask_doctor(screen: WorkScreen) -> None:
    """Every check, until it is left; then the checklist, where that is wanted."""
    from wantui.ui.machine.doctor import DoctorScreen  # noqa: PLC0415  opened when asked for

    app = cast("WantuiApp", screen.app)
    sight = partial(app.seeing.decide, has_true_colour=app.console.color_system == "truecolor")
    if await screen.app.push_screen_wait(DoctorScreen(screen.backend.setting_up, sight)):
        await set_up(screen)
