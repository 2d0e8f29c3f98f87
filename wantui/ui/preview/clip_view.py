"""The picture of an item, of which a clip can be gone through frame by frame and played."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from wantui.ui.commands.command_table import key_for
from wantui.ui.drawing.styles import cells
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.preview.picture import PictureView, Shown
from wantui.ui.preview.picture_facts import FramePlace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

    from wantui.dataset.model import Item
    from wantui.terminal.graphics import TerminalGraphics
    from wantui.ui.drawing.styles import Part
    from wantui.ui.preview.clip_cursor import ClipCursor
    from wantui.ui.preview.clip_frames import ClipFrames
    from wantui.ui.preview.thumbnails import PictureKey
    from wantui.ui.preview.viewer import ShowsPictures

UNDER_WAY = 2
"""Frames sent that need not have arrived before the next one is: a key is not to wait behind many."""


class ClipView(PictureView):
    """One picture; of a clip its first, middle and last frame, until one steps to a frame or plays it."""

    def __init__(self, id: str = "picture") -> None:  # noqa: A002  Textual's name for it
        super().__init__(id)
        self._cursor: ClipCursor | None = None
        self._frames: ClipFrames | None = None
        self._is_following = False

    @property
    def cursor(self) -> ClipCursor | None:
        """Where one is in the clip; None: the item is none."""
        return self._cursor

    def show_item(self, item: Item | None, neighbours: Sequence[Item] = ()) -> None:
        """Show an item soon; a clip stays at its frame as long as it is the same."""
        if not _is_same(item, self._item):
            self._cursor = None if item is None or not item.is_video else _cursor_of(item)
            self._frames = None
        super().show_item(item, neighbours)

    def go_to(self, frame: int | None) -> None:
        """Show a frame of the clip, from 0; None: the clip as a whole."""
        if self._cursor is not None:
            self._cursor.position = frame
            self._want()

    def step_frames(self, frames: int) -> None:
        """Go on (negative: back) by so many frames of the clip."""
        if self._cursor is not None and self._can_show:
            self._cursor.step(frames)
            self._want()
            self.refresh()

    def play(self) -> None:
        """Play the clip from here, or pause."""
        if self._cursor is None or not self._can_show:
            return
        if self._cursor.playback is None:
            self._cursor.play(time.monotonic())
        else:
            self._cursor.pause()
        self._want()
        self.refresh()

    def pause(self) -> None:
        """Play no further."""
        if self._cursor is not None:
            self._cursor.pause()

    @property
    def _can_show(self) -> bool:
        """Whether there is room for a picture, and pictures are shown here."""
        from wantui.terminal.graphics import Protocol  # noqa: PLC0415  the first frame has no picture

        sight = self._viewer.sight
        return self.is_drawable and sight is not None and sight.protocol is not Protocol.OFF

    @property
    def _is_at_frame(self) -> bool:
        return self._cursor is not None and self._cursor.position is not None

    def _key(self, item: Item, sight: TerminalGraphics) -> PictureKey:
        from wantui.ui.preview.graphics.drawing import box_of  # noqa: PLC0415  the first frame has no picture

        key, cursor = super()._key(item, sight), self._cursor
        if cursor is None or cursor.position is None or item is not self._item:
            return key
        width, height = box_of(self._room(item), sight, is_small=cursor.playback is not None)
        return replace(key, frames=(cursor.position,), width=max(1, width), height=max(1, height))

    def _want(self) -> None:
        if not self._is_at_frame:
            super()._want()
            return
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if not self._is_following:
            self._is_following = True
            self.run_worker(self._follow(), group="frames", exit_on_error=False)

    async def _follow(self) -> None:
        """Show the frame that is wanted, one after the other while it plays, until it is shown."""
        try:
            while await self._has_followed():
                pass
        finally:
            self._is_following = False

    async def _has_followed(self) -> bool:
        """Show the frame that is wanted now; whether there may be another."""
        item, cursor, sight = self._item, self._cursor, self._viewer.sight
        if item is None or cursor is None or cursor.position is None or sight is None or not self.is_drawable:
            return False
        if self.app.screen is not self.screen:
            cursor.pause()
        cursor.advance(time.monotonic())
        key, theme = self._key(item, sight), self.app.theme
        if self._shown is not None and (self._shown.key, self._shown.theme) == (key, theme):
            if cursor.playback is None:
                self.refresh()
                return False
            await asyncio.sleep(cursor.playback.wait(time.monotonic()))
            return True
        if self._frames is None:
            from wantui.ui.preview.clip_frames import ClipFrames  # noqa: PLC0415  the first frame has no picture

            self._frames = ClipFrames(item.media, cursor.frames, item.source_fps)
        shown = Shown(item, key, theme, self._room(item), frame=cursor.position)
        if self._shown is not None and self._shown.item.key == item.key:
            shown = replace(shown, timing=self._shown.timing)
        is_small, base = cursor.playback is not None, text_styles_of(self).base
        made = await asyncio.to_thread(make_frame, shown, self._frames, sight, base, is_small=is_small)
        if not await self._has_room(cursor) or cursor is not self._cursor or not self._is_at_frame:
            return True
        self._replace(made)
        if cursor.playback is not None:
            cursor.playback.was_shown(time.monotonic())
        self.call_after_refresh(cast("ShowsPictures", self.app).pace.sent)
        return True

    async def _has_room(self, cursor: ClipCursor) -> bool:
        """Wait until the line has room for a frame; a line that does not answer any more is too slow to play."""
        pace = cast("ShowsPictures", self.app).pace
        was_silent = pace.is_silent
        await pace.room(UNDER_WAY)
        if pace.is_silent and not was_silent and cursor.playback is not None:
            cursor.pause()
            self.notify("The line is too slow to play clips: step through them.", severity="warning", markup=False)
            return False
        return True

    def _place_in(self, shown: Shown) -> FramePlace | None:
        if shown.frame is None:
            return None
        playback = self._cursor.playback if self._cursor is not None else None
        return FramePlace(shown.frame, playback is not None, playback.rate if playback is not None else None)

    def _facts(self, shown: Shown) -> list[list[Part]]:
        lines, styles = super()._facts(shown), text_styles_of(self)
        if self._cursor is not None and lines:
            at = 1 if shown.key.crop is not None else 0
            back, on = key_for(self, "preview.previous_frame"), key_for(self, "preview.next_frame")
            hint = [("   ", styles.plain), (f"{back} {on}", styles.accent), (" frame by frame", styles.dim)]
            if shown.frame is None and cells(lines[at]) + cells(hint) <= self.size.width:
                lines[at] = [*lines[at], *hint]
        return lines


def _cursor_of(item: Item) -> ClipCursor:
    from wantui.ui.preview.clip_cursor import ClipCursor  # noqa: PLC0415  the first frame has no picture

    return ClipCursor.of(item)


def _is_same(one: Item | None, other: Item | None) -> bool:
    """Whether both are the same clip as it was."""
    if one is None or other is None:
        return one is other
    return (one.key, one.media_mtime_ns, one.frame_count, one.source_fps) == (
        other.key, other.media_mtime_ns, other.frame_count, other.source_fps,
    )  # fmt: skip


def make_frame(shown: Shown, frames: ClipFrames, sight: TerminalGraphics, base: Style, *, is_small: bool) -> Shown:
    """Draw a frame; decodes and encodes, so it is for threads.

    Args:
        shown: which frame of which item, in which pixels; without a drawing.
        frames: where it comes from.
        sight: how pictures are shown.
        base: what its lines stand on.
        is_small: whether it is to take few bytes.
    """
    from wantui.ui.preview.graphics.drawing import draw  # noqa: PLC0415  the first frame has no picture
    from wantui.ui.preview.thumbnails import Picture, drawn  # noqa: PLC0415  the same

    found = frames.frame(shown.frame or 0, shown.key.side)
    if isinstance(found, str):
        return replace(shown, trouble=found)
    picture = drawn([found], shown.key)
    if not isinstance(picture, Picture):
        return replace(shown, trouble=picture)
    drawing = draw(picture, shown.room, sight, base, is_small=is_small)
    return replace(shown, drawing=drawing, lines=drawing.lines(shown.room, base))
