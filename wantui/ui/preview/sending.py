"""Sends the terminal what a picture needs beside the lines of the widget that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.widgets._toast import Toast, ToastRack

from wantui.ui.drawing.beside import send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.geometry import Region
    from textual.widget import Widget

    from wantui.ui.preview.graphics.drawing import Drawing
    from wantui.ui.preview.viewer import ShowsPictures


SETTLED_S = 0.03
"""A screen that comes back is drawn several times in a row, each of which would wipe a picture sent at once."""


class PictureSender:
    """The pictures of one widget; most show one at a time.

    What has to be known before its lines are drawn goes at once. What stands over them goes when they have been
    drawn, and again when something else was drawn there.
    """

    def __init__(self, widget: Widget, place: Callable[[Drawing], Region]) -> None:
        """Make it.

        Args:
            widget: which shows them.
            place: where a picture stands on the screen.
        """
        self._widget, self._place = widget, place
        self._shown: tuple[Drawing, ...] = ()
        self._stands: dict[int, Region] = {}
        """By the `id` of a picture that is shown: where it was sent over the lines last."""
        self._is_waiting = False

    @property
    def drawing(self) -> Drawing | None:
        """What is shown, where that is one picture."""
        return self._shown[0] if self._shown else None

    def show(self, drawing: Drawing | None) -> None:
        """Show a picture, or none; the widget draws its lines."""
        self.show_all(() if drawing is None else (drawing,))

    def show_all(self, drawings: Iterable[Drawing]) -> None:
        """Show these pictures and no others, each once; the widget draws their lines."""
        before, after = {id(each): each for each in self._shown}, {id(each): each for each in drawings}
        if before.keys() == after.keys():
            return
        self._shown = tuple(after.values())
        self._stands = {number: region for number, region in self._stands.items() if number in after}
        for number, drawing in after.items():
            if number not in before:
                self._send(drawing.before)
        undo = "".join(drawing.undo for number, drawing in before.items() if number not in after)
        if undo:
            self._widget.call_after_refresh(self._send, undo)
        self.lines_drawn()

    def end(self) -> None:
        """Let the terminal drop what it keeps for us."""
        self._send("".join(drawing.undo for drawing in self._shown))

    def lines_drawn(self) -> None:
        """Lines of the widget are drawn: what they wipe is sent again."""
        if any(drawing.after for drawing in self._shown) and not self._is_waiting:
            self._is_waiting = True
            self._widget.set_timer(SETTLED_S, self._send_soon)

    def _send_soon(self) -> None:
        self._widget.call_after_refresh(self._send_over)

    def _send_over(self) -> None:
        self._is_waiting = False
        widget = self._widget
        if widget.app.screen is not widget.screen:
            return
        sent = cast("ShowsPictures", widget.app).sent
        # All that is wiped is found before the first goes: forgotten lines do not tell what else was on them.
        due = [
            (each, region) for each in self._shown if (region := self._region_of(each)) and self._is_due(each, region)
        ]
        for drawing, region in due:
            self._stands[id(drawing)] = region
            sent.forget(region)  # lines that are drawn again must wipe it
            self._send(f"\x1b7\x1b[{region.y + 1};{region.x + 1}H{drawing.after}\x1b8")

    def _region_of(self, drawing: Drawing) -> Region | None:
        """Where a picture can be sent now; None: nowhere."""
        if not drawing.after:
            return None
        region = self._place(drawing)
        is_seen = region and self._widget.screen.region.contains_region(region) and not self._is_covered(region)
        return region if is_seen else None

    def _is_due(self, drawing: Drawing, region: Region) -> bool:
        """Whether it does not stand there, or something was drawn over it."""
        is_wiped = cast("ShowsPictures", self._widget.app).sent.has_drawn(region)
        return is_wiped or self._stands.get(id(drawing)) != region

    def _is_covered(self, region: Region) -> bool:
        """Whether something is told there in passing; what is drawn when it goes lets the picture come again."""
        racks = [child for child in self._widget.screen.children if isinstance(child, ToastRack)]
        return any(toast.region.overlaps(region) for rack in racks for toast in rack.walk_children(Toast))

    def _send(self, sequence: str) -> None:
        send(self._widget.app, sequence)
