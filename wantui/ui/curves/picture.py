"""The curves as a picture: painted in a thread, and sent no more often than the line can bear."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from rich.style import Style
from textual.geometry import Region
from textual.worker import get_current_worker

from wantui.terminal.graphics import USUAL_CELL, Protocol
from wantui.ui.drawing.pixels import PixelCanvas
from wantui.ui.drawing.styles import cells
from wantui.ui.preview.graphics.drawing import draw_filling, filling_cell
from wantui.ui.preview.sending import PictureSender

if TYPE_CHECKING:
    from textual.strip import Strip
    from textual.timer import Timer

    from wantui.terminal.graphics import TerminalGraphics
    from wantui.ui.drawing.chart import DrawnChart
    from wantui.ui.drawing.drawn import DrawnBlock
    from wantui.ui.drawing.styles import Part, TextStyles
    from wantui.ui.preview.graphics.drawing import Drawing
    from wantui.ui.preview.viewer import ShowsPictures

    Colour = tuple[int, int, int]

ASKED_S, NEWS_S = 0.3, 3.0
"""Seconds from one picture to the next at least: after a key, and as steps come."""
ASKED_BYTES, NEWS_BYTES = 128_000, 12_000
"""Bytes a second on the average at most, for the same."""
SOON_S = 0.02
"""What one key changes is put together first."""


def pause_after(sent: int, *, is_asked: bool) -> float:
    """Seconds from a picture of so many bytes to the next one.

    Args:
        sent: bytes.
        is_asked: whether a person waits for it.
    """
    least, rate = (ASKED_S, ASKED_BYTES) if is_asked else (NEWS_S, NEWS_BYTES)
    return max(least, sent / rate)


@dataclass(frozen=True, slots=True, eq=False)
class _Plot:
    """What a picture is painted from."""

    canvas: PixelCanvas
    colours: tuple[Colour, ...]
    ground: Colour
    base: Style

    def is_same(self, other: _Plot | None) -> bool:
        """Whether the same picture would come of it."""
        return (
            other is not None
            and (self.colours, self.ground) == (other.colours, other.ground)
            and self.canvas.is_same(other.canvas)
        )

    def may_replace(self, other: _Plot | None) -> bool:
        """Whether that one may stand until this one is painted: size and ground are the same."""
        if other is None:
            return False
        one, another = self.canvas, other.canvas
        return (one.width, one.height, self.ground) == (another.width, another.height, other.ground)


class PlotPicture:
    """The picture in a chart, which stands at the right of its figures."""

    def __init__(self, widget: DrawnBlock) -> None:
        """Make it.

        Args:
            widget: the chart.
        """
        self._widget = widget
        self._sender = PictureSender(widget, self._place)
        self._wanted: _Plot | None = None
        self._shown: _Plot | None = None
        self._left = 0
        """Cells at the left of it."""
        self._timer: Timer | None = None
        self._due = 0.0
        self._is_painting = self._has_failed = False
        self._is_asked = True
        """Whether a person waits for what is wanted."""
        self._sent_at, self._sent = 0.0, 0
        """When a picture was sent last, and its bytes."""

    # -- what the terminal can --------------------------------------------------------------------------------------

    @property
    def _sight(self) -> TerminalGraphics | None:
        return cast("ShowsPictures", self._widget.app).viewer.sight

    @property
    def is_possible(self) -> bool:
        """Whether the terminal is known to show pictures."""
        sight = self._sight
        return sight is not None and sight.protocol in (Protocol.KITTY, Protocol.SIXEL) and not self._has_failed

    def begin(self) -> None:
        """Find out how pictures are shown here, unless that is known."""
        if self._sight is not None:
            return
        app = self._widget.app
        viewer, has_true_colour = cast("ShowsPictures", app).viewer, app.console.color_system == "truecolor"

        def work() -> None:
            viewer.decide(has_true_colour=has_true_colour)
            if not get_current_worker().is_cancelled:
                app.call_from_thread(self._widget.changed)

        self._widget.run_worker(work, thread=True, group="sight", exclusive=True, exit_on_error=False)

    def end(self) -> None:
        """Let the terminal drop it."""
        self._sender.end()

    # -- what the chart does ----------------------------------------------------------------------------------------

    def canvas(self, width: int, height: int) -> PixelCanvas:
        """What the curves are drawn on, of so many cells and lines."""
        sight = self._sight
        cell = None if sight is None else filling_cell((width, height), sight)
        return PixelCanvas(width, height, cell or USUAL_CELL)

    def put_into(self, chart: DrawnChart[PixelCanvas], styles: TextStyles) -> list[list[Part]] | None:
        """The lines of a chart with the picture in them, and another one soon if it should look otherwise.

        None: there is no picture (yet) that could stand there.
        """
        canvas, sight = chart.canvas, self._sight
        if canvas is None or sight is None or filling_cell((canvas.width, canvas.height), sight) is None:
            self._wanted = None
            self._take_away()
            return None
        plot = _Plot(canvas, tuple(_rgb(ink.style, styles) for ink in chart.inks), styles.background, styles.base)
        may_stay = plot.may_replace(self._shown)
        self._is_asked |= not may_stay
        if not plot.is_same(self._wanted):
            self._wanted, self._left = plot, cells(chart.lines[0][:1])
            self._schedule()
        drawing = self._sender.drawing
        if drawing is None or not may_stay:
            self._take_away()
            return None
        drawn = [[line[0], *_parts(strip)] for line, strip in zip(chart.lines, drawing.strips, strict=False)]
        return [*drawn, *chart.lines[len(drawn) :]]

    def hurry(self) -> None:
        """A person waits for what changes next."""
        self._is_asked = True

    def lines_drawn(self) -> None:
        """Lines of the chart are drawn, also where another screen does not cover it any more."""
        self._sender.lines_drawn()
        if self._is_behind and self._timer is None:
            self._schedule()

    # -- painting ---------------------------------------------------------------------------------------------------

    @property
    def _is_behind(self) -> bool:
        return self._wanted is not None and self._wanted is not self._shown

    def _schedule(self) -> None:
        """Paint what is wanted as soon as may be."""
        if self._is_painting:
            return
        now = time.monotonic()
        due = max(now + SOON_S, self._sent_at + pause_after(self._sent, is_asked=self._is_asked))
        if self._timer is not None:
            if due >= self._due:
                return
            self._timer.stop()
        self._due = due
        self._timer = self._widget.set_timer(due - now, self._paint)

    def _paint(self) -> None:
        self._timer = None
        plot, sight = self._wanted, self._sight
        if plot is None or sight is None or not self._is_behind or self._widget.app.screen is not self._widget.screen:
            return
        if plot.is_same(self._shown):
            self._shown = plot
            return
        self._is_painting, self._is_asked = True, False

        def work() -> None:
            drawing = None
            try:
                drawing = _painted(plot, sight)
            finally:
                if not get_current_worker().is_cancelled:
                    self._widget.app.call_from_thread(self._ready, plot, drawing)

        self._widget.run_worker(work, thread=True, group="plot", exclusive=True, exit_on_error=False)

    def _ready(self, plot: _Plot, drawing: Drawing | None) -> None:
        """It is painted; None: it could not be, and braille stays."""
        self._is_painting = False
        if drawing is None:
            self._has_failed = True
            self._take_away()
        elif self._wanted is not None and self._wanted.may_replace(plot):
            self._shown = plot
            self._sent_at, self._sent = time.monotonic(), drawing.sent + _bytes(drawing)
            self._sender.show(drawing)
        self._widget.changed()
        if self._is_behind:
            self._schedule()

    def _take_away(self) -> None:
        drawing, self._shown = self._sender.drawing, None
        self._sender.show(None)
        if drawing is not None and drawing.after:  # also lines whose text stays the same must wipe it
            self._widget.call_next(self._widget.refresh)

    def _place(self, drawing: Drawing) -> Region:
        region = self._widget.content_region
        return Region(region.x + self._left, region.y, drawing.columns, len(drawing.strips)).intersection(region)


def _painted(plot: _Plot, sight: TerminalGraphics) -> Drawing:
    """The picture as it is sent; takes a while, so it is for threads."""
    from wantui.ui.preview.thumbnails import Picture  # noqa: PLC0415  most people draw in braille

    image = plot.canvas.paint(plot.colours, plot.ground)
    picture = Picture(*image.size, image.tobytes())
    return draw_filling(picture, (plot.canvas.width, plot.canvas.height), sight, plot.base)


def _bytes(drawing: Drawing) -> int:
    """Bytes of the lines: in kitty's protocol each cell has a character and two marks, else they are blank."""
    return sum(len(strip.text.encode()) for strip in drawing.strips) if drawing.before else 0


def _rgb(style: Style, styles: TextStyles) -> Colour:
    """What a style draws in."""
    colour = style.color or styles.base.color
    red, green, blue = colour.get_truecolor() if colour is not None else (128, 128, 128)
    return red, green, blue


def _parts(strip: Strip) -> list[Part]:
    return [(segment.text, segment.style or Style.null()) for segment in strip]
