"""What the work screen does with one caption, each opened when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from wantui.ui.dataset.actions import BenchActions
from wantui.ui.dialogs.opening import EDITOR, opening

if TYPE_CHECKING:
    from wantui.ui.messages.requests import LeaveEditor, OpenItem, OpenJob, RevertCaption, SaveCaption


class CaptionActions(BenchActions):
    """The part of `WorkScreen` that edits."""

    def on_open_item(self, _message: OpenItem) -> None:
        """An item has been double-clicked."""
        self.action_edit_caption()

    @opening(EDITOR)
    async def action_edit_caption(self) -> None:
        """Edit the caption of the item."""
        from wantui.ui.captions import caption_flow  # noqa: PLC0415  opened when asked for

        await caption_flow.begin(self._work)

    @work(group="caption", exclusive=True, exit_on_error=False)
    async def on_save_caption(self, message: SaveCaption) -> None:
        """Write the caption."""
        from wantui.ui.captions import caption_flow  # noqa: PLC0415  opened when asked for

        await caption_flow.save(self._work, message)

    @work(group="caption", exclusive=True, exit_on_error=False)
    async def on_revert_caption(self, _message: RevertCaption) -> None:
        """Begin anew with what the file has."""
        from wantui.ui.captions import caption_flow  # noqa: PLC0415  opened when asked for

        await caption_flow.revert(self._work)

    @work(group="caption", exclusive=True, exit_on_error=False)
    async def on_leave_editor(self, _message: LeaveEditor) -> None:
        """Leave the editor."""
        from wantui.ui.captions import caption_flow  # noqa: PLC0415  opened when asked for

        await caption_flow.leave(self._work)

    @work(group=EDITOR, exclusive=True, exit_on_error=False)
    async def action_edit_outside(self) -> None:
        """Edit the caption in the person's own editor."""
        from wantui.ui.captions import caption_flow  # noqa: PLC0415  opened when asked for

        await caption_flow.edit_outside(self._work)

    def on_open_job(self, _message: OpenJob) -> None:
        """A job has been double-clicked."""
        self.action_show_job()
