"""The picture of an item as the trainer sees it, drawn as this terminal can."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import get_current_worker

from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import Part, fit, line
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.preview.picture_facts import FramePlace, VideoTiming, facts_below, lines_below
from wantui.ui.preview.sending import PictureSender

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual.timer import Timer

    from wantui.dataset.model import Item
    from wantui.terminal.graphics import TerminalGraphics
    from wantui.ui.preview.graphics.drawing import Drawing
    from wantui.ui.preview.thumbnails import PictureKey, Thumbnails
    from wantui.ui.preview.viewer import ShowsPictures, Viewer

DEBOUNCE_S = 0.03
"""A cursor that runs through the list is waited for, unless its picture is at hand."""
PREFETCH_S = 0.15
"""After a picture at hand has been shown: its own painting comes first."""
AT_HAND = 8
"""Drawings kept: the item's, its neighbours', and those that one comes from."""
NOTHING_SAID = "The picture and the caption of the item under the cursor."


@dataclass(frozen=True, slots=True)
class Shown:
    """What has been made of an item."""

    item: Item
    key: PictureKey
    theme: str
    room: tuple[int, int] = (0, 0)
    """Columns and lines for the picture itself."""
    drawing: Drawing | None = None
    lines: tuple[Strip, ...] = ()
    """As many and as wide as there is room for: kept, since Textual keeps with them what it makes of them."""
    trouble: str | None = None
    note: str = ""
    timing: VideoTiming | None = None
    frame: int | None = None
    """Of a clip that is gone through: which, from 0, as trained on; None: the item as a whole."""


class PictureView(Widget):
    """One picture; while another is decoded the one before stays."""

    has_crop: reactive[bool] = reactive(False, repaint=False)
    """Whether what the trainer cuts off is dimmed."""
    says_facts: reactive[bool] = reactive(True, repaint=False)
    """Whether lines below the picture say what is known of it."""

    def __init__(self, id: str = "picture") -> None:  # noqa: A002  Textual's name for it
        super().__init__(id=id)
        self._item: Item | None = None
        self._neighbours: Sequence[Item] = ()
        self._shown: Shown | None = None
        self._at_hand: OrderedDict[tuple[PictureKey, str], Shown] = OrderedDict()
        self._timer: Timer | None = None
        self._sender = PictureSender(self, self._place)

    @property
    def _viewer(self) -> Viewer:
        return cast("ShowsPictures", self.app).viewer

    def on_mount(self) -> None:
        """Another theme puts several frames on another ground."""
        self.watch(self.app, "theme", self._want, init=False)

    def on_unmount(self) -> None:
        """Let the terminal drop what it keeps for us."""
        self._sender.end()

    @property
    def is_settled(self) -> bool:
        """Whether what is wanted is what is drawn, or nothing can be drawn."""
        if self._item is None or not self.is_drawable:
            return True
        sight = self._viewer.sight
        return sight is not None and self._shown is not None and self._shown.key == self._key(self._item, sight)

    @property
    def is_drawable(self) -> bool:
        """Whether there is room for it now."""
        return self.size.width > 0 and self.size.height > 0

    def _room(self, item: Item) -> tuple[int, int]:
        """Columns and lines for the picture itself."""
        below = lines_below(item, has_crop=self.has_crop) if self.says_facts else 0
        return self.size.width, max(1, self.size.height - below)

    def _key(self, item: Item, sight: TerminalGraphics) -> PictureKey:
        from wantui.ui.preview.graphics.drawing import box_of  # noqa: PLC0415  the same
        from wantui.ui.preview.thumbnails import key_of  # noqa: PLC0415  the first frame has no picture

        box = box_of(self._room(item), sight)
        palette = self._viewer.palette(self.app.console.color_system)
        return key_of(item, box, palette, text_styles_of(self).background, has_crop=self.has_crop, split=sight.split)

    def show_item(self, item: Item | None, neighbours: Sequence[Item] = ()) -> None:
        """Show an item soon, and get ready for its neighbours."""
        self._item, self._neighbours = item, neighbours
        self._want()

    def watch_has_crop(self) -> None:
        """Draw what is cut off, or do not."""
        self._want()

    def on_resize(self) -> None:
        """Another size wants other pixels."""
        self._want()

    def _want(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._item is None:
            self._replace(None)
            return
        if not self.is_drawable:
            return
        sight = self._viewer.sight
        if sight is None:
            self._decide()
            return
        wanted = self._key(self._item, sight), self.app.theme
        shown = self._shown
        kept = shown if shown is not None and (shown.key, shown.theme) == wanted else self._at_hand.get(wanted)
        if kept is not None:
            self._replace(replace(kept, item=self._item))
        self._timer = self.set_timer(DEBOUNCE_S if kept is None else PREFETCH_S, self._load)

    def _decide(self) -> None:
        """Find out how pictures are shown here, then show this one."""
        viewer, has_true_colour = self._viewer, self.app.console.color_system == "truecolor"

        def work() -> None:
            viewer.decide(has_true_colour=has_true_colour)
            viewer.load()
            if not get_current_worker().is_cancelled:
                self.app.call_from_thread(self._want)

        self.run_worker(work, thread=True, group="picture", exclusive=True, exit_on_error=False)

    def _load(self) -> None:
        item, viewer = self._item, self._viewer
        sight = viewer.sight
        if item is None or sight is None or not self.is_drawable:
            return
        from wantui.terminal.graphics import Protocol  # noqa: PLC0415  the first frame has no picture

        theme, base = self.app.theme, text_styles_of(self).base
        if sight.protocol is Protocol.OFF:
            off = 'pictures are off: [screen] preview = "off"'
            self._ready(Shown(item, self._key(item, sight), theme, trouble=off))
            return
        wanted = [(each, self._key(each, sight), self._room(each)) for each in (item, *self._neighbours)]
        missing = [each for each in wanted if (each[1], theme) not in self._at_hand]

        def work() -> None:
            worker = get_current_worker()
            for each, key, room in missing:
                if worker.is_cancelled:
                    break
                shown = make(each, key, room, viewer.thumbnails, sight=sight, theme=theme, base=base)
                if not worker.is_cancelled:
                    self.app.call_from_thread(self._ready, shown)
            viewer.thumbnails.save()

        if missing:
            self.run_worker(work, thread=True, group="picture", exclusive=True, exit_on_error=False)

    def _ready(self, shown: Shown) -> None:
        """A picture is there: keep it at hand, and show it if it is the one that is wanted."""
        self._at_hand[shown.key, shown.theme] = shown
        while len(self._at_hand) > AT_HAND:
            self._at_hand.popitem(last=False)
        sight, item = self._viewer.sight, self._item
        if (
            item is not None
            and sight is not None
            and (shown.key, shown.theme) == (self._key(item, sight), self.app.theme)
        ):
            self._replace(replace(shown, item=item))

    def _replace(self, shown: Shown | None) -> None:
        self._shown = shown
        self.refresh()
        self._sender.show(shown.drawing if shown is not None else None)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Whatever draws these lines has wiped what stood over them."""
        self._sender.lines_drawn()
        return super().render_lines(crop)

    def _place(self, drawing: Drawing) -> Region:
        """Where on the screen a picture stands."""
        region = self.content_region
        left, top = drawing.place(self._shown.room if self._shown is not None else region.size)
        return Region(region.x + left, region.y + top, drawing.columns, len(drawing.strips)).intersection(region)

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width, styles, shown = self.size.width, text_styles_of(self), self._shown
        if self._item is None or shown is None:
            said = NOTHING_SAID if self._item is None and self.says_facts and y == 1 else ""
            return line([(" " + said, styles.dim)], width, styles.base)
        bare = self.size.height - lines_below(shown.item, has_crop=shown.key.crop is not None) - bool(shown.note)
        has_facts = self.says_facts and (shown.trouble is None or shown.frame is not None)
        if has_facts and y >= bare:
            return line(self._facts(shown)[y - bare], width, styles.base)
        if shown.trouble is not None:
            return line(self._trouble_parts(shown.trouble, y), width, styles.base)
        if y < len(shown.lines) and shown.lines[y].cell_length == width:
            return shown.lines[y]
        return Strip.blank(width, styles.base)

    def _facts(self, shown: Shown) -> list[list[Part]]:
        return facts_below(
            shown.item, self.size.width, text_styles_of(self), has_crop=shown.key.crop is not None,
            timing=shown.timing, note=shown.note, place=self._place_in(shown),
        )  # fmt: skip

    def _place_in(self, shown: Shown) -> FramePlace | None:  # noqa: ARG002  for a clip that is gone through
        """The frame that is shown of a clip."""
        return None

    def _trouble_parts(self, trouble: str, y: int) -> list[Part]:
        (width, height), styles = self.size, text_styles_of(self)
        centred = {height // 2 - 1: (GLYPHS.problem, styles.bad), height // 2: (clean(trouble), styles.dim)}
        text, ink = centred.get(y, ("", styles.plain))
        text = fit(text, width, GLYPHS.ellipsis).rstrip()
        return [(" " * max(0, (width - len(text)) // 2) + text, ink)]


def make(
    item: Item,
    key: PictureKey,
    room: tuple[int, int],
    thumbnails: Thumbnails,
    *,
    sight: TerminalGraphics,
    theme: str,
    base: Style,
) -> Shown:
    """What is shown of an item; decodes and encodes, so it is for threads.

    Args:
        item: which.
        key: the pixels wanted.
        room: columns and lines for them.
        thumbnails: where they come from.
        sight: how pictures are shown.
        theme: name of the theme that they are drawn for.
        base: what their lines stand on.
    """
    from wantui.dataset.errors import MediaError  # noqa: PLC0415  the first frame has no picture
    from wantui.dataset.video import video_shape  # noqa: PLC0415  the same
    from wantui.ui.preview.graphics.drawing import box_of, draw  # noqa: PLC0415  the same
    from wantui.ui.preview.thumbnails import Picture  # noqa: PLC0415  the same

    timing = None
    if item.is_video:
        try:
            shape = video_shape(item.media)
        except MediaError as error:
            return Shown(item, key, theme, trouble=f"the video {error}")
        timing = VideoTiming(shape.frames, shape.fps)
    found = thumbnails.make(key)
    if not isinstance(found, Picture):
        return Shown(item, key, theme, trouble=found)
    if found.note:  # it takes a line, and is known only now
        room = room[0], max(1, room[1] - 1)
        width, height = box_of(room, sight)
        smaller = thumbnails.make(replace(key, width=width, height=height))
        found = smaller if isinstance(smaller, Picture) else found
    drawing = draw(found, room, sight, base)
    return Shown(item, key, theme, room, drawing, drawing.lines(room, base), note=found.note, timing=timing)
