"""What the work screen does for jobs, each opened when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import work
from textual.screen import Screen

from wantui.ui.dialogs.opening import opening
from wantui.ui.runs.job_table import JobTable

if TYPE_CHECKING:
    from wantui.ui.app import WantuiApp
    from wantui.ui.work.work import WorkScreen


class JobActions(Screen[None]):
    """The half of `WorkScreen` that asks for jobs."""

    @property
    def _work(self) -> WorkScreen:
        return cast("WorkScreen", self)

    @property
    def _host(self) -> WantuiApp:
        return cast("WantuiApp", self.app)

    @opening("jobs")
    async def action_show_job(self) -> None:
        """Everything about the job."""
        from wantui.ui.runs import job_flow  # noqa: PLC0415  opened when asked for

        await job_flow.show_job(self._work, self._work.query_one(JobTable).highlighted)

    @opening("jobs")
    async def action_train(self) -> None:
        """Open the run form."""
        from wantui.ui.runs import job_flow  # noqa: PLC0415  opened when asked for

        await job_flow.train(self._work)

    @work(group="jobs", exclusive=True, exit_on_error=False)
    async def action_cache(self) -> None:
        """Encode what is not current."""
        from wantui.ui.runs import job_flow  # noqa: PLC0415  opened when asked for

        await job_flow.cache(self._work)

    @opening("jobs")
    async def action_stop_job(self) -> None:
        """Stop the job, after asking."""
        from wantui.ui.runs import job_flow  # noqa: PLC0415  opened when asked for

        await job_flow.stop(self._work, self._work.query_one(JobTable).highlighted)

    @work(group="jobs", exclusive=True, exit_on_error=False)
    async def action_retry_job(self) -> None:
        """Queue the job again."""
        from wantui.ui.runs import job_flow  # noqa: PLC0415  opened when asked for

        await job_flow.retry(self._work, self._work.query_one(JobTable).highlighted)

    @opening("jobs")
    async def action_show_run(self) -> None:
        """What the run of the job trained on."""
        from wantui.ui.runs import job_flow  # noqa: PLC0415  opened when asked for

        await job_flow.show_run(self._work, self._work.query_one(JobTable).highlighted)

    @opening("jobs")
    async def action_set_up(self) -> None:
        """What this box lacks for training, and getting it."""
        from wantui.ui.machine import setup_flow  # noqa: PLC0415  opened when asked for

        await setup_flow.set_up(self._work)

    @opening("jobs")
    async def action_ask_doctor(self) -> None:
        """Every check of the doctor."""
        from wantui.ui.machine import setup_flow  # noqa: PLC0415  opened when asked for

        await setup_flow.ask_doctor(self._work)

    @work(group="watching", exclusive=True, exit_on_error=False)
    async def action_toggle_watching(self) -> None:
        """Pause the watcher, or let it go on."""
        from wantui.ui.runs import job_flow  # noqa: PLC0415  opened when asked for

        await job_flow.toggle_watching(self._work)

    @opening("leave")
    async def action_leave(self) -> None:
        """Leave; where jobs go on it says so first."""
        from wantui.ui.runs import job_flow  # noqa: PLC0415  opened when asked for

        await job_flow.leave(self._work)
