"""A grid of pictures, each with a title and a state: what is in sight is decoded, whatever the number of cells.

What the pictures are of is told by a subclass (`PictureGrid.cell_count`, `PictureGrid.cell_at`): the items of a
dataset, or whatever else lies in files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import get_current_worker

from wantui.terminal.graphics import Protocol
from wantui.ui.drawing.styles import fit, line
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.preview.grid_cells import CellLines, GridCell, GridPicture, Tile, TileKey, Tiles, make
from wantui.ui.preview.grid_layout import GUTTER, TITLE_LINES, WIDTHS, GridLayout, laid_out, usual_size
from wantui.ui.preview.sending import PictureSender

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType
    from textual.timer import Timer

    from wantui.terminal.graphics import TerminalGraphics
    from wantui.ui.preview.graphics.drawing import Drawing
    from wantui.ui.preview.viewer import ShowsPictures, Viewer

DEBOUNCE_S = 0.03
"""Rows that only run past are not decoded."""
PAGES_KEPT = 3
"""Pages of pictures that are kept as they are drawn."""
UNDER_WAY = 3
"""Pictures sent that need not have arrived before the next one is."""


class PictureGrid(Widget, can_focus=True):
    """Pictures in rows and columns, under a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l,right", "move(1)", "Go to the next picture", show=False),
        Binding("h,left", "move(-1)", "Go to the previous picture", show=False),
        Binding("j,down", "move_rows(1)", "Go down a row", show=False),
        Binding("k,up", "move_rows(-1)", "Go up a row", show=False),
        Binding("pagedown,ctrl+f", "move_pages(1)", "Go down a page", show=False),
        Binding("pageup,ctrl+b", "move_pages(-1)", "Go up a page", show=False),
        Binding("ctrl+d", "move_pages(0.5)", "Go down half a page", show=False),
        Binding("ctrl+u", "move_pages(-0.5)", "Go up half a page", show=False),
        Binding("g,home", "move_to(0)", "Go to the first picture", show=False),
        Binding("G,end", "move_to(-1)", "Go to the last picture", show=False),
        Binding("plus,equals_sign", "resize(1)", "Larger pictures", show=False),
        Binding("minus,underscore", "resize(-1)", "Smaller pictures", show=False),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    """Index of the cell that the cursor is on."""

    def __init__(self, id: str = "grid") -> None:  # noqa: A002  Textual's name for it
        super().__init__(id=id)
        self._chosen_size: int | None = None
        """Index into `WIDTHS`; None: what is usual for the room."""
        self._top = 0
        self._cells: dict[int, GridCell] = {}
        """Those in sight, as they are drawn."""
        self._tiles = Tiles()
        self._regions: dict[int, Region] = {}
        """By the `id` of a drawing: where in this widget it stands."""
        self._timer: Timer | None = None
        self._sender = PictureSender(self, self._place)

    # What a subclass says

    @property
    def cell_count(self) -> int:
        """How many cells there are."""
        raise NotImplementedError

    def cell_at(self, index: int) -> GridCell:
        """One of them; asked only for those in sight and their neighbours."""
        raise NotImplementedError

    def cursor_moved(self) -> None:
        """The cursor stands on another cell."""

    def empty(self) -> str:
        """What is said where there are no cells."""
        return ""

    # What it is told

    def cells_changed(self) -> None:
        """Other cells are to be shown, or the same in another state."""
        self._cells.clear()
        self.cursor = max(0, min(self.cursor, self.cell_count - 1))
        self._look()

    def refresh_cell(self, index: int) -> None:
        """Draw one cell again: its title or its mark is another."""
        self._cells.pop(index, None)
        self._refresh_frame(index)

    def move_to(self, index: int) -> None:
        """Put the cursor on a cell, or the nearest there is."""
        self.cursor = max(0, min(index, self.cell_count - 1))

    @property
    def layout_now(self) -> GridLayout:
        """How the cells lie."""
        return laid_out(self.size.width, self.size.height, self._size_step)

    @property
    def _size_step(self) -> int:
        if self._chosen_size is not None:
            return self._chosen_size
        return usual_size(self.size.width, self.size.height, self.cell_count)

    @property
    def in_sight(self) -> range:
        """Indices of the cells in sight."""
        return self.layout_now.in_sight(self._top, self.cell_count)

    @property
    def is_settled(self) -> bool:
        """Whether every picture in sight is drawn, or known not to be one."""
        sight = self._viewer.sight
        if sight is None or not self.size:
            return not self.cell_count
        return sight.protocol is Protocol.OFF or not self._missing(self.in_sight, sight)

    # Keys

    def action_move(self, step: int) -> None:
        """Go on by so many pictures."""
        self.move_to(self.cursor + step)

    def action_move_rows(self, rows: int) -> None:
        """Go down (negative: up) by so many rows."""
        self.move_to(self.layout_now.above(self.cursor, rows, self.cell_count))

    def action_move_pages(self, pages: float) -> None:
        """Go down (negative: up) by so many pages."""
        rows = self.layout_now.rows
        self.action_move_rows(round(pages * rows) or (1 if pages > 0 else -1))

    def action_move_to(self, index: int) -> None:
        """Go to a picture; -1 is the last one."""
        self.move_to(index if index >= 0 else self.cell_count - 1)

    def action_resize(self, step: int) -> None:
        """Show larger or smaller pictures."""
        self._chosen_size = max(0, min(self._size_step + step, len(WIDTHS) - 1))
        self._look()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        offset = event.get_content_offset(self)
        found = None if offset is None else self.layout_now.at(offset.x, offset.y, self._top, self.cell_count)
        if found is not None:
            self.cursor = found

    def on_mouse_scroll_down(self) -> None:
        """Go down a row."""
        self.action_move_rows(1)

    def on_mouse_scroll_up(self) -> None:
        """Go up a row."""
        self.action_move_rows(-1)

    # What is shown

    @property
    def _viewer(self) -> Viewer:
        return cast("ShowsPictures", self.app).viewer

    def on_mount(self) -> None:
        """Another theme puts several frames on another ground."""
        self.watch(self.app, "theme", self._look, init=False)
        self._look()

    def on_unmount(self) -> None:
        """Let the terminal drop what it keeps for us."""
        self._sender.end()

    def on_resize(self) -> None:
        """Another size wants other pixels."""
        self._look()

    def watch_cursor(self, old: int, new: int) -> None:
        """Draw what has changed: two frames, or all where the rows in sight are others."""
        if not self.is_mounted:
            return
        if self.layout_now.top_for(new, self._top, self.cell_count) != self._top:
            self._look()
        else:
            self._refresh_frame(old)
            self._refresh_frame(new)
        self.cursor_moved()

    def _look(self) -> None:
        """Find out what is in sight, draw what there is of it, and have the rest made soon."""
        if not self.size.width or not self.size.height:
            return
        self._top = self.layout_now.top_for(self.cursor, self._top, self.cell_count)
        in_sight = self.in_sight
        self._cells = {index: cell for index, cell in self._cells.items() if index in in_sight}
        self._send()
        self.refresh()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DEBOUNCE_S, self._load)

    def _cell(self, index: int) -> GridCell:
        found = self._cells.get(index)
        if found is None:
            found = self._cells[index] = self.cell_at(index)
        return found

    def _key(self, picture: GridPicture, sight: TerminalGraphics) -> TileKey:
        from wantui.ui.preview.graphics.drawing import box_of  # noqa: PLC0415  the first frame has no picture
        from wantui.ui.preview.thumbnails import PictureKey  # noqa: PLC0415  the same

        width, height = box_of(self.layout_now.picture, sight, is_small=True)
        palette = self._viewer.palette(self.app.console.color_system)
        frames = () if picture.frame is None else (picture.frame,)
        key = PictureKey(
            picture.path, picture.mtime_ns, width, height, palette, text_styles_of(self).background, frames,
            picture.source_fps, split=sight.split,
        )  # fmt: skip
        return key, self.app.theme

    def _tile(self, index: int) -> Tile | None:
        """What is made of a cell; None: nothing yet."""
        picture, sight = self._cell(index).picture, self._viewer.sight
        if picture is None or sight is None:
            return None
        return self._tiles.get(self._key(picture, sight))

    def _missing(self, indices: range, sight: TerminalGraphics) -> dict[TileKey, int]:
        """The pictures of some cells that are not made yet, with the first cell that shows each."""
        found: dict[TileKey, int] = {}
        for index in indices:
            picture = self._cell(index).picture if index in self._cells else self.cell_at(index).picture
            key = None if picture is None else self._key(picture, sight)
            if key is not None and key not in self._tiles:
                found.setdefault(key, index)
        return found

    def _load(self) -> None:
        """Make what is missing in a thread: what is in sight, then the rows beside it."""
        viewer = self._viewer
        sight, count, layout = viewer.sight, self.cell_count, self.layout_now
        if sight is None:
            self._decide()
            return
        if sight.protocol is Protocol.OFF or not count:
            return
        beside = layout.in_sight(self._top + layout.rows, count), layout.in_sight(max(0, self._top - 1), count)
        self._tiles.touch(self._key(picture, sight) for at in self.in_sight if (picture := self._cell(at).picture))
        missing = {**self._missing(self.in_sight, sight)}
        for rows in beside:
            missing |= {
                key: at for key, at in self._missing(rows[: layout.page], sight).items() if key not in missing
            }
        room, base = layout.picture, text_styles_of(self).base

        def work() -> None:
            worker = get_current_worker()
            for key in missing:
                if worker.is_cancelled:
                    return
                tile = make(key[0], room, viewer.thumbnails, sight, base)
                if not worker.is_cancelled:
                    self.app.call_from_thread(self._ready, key, tile)  # type: ignore[arg-type]  # it is awaited
            viewer.thumbnails.save()

        self.run_worker(work, thread=True, group="grid", exclusive=True, exit_on_error=False)

    def _decide(self) -> None:
        """Find out how pictures are shown here, then go on."""
        viewer, has_true_colour = self._viewer, self.app.console.color_system == "truecolor"

        def work() -> None:
            viewer.decide(has_true_colour=has_true_colour)
            viewer.load()
            if not get_current_worker().is_cancelled:
                self.app.call_from_thread(self._look)

        self.run_worker(work, thread=True, group="grid", exclusive=True, exit_on_error=False)

    async def _ready(self, key: TileKey, tile: Tile) -> None:
        """A picture is made: show it where it is in sight, once the line has room for it."""
        self._tiles.keep(key, tile, PAGES_KEPT * max(1, self.layout_now.page))
        if not self._showing(key):
            return
        pace = cast("ShowsPictures", self.app).pace
        await pace.room(UNDER_WAY)
        self._send()
        for index in self._showing(key):
            if not self._is_sixel or tile.drawing is None:
                self.refresh(self._region(index))
        self.call_after_refresh(pace.sent)

    def _showing(self, key: TileKey) -> list[int]:
        """The cells in sight with this picture."""
        sight = self._viewer.sight
        pictures = [(index, self._cell(index).picture) for index in self.in_sight]
        return [index for index, picture in pictures if picture and sight and self._key(picture, sight) == key]

    def _send(self) -> None:
        """Tell the terminal which pictures are shown."""
        self._regions.clear()
        drawings = []
        layout = self.layout_now
        for index in self.in_sight:
            tile = self._tile(index)
            if tile is not None and tile.drawing is not None:
                left, top = tile.drawing.place(layout.picture)
                x, y = layout.place(index, self._top)
                drawings.append(tile.drawing)
                self._regions[id(tile.drawing)] = Region(
                    x + GUTTER + left, y + top, tile.drawing.columns, len(tile.drawing.strips)
                )
        self._sender.show_all(drawings)

    def _place(self, drawing: Drawing) -> Region:
        """Where on the screen a picture stands."""
        inside = self.content_region
        return self._regions[id(drawing)].translate(inside.offset).intersection(inside)

    @property
    def _is_sixel(self) -> bool:
        """Whether lines that are drawn wipe the pictures on them."""
        sight = self._viewer.sight
        return sight is not None and sight.protocol is Protocol.SIXEL

    def _region(self, index: int) -> Region:
        layout = self.layout_now
        return Region(*layout.place(index, self._top), layout.width, layout.height)

    def _refresh_frame(self, index: int) -> None:
        """Draw the title of a cell again, and the gutter; not the picture, which stays."""
        if index not in self.in_sight:
            return
        region = self._region(index)
        title = Region(region.x, region.bottom - TITLE_LINES, region.width, TITLE_LINES)
        gutter = Region(region.x, region.y, GUTTER, region.height)
        self.refresh(*([title] if self._is_sixel else [title, gutter]))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Whatever draws these lines has wiped what stood over them."""
        self._sender.lines_drawn()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width, styles, layout = self.size.width, text_styles_of(self), self.layout_now
        if not self.cell_count:
            return line([("  " + fit(self.empty(), width - 2), styles.dim)] if y == 1 else [], width, styles.base)
        row, at = divmod(y, layout.height)
        if row >= layout.rows:
            return Strip.blank(width, styles.base)
        first = (self._top + row) * layout.columns
        strips = [
            lines.title(layout.width) if at == layout.height - TITLE_LINES else lines.picture(at, layout.picture)
            for lines in map(self._lines, range(first, min(first + layout.columns, self.cell_count)))
        ]
        return Strip.join(strips).adjust_cell_length(width, styles.base)

    def _lines(self, index: int) -> CellLines:
        sight = self._viewer.sight
        protocol = None if sight is None else sight.protocol
        return CellLines(self._cell(index), self._tile(index), protocol, index == self.cursor, text_styles_of(self))
