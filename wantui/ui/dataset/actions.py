"""What the work screen does with the dataset as a whole, each opened when asked for."""

from __future__ import annotations

from textual import work

from wantui.ui.dialogs.opening import opening
from wantui.ui.runs.actions import JobActions


class BenchActions(JobActions):
    """The part of `WorkScreen` that asks for more than one caption at a time.

    An action that opens a dialog ends the one before that has not opened its own yet. What writes runs to its end:
    nobody must miss what it has to tell.
    """

    @opening("bench")
    async def action_propose(self) -> None:
        """Have captions proposed, or look at the proposals."""
        from wantui.ui.captions import proposal_flow  # noqa: PLC0415  opened when asked for

        await proposal_flow.begin(self._work)

    @opening("bench")
    async def action_settings(self) -> None:
        """Change the dataset's settings, or make them."""
        from wantui.ui.dataset import dataset_flow  # noqa: PLC0415  opened when asked for

        await dataset_flow.begin(self._work)

    @opening("bench")
    async def action_import_media(self) -> None:
        """Import media from elsewhere."""
        from wantui.ui.dataset import import_flow  # noqa: PLC0415  opened when asked for

        await import_flow.begin(self._work)

    @opening("bench")
    async def action_bulk(self) -> None:
        """Change many captions at once."""
        from wantui.ui.captions import bulk_flow  # noqa: PLC0415  opened when asked for

        await bulk_flow.begin(self._work)

    @work(group="undo", exit_on_error=False)
    async def action_undo(self) -> None:
        """Take back the last change."""
        from wantui.ui.captions import undo_flow  # noqa: PLC0415  opened when asked for

        await undo_flow.undo(self._work)

    @work(group="redo", exit_on_error=False)
    async def action_redo(self) -> None:
        """Do again what was undone."""
        from wantui.ui.captions import undo_flow  # noqa: PLC0415  opened when asked for

        await undo_flow.redo(self._work)

    @opening("bench")
    async def action_show_history(self) -> None:
        """What has been changed."""
        from wantui.ui.captions import undo_flow  # noqa: PLC0415  opened when asked for

        await undo_flow.show_history(self._work)

    @opening("bench")
    async def action_remove_items(self) -> None:
        """Move items to the trash."""
        from wantui.ui.dataset import trash_flow  # noqa: PLC0415  opened when asked for

        await trash_flow.remove(self._work)

    @opening("bench")
    async def action_restore_items(self) -> None:
        """Bring items back from the trash."""
        from wantui.ui.dataset import trash_flow  # noqa: PLC0415  opened when asked for

        await trash_flow.restore(self._work)

    @opening("bench")
    async def action_show_problems(self) -> None:
        """Everything that is wrong, and what mends it."""
        from wantui.ui.dataset import problem_flow  # noqa: PLC0415  opened when asked for

        await problem_flow.show(self._work)
