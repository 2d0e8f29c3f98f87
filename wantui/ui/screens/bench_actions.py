"""What the work screen does for proposed captions and for the dataset's settings, each opened when asked for."""

from __future__ import annotations

from textual import work

from wantui.ui.screens.job_actions import JobActions


class BenchActions(JobActions):
    """The part of `WorkScreen` that asks for more than one caption at a time."""

    @work(group="bench", exclusive=True, exit_on_error=False)
    async def action_propose(self) -> None:
        """Have captions proposed, or look at the proposals."""
        from wantui.ui.screens import proposal_flow  # noqa: PLC0415  opened when asked for

        await proposal_flow.begin(self._work)

    @work(group="bench", exclusive=True, exit_on_error=False)
    async def action_settings(self) -> None:
        """Change the dataset's settings, or make them."""
        from wantui.ui.screens import dataset_flow  # noqa: PLC0415  opened when asked for

        await dataset_flow.begin(self._work)

    @work(group="bench", exclusive=True, exit_on_error=False)
    async def action_import_media(self) -> None:
        """Import media from elsewhere."""
        from wantui.ui.screens import import_flow  # noqa: PLC0415  opened when asked for

        await import_flow.begin(self._work)
