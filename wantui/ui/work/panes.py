"""Which panes are seen, and which of them the keys go to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.reactive import reactive

from wantui.ui.captions.preview_pane import PreviewPane
from wantui.ui.commands.catalogue import BY_ID, PANES, Command, Place
from wantui.ui.commands.command_table import commands_of, titled
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.drawing.moves import WholeScreen
from wantui.ui.log.view import LogView
from wantui.ui.messages.requests import JobHighlighted
from wantui.ui.runs.job_table import JobTable
from wantui.ui.work.key_line import KeyLine
from wantui.ui.work.room import EXPECTED_ROWS, FRAME, HIGH, room_for

if TYPE_CHECKING:
    from textual import events
    from textual.widget import Widget

    from wantui.ui.messages.requests import GiveCommand, LeaveLog
    from wantui.ui.work.room import Room

SINGLE_BELOW = (100, 28)
"""Columns and lines below which one pane is seen at a time."""
MEDIUM_BELOW = 150
"""Columns below which preview and GPUs share a place."""
TITLES = {Place.DATASET: "Dataset", Place.PREVIEW: "Preview", Place.GPUS: "GPUs", Place.JOBS: "Jobs"}
"""Of the log the widget itself says whose it is."""


class Panes(WholeScreen[None]):
    """The part of `WorkScreen` that goes from pane to pane."""

    place: reactive[Place] = reactive(Place.DATASET, repaint=False)
    is_zoomed: reactive[bool] = reactive(False, repaint=False)
    is_raised: reactive[bool] = reactive(False, repaint=False)
    """Whether jobs, log and curves have taken the place of dataset and preview."""
    expects_jobs = False
    """Whether there will be jobs, before they are known."""
    knows_jobs = False
    came_from = Place.DATASET
    """Where a person was before the log took the whole screen."""

    def title_panes(self) -> None:
        """Put the key that leads there before the name of each pane."""
        for place, title in TITLES.items():
            self.pane(place).border_title = titled(self, place, title)

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout."""
        columns, lines = event.size
        self.lay_out(columns, lines)

    def _compositor_refresh(self) -> None:
        """Draw what has changed; nothing behind a screen that hides this one.

        Textual would draw that screen again as a whole, sixels and all. This one is drawn when it comes back.
        """
        front = self.app.screen
        if front is self or front.styles.background.a < 1:
            super()._compositor_refresh()
        else:
            self._compositor._dirty_regions.clear()  # noqa: SLF001  Textual has no other way to it
            self._dirty_widgets.clear()

    def lay_out(self, columns: int, lines: int) -> None:
        """Choose the layout for a size of the screen."""
        is_small = columns < SINGLE_BELOW[0] or lines < SINGLE_BELOW[1]
        is_single = is_small or self.is_zoomed
        self.set_class(is_single, "-single")
        self.set_class(not is_single and columns < MEDIUM_BELOW, "-medium")
        self.set_class(not is_single and self.is_raised, "-raised")
        self.set_class(lines >= HIGH, "-high")
        self.query_one(KeyLine).is_single = is_small
        self.query_one("#loss").set_class(lines < 20, "-hidden")  # noqa: PLR2004  GPUs come first
        room = self.room(lines)
        self.set_class(not room.log, "-no-log")
        self._give("#jobs", None if is_single else room.jobs)
        self._give("#below", None if is_single else room.log or FRAME + 1)

    def _give(self, pane: str, lines: int | None) -> None:
        """Give a pane so many lines; None: as the style sheet says."""
        styles = self.query_one(pane).styles
        before = styles.inline.height
        if (before.cells if before is not None else None) != lines:
            styles.height = lines

    def room(self, lines: int) -> Room:
        """What jobs and log get of the screen's lines."""
        table, items = self.query_one(JobTable), self.query_one(DatasetList).row_count
        if not self.knows_jobs:
            return room_for(lines, rows=EXPECTED_ROWS * self.expects_jobs, items=items, is_raised=self.is_raised)
        return room_for(lines, rows=table.row_count, busy=table.busy_rows, items=items, is_raised=self.is_raised)

    @on(JobHighlighted)
    def _make_room(self) -> None:
        """There may be more lines of jobs now, or fewer."""
        self.lay_out(*self.size)

    def watch_place(self, place: Place) -> None:
        """Show the pane that the keys go to."""
        for pane in PANES:
            self.set_class(pane is place or (place is Place.EDITOR and pane is Place.PREVIEW), f"-at-{pane.value}")

    def watch_is_zoomed(self) -> None:
        """Give the pane the whole screen, or take it back."""
        self.lay_out(*self.size)

    def watch_is_raised(self) -> None:
        """Raise what is below, or lower it."""
        self.lay_out(*self.size)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The place is where the focus is."""
        for node in event.widget.ancestors_with_self:
            if node.id == "editor":
                self.place = Place.EDITOR
                return
            if node.id in {pane.value for pane in PANES}:
                self.place = Place(node.id)
                return

    def pane(self, place: Place) -> Widget:
        """The widget of a pane."""
        return self.query_one(f"#{place.value}")

    def go(self, place: Place) -> None:
        """Go to a pane, unless a caption is being edited."""
        if self.query_one(PreviewPane).editor is None:
            if place in (Place.DATASET, Place.PREVIEW):
                self.is_raised = False
            self.place = place
            self.pane(place).focus()

    def action_go(self, place: str) -> None:
        """Go to a pane, by its name in the table of commands."""
        self.go(Place(place))

    def action_next_pane(self, step: int) -> None:
        """Go to the neighbour."""
        at = PANES.index(self.place) if self.place in PANES else 0
        self.go(PANES[(at + step) % len(PANES)])

    def action_zoom(self) -> None:
        """Give the pane the whole screen, or take it back."""
        self.is_zoomed = not self.is_zoomed

    def action_raise(self) -> None:
        """Jobs, log and curves in the place of dataset and preview, or as before."""
        if not self.is_raised and self.query_one(PreviewPane).editor is None:
            if self.place in (Place.DATASET, Place.PREVIEW):
                self.go(Place.JOBS)
            self.is_raised, self.is_zoomed = True, False
        else:
            self.is_raised = False

    def action_show_log(self) -> None:
        """The log on the whole screen, or back."""
        if self.place is Place.LOG and self.is_zoomed:
            self.is_zoomed = False
            self.go(self.came_from)
            self.log_left()
            return
        self.came_from = self.place if self.place in PANES else Place.JOBS
        self.is_zoomed = True
        self.go(Place.LOG)

    def log_left(self) -> None:
        """The log has had the whole screen, and has it no more."""

    @property
    def is_reading_log(self) -> bool:
        """Whether the log has the whole screen."""
        return self.place is Place.LOG and (self.is_zoomed or self.has_class("-single"))

    def on_leave_log(self, _message: LeaveLog) -> None:
        """Escape in a log that has the whole screen."""
        if self.place is Place.LOG and self.is_zoomed:
            self.action_show_log()

    async def give(self, command: Command) -> None:
        """Do what a command says, as if its key had been pressed in its place."""
        if command.place in PANES and not command.action.startswith(("screen.", "app.")):
            self.go(command.place)
            await self.pane(command.place).run_action(command.action)
        elif command.place is Place.EDITOR:
            editor = self.query_one(PreviewPane).editor
            if editor is not None:
                await editor.run_action(command.action)
        else:
            await self.run_action(command.action)

    async def give_by_id(self, command_id: str) -> None:
        """Do what the command of an id says."""
        await self.give(BY_ID[command_id])

    async def on_give_command(self, message: GiveCommand) -> None:
        """A key of the bottom line has been clicked."""
        if message.command_id in BY_ID:
            await self.give_by_id(message.command_id)

    def action_step_item(self, step: int) -> None:
        """Go to the neighbour of the item."""
        items = self.query_one(DatasetList)
        items.move_to(items.cursor + step)

    def action_step_problem(self, step: int) -> None:
        """Go to the next or previous problem."""
        self.query_one(DatasetList).step_problem(step)

    def action_copy_item(self, what: str) -> None:
        """Copy the caption of the item under the cursor, or the path of its media."""
        from wantui.ui.captions.item_copying import copy_item  # noqa: PLC0415  when it is asked for

        copy_item(self, self.query_one(DatasetList).highlighted, what)

    def action_toggle_crop(self) -> None:
        """Draw what the trainer cuts off of the picture, or do not."""
        self.query_one(PreviewPane).toggle_crop()

    def action_step_frames(self, frames: int) -> None:
        """Go on (negative: back) in the clip under the cursor."""
        self.query_one(PreviewPane).picture.step_frames(frames)

    def action_play_clip(self) -> None:
        """Play the clip under the cursor, or pause."""
        self.query_one(PreviewPane).picture.play()

    def action_follow_log(self) -> None:
        """Follow the log and the running job, or stop."""
        self.query_one(LogView).toggle_following()

    def action_help(self) -> None:
        """The keys of this place."""
        from wantui.ui.dialogs.help import HelpScreen  # noqa: PLC0415  opened when asked for
        from wantui.ui.work.help import place_sections  # noqa: PLC0415  the same

        table = commands_of(self)
        self.app.push_screen(HelpScreen("Keys", partial(place_sections, self.place, table)))
