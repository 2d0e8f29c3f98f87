"""The image of an item, drawn in half blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.strip import Strip
from textual.widget import Widget
from textual.worker import get_current_worker

from wantui.ui.glyphs import GLYPHS
from wantui.ui.inks import clean, line
from wantui.ui.widgets.theme_inks import inks_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.timer import Timer

    from wantui.dataset.model import Item
    from wantui.ui.data.thumbnails import Palette, PictureKey, Thumbnails

DEBOUNCE_S = 0.03
"""A cursor that runs through the list is waited for."""


class PictureView(Widget):
    """One picture; while another is decoded the one before stays."""

    def __init__(self, thumbnails: Thumbnails | None = None) -> None:
        super().__init__(id="picture")
        self._thumbnails = thumbnails
        self._item: Item | None = None
        self._neighbours: Sequence[Item] = ()
        self._shown: tuple[PictureKey, str] | None = None
        self._strips: list[Strip] = []
        self._trouble: str | None = None
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Another theme puts transparent pictures on another ground."""
        self.watch(self.app, "theme", self._want, init=False)

    @property
    def palette(self) -> Palette:
        """How many colours the terminal has."""
        from wantui.ui.data.thumbnails import Palette  # noqa: PLC0415  the first frame has no picture

        system = self.app.console.color_system
        return {"standard": Palette.SIXTEEN, "windows": Palette.SIXTEEN, "256": Palette.CUBE}.get(
            system or "truecolor", Palette.TRUE
        )

    @property
    def is_settled(self) -> bool:
        """Whether what is wanted is what is drawn, or nothing can be drawn."""
        if self._item is None or not self.is_drawable:
            return True
        return self._shown is not None and self._shown[0] == self._key(self._item)

    def _key(self, item: Item) -> PictureKey:
        from wantui.ui.data.thumbnails import key_of  # noqa: PLC0415  the first frame has no picture

        return key_of(item, (self.size.width, self.size.height), self.palette, inks_of(self).background)

    def show_item(self, item: Item | None, neighbours: Sequence[Item] = ()) -> None:
        """Show an item soon, and get ready for its neighbours."""
        self._item, self._neighbours = item, neighbours
        self._want()

    def _want(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._item is None:
            self._shown, self._strips, self._trouble = None, [], None
            self.refresh()
            return
        if not self.is_drawable:
            return
        key = self._key(self._item)
        if self._shown is not None and self._shown[0] == key:
            return
        self._timer = self.set_timer(DEBOUNCE_S, self._load)

    @property
    def is_drawable(self) -> bool:
        """Whether there is room for it now."""
        return self.size.width > 0 and self.size.height > 0

    def on_resize(self) -> None:
        """Another size wants other pixels."""
        self._want()

    def _load(self) -> None:
        item = self._item
        if item is None or not self.is_drawable:
            return
        from wantui.ui.data.thumbnails import Picture, Thumbnails  # noqa: PLC0415  the first frame has no picture
        from wantui.ui.widgets.half_blocks import half_blocks  # noqa: PLC0415  the same

        if self._thumbnails is None:
            self._thumbnails = Thumbnails()
        thumbnails = self._thumbnails
        key, near = self._key(item), [self._key(neighbour) for neighbour in self._neighbours]
        width, base = self.size.width, inks_of(self).base
        known = thumbnails.known(key)

        def work() -> None:
            worker = get_current_worker()
            found = known if known is not None else thumbnails.make(key)
            strips = half_blocks(found, width, base) if isinstance(found, Picture) else []
            trouble = found if isinstance(found, str) else None
            if not worker.is_cancelled:
                self.app.call_from_thread(self._ready, key, strips, trouble)
            for neighbour in near:
                if worker.is_cancelled:
                    return
                thumbnails.make(neighbour)

        self.run_worker(work, thread=True, group="picture", exclusive=True, exit_on_error=False)

    def _ready(self, key: PictureKey, strips: list[Strip], trouble: str | None) -> None:
        """The pixels are there: draw them if they are still wanted."""
        if self._item is not None and key == self._key(self._item):
            self._shown, self._strips, self._trouble = (key, self.app.theme), strips, trouble
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line; the picture stands in the middle."""
        width, height = self.size
        inks = inks_of(self)
        if self._trouble is not None:
            centred = {
                height // 2 - 1: (f"{GLYPHS.problem} ", inks.bad),
                height // 2: (clean(self._trouble), inks.dim),
            }
            text, ink = centred.get(y, ("", inks.plain))
            text = text[:width]
            return line([(" " * max(0, (width - len(text)) // 2) + text, ink)], width, inks.base)
        if self._item is None:
            said = "The picture and the caption of the item under the cursor." if y == 1 else ""
            return line([(" " + said, inks.dim)], width, inks.base)
        top = max(0, (height - len(self._strips)) // 2)
        if top <= y < top + len(self._strips):
            return self._strips[y - top].adjust_cell_length(width, inks.base)
        return Strip.blank(width, inks.base)
