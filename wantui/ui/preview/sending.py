"""Sends the terminal what a picture needs beside the lines of the widget that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.widgets._toast import Toast, ToastRack

from wantui.ui.drawing.beside import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.geometry import Region
    from textual.widget import Widget

    from wantui.ui.preview.graphics.drawing import Drawing
    from wantui.ui.preview.viewer import ShowsPictures


SETTLED_S = 0.03
"""A screen that comes back is drawn several times in a row, each of which would wipe a picture sent at once."""


class PictureSender:
    """One picture at a time of one widget.

    What has to be known before its lines are drawn goes at once. What stands over them goes when they have been
    drawn, and again when something else was drawn there.
    """

    def __init__(self, widget: Widget, place: Callable[[Drawing], Region]) -> None:
        """Make it.

        Args:
            widget: which shows it.
            place: where a picture stands on the screen.
        """
        self._widget, self._place = widget, place
        self._stands: tuple[Drawing, Region] | None = None
        """What was sent over the lines last, and where."""
        self._is_waiting = False
        self.drawing: Drawing | None = None
        """What is shown."""

    def show(self, drawing: Drawing | None) -> None:
        """Show a picture, or none; the widget draws its lines."""
        old, self.drawing = self.drawing, drawing
        if old is drawing:
            return
        if drawing is not None:
            self._send(drawing.before)
        if old is not None and old.undo:
            self._widget.call_after_refresh(self._send, old.undo)
        self.lines_drawn()

    def end(self) -> None:
        """Let the terminal drop what it keeps for us."""
        if self.drawing is not None:
            self._send(self.drawing.undo)

    def lines_drawn(self) -> None:
        """Lines of the widget are drawn: what they wipe is sent again."""
        if self.drawing is not None and self.drawing.after and not self._is_waiting:
            self._is_waiting = True
            self._widget.set_timer(SETTLED_S, self._send_soon)

    def _send_soon(self) -> None:
        self._widget.call_after_refresh(self._send_over)

    def _send_over(self) -> None:
        self._is_waiting = False
        drawing, widget = self.drawing, self._widget
        if drawing is None or not drawing.after or widget.app.screen is not widget.screen:
            return
        region = self._place(drawing)
        if not region or not widget.screen.region.contains_region(region) or self._is_covered(region):
            return
        sent = cast("ShowsPictures", widget.app).sent
        if self._stands == (drawing, region) and not sent.has_drawn(region):
            return
        self._stands = drawing, region
        sent.forget(region)  # lines that are drawn again must wipe it
        self._send(f"\x1b7\x1b[{region.y + 1};{region.x + 1}H{drawing.after}\x1b8")

    def _is_covered(self, region: Region) -> bool:
        """Whether something is told there in passing; what is drawn when it goes lets the picture come again."""
        racks = [child for child in self._widget.screen.children if isinstance(child, ToastRack)]
        return any(toast.region.overlaps(region) for rack in racks for toast in rack.walk_children(Toast))

    def _send(self, sequence: str) -> None:
        send(self._widget.app, sequence)
