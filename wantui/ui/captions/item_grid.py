"""The items of the dataset list as a grid of pictures: the same items in the same order, and the same marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding
from textual.containers import Vertical

from wantui.formatting import count
from wantui.terminal.foreign_text import clean
from wantui.ui.captions.full_preview import FullPreview
from wantui.ui.captions.preview_pane import PreviewPane, size_said
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.dataset.item_row import row_mark
from wantui.ui.drawing.drawn import DrawnBlock
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.moves import WholeScreen
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.preview.grid_cells import GridCell, GridPicture
from wantui.ui.preview.picture_grid import PictureGrid

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wantui.dataset.model import Item
    from wantui.ui.context import WorkContext
    from wantui.ui.drawing.styles import Part
    from wantui.ui.typed_ahead import TypedAheadApp

EDIT = "edit"
"""What comes of the screen where a caption is to be edited."""
NO_ITEM = "No item is shown: esc, then show every item again."
KEYS_SAID = "space mark  e edit  V whole screen  n problem  + - size  esc back"


def picture_of(item: Item) -> GridPicture:
    """The picture that stands for an item: of a video the middle frame of what is trained on."""
    if not item.is_video:
        return GridPicture(item.media, item.media_mtime_ns)
    first = min((clip.start for clip in item.clips), default=0)
    end = max((clip.start + clip.frames for clip in item.clips), default=item.frame_count or 1)
    return GridPicture(item.media, item.media_mtime_ns, max(first, (first + end - 1) // 2), item.source_fps)


class ItemGrid(PictureGrid):
    """A picture for each item that the list shows."""

    def __init__(self, items: DatasetList) -> None:
        """Make it.

        Args:
            items: which are shown; this grid has a cursor of its own.
        """
        super().__init__()
        self._items = items

    @property
    def cell_count(self) -> int:
        """How many items are shown."""
        return self._items.row_count

    def cell_at(self, index: int) -> GridCell:
        """One item."""
        row = self._items.row_at(index)
        state = row_mark(row, text_styles_of(self), encoding=self._items.encoding)
        return GridCell(picture_of(row.item), row.name, state=state, is_marked=row in self._items.marks)

    def empty(self) -> str:
        """Why there is nothing."""
        return "No item is shown: esc goes back to the list."

    def cursor_moved(self) -> None:
        """The screen says what is under it."""
        screen = self.screen
        if isinstance(screen, ItemGridScreen):
            screen.tell()


class GridHead(DrawnBlock):
    """What is under the cursor and where that is; a line of its own, for a border would draw the pictures again."""

    def __init__(self, items: DatasetList, grid: ItemGrid) -> None:
        super().__init__(id="grid_head")
        self._items, self._grid = items, grid

    def block(self, width: int, height: int) -> list[list[Part]]:  # noqa: ARG002  one line that is cut
        """The line."""
        items, at, styles = self._items, self._grid.cursor, self.text_styles
        parts: list[Part] = []
        if at < items.row_count:
            row = items.row_at(at)
            parts = [(clean(row.item.media.name), styles.strong), (size_said(row.item), styles.dim)]
            parts.append((f"{count(at + 1)} of {count(items.row_count)}", styles.dim))
            parts.append((clean(row.trouble or ""), styles.bad))
        parts.append((f"{count(len(items.marks))} marked" if items.marks else "", styles.accent))
        parts.append((f"filter {clean(items.words)}" if items.words else "", styles.dim))
        dot: Part = (f" {GLYPHS.dot} ", styles.dim)
        said = [part for text, style in parts if text for part in (dot, (text, style))]
        return [[(" ", styles.plain), *said[1:]]]


class ItemGridScreen(WholeScreen[str]):
    """The grid on the whole screen; what comes of it is what is to be done with the item under the cursor."""

    CSS_PATH = dialogs_sheet()
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,O", "leave", "Back"),
        ("space", "mark", "Mark the item and go to the next one"),
        ("A", "mark_all", "Mark all that are shown, or none"),
        ("enter,e", "edit", "Edit the caption"),
        ("V", "full", "Show the item on the whole screen"),
        ("n", "step_problem(1)", "Go to the next problem"),
        ("N", "step_problem(-1)", "Go to the previous problem"),
        Binding("question_mark,f1", "app.help_here", "Show the keys of this place", id="help"),
    ]

    def __init__(self, items: DatasetList, trigger: str) -> None:
        """Make it.

        Args:
            items: whose rows are shown; its cursor follows when the grid is left.
            trigger: words to bring out in captions.
        """
        super().__init__()
        self._items, self._trigger = items, trigger
        self._key = ""
        """Of the item under the cursor, which stays on it when others come."""
        self.grid = ItemGrid(items)
        """The pictures."""
        self.grid.set_reactive(PictureGrid.cursor, items.cursor)

    def compose(self) -> ComposeResult:
        """The grid in one pane."""
        with Vertical(id="grid_pane", classes="pane"):
            yield GridHead(self._items, self.grid)
            yield self.grid

    def on_mount(self) -> None:
        """Follow the list: filters and status may change."""
        self.watch(self._items, "listed", self._list_again, init=False)
        self.watch(self._items, "encoding", self.grid.cells_changed, init=False)
        pane = self.query_one("#grid_pane")
        pane.border_title = "Items"
        pane.border_subtitle = key_hints(KEYS_SAID)
        self.grid.focus()
        self.tell()

    def _list_again(self) -> None:
        rows = self._items.shown_rows()
        at = next((index for index, row in enumerate(rows) if row.item.key == self._key), None)
        if at is not None:
            self.grid.cursor = at
        self.grid.cells_changed()
        self.tell()

    def tell(self) -> None:
        """What is under the cursor, and where it is."""
        items, at = self._items, self.grid.cursor
        row = items.row_at(at) if at < items.row_count else None
        self._key = "" if row is None else row.item.key
        self.query_one(GridHead).changed()

    def action_mark(self) -> None:
        """Mark the item, or take its mark away, and go on to the next one."""
        at = self.grid.cursor
        if at < self._items.row_count:
            self._items.toggle_mark(at)
            self.grid.refresh_cell(at)
            self.grid.move_to(at + 1)
            self.tell()

    def action_mark_all(self) -> None:
        """Mark all that are shown, or none."""
        self._items.action_mark_all()
        self.grid.cells_changed()
        self.tell()

    def action_step_problem(self, step: int) -> None:
        """Go to the next or previous problem."""
        self._items.move_to(self.grid.cursor)
        self._items.step_problem(step)
        self.grid.move_to(self._items.cursor)

    def action_full(self) -> None:
        """Show the item on the whole screen; moving on there moves on here."""
        if not self._items.row_count:
            self.notify(NO_ITEM, timeout=3)
            return
        self._items.move_to(self.grid.cursor)
        full = FullPreview(self._items, self._trigger, has_crop=False)
        self.app.push_screen(full, lambda _: self.grid.move_to(self._items.cursor))

    def action_edit(self) -> None:
        """Edit the caption where captions are edited; the grid comes back after that."""
        if not self._items.row_count:
            self.notify(NO_ITEM, timeout=3)
        else:
            cast("TypedAheadApp", self.app).opening_again()
            self._leave(EDIT)

    def action_leave(self) -> None:
        """Back to the list, on the item where the cursor is."""
        self._leave("")

    def _leave(self, wanted: str) -> None:
        self._items.move_to(self.grid.cursor)
        self.dismiss(wanted)


async def show(context: WorkContext) -> None:
    """Show the items that the list shows as a grid; editing a caption comes back to it."""
    items, pane = context.find(DatasetList), context.find(PreviewPane)
    if pane.editor is not None:
        return
    if await context.push(ItemGridScreen(items, pane.trigger)) == EDIT:
        context.after_edit = "dataset.grid"
        await context.give("edit")
