"""What a screen says and does not show: texts that are cut, looked for in whatever is in front."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from tests.ui.driving import shown
from wantui.ui.drawing.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from rich.style import Style
    from textual.pilot import Pilot

CORNERS = 6
"""Cells of a border that its title does not get: corners, and blanks around it."""
WORD = re.compile(r"\w+")
CUT = re.compile(r"\S…")
"""The sign alone stands for a job that waits."""


@contextmanager
def cut_lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Lines that were drawn wider than their place, by whatever widget."""
    cut, whole = list[str](), Strip.adjust_cell_length

    def adjust(self: Strip, cell_length: int, style: Style | None = None) -> Strip:
        if cell_len(self.text.rstrip()) > cell_length:
            cut.append(self.text.rstrip())
        return whole(self, cell_length, style)

    with monkeypatch.context() as patch:
        patch.setattr(Strip, "adjust_cell_length", adjust)
        yield cut


async def cuts(pilot: Pilot[None], monkeypatch: pytest.MonkeyPatch, says: str = "") -> list[str]:
    """Each text of the screen in front that is not seen whole, wherever it can be scrolled.

    Args:
        pilot: of the app.
        monkeypatch: of the test; lines are watched while they are drawn.
        says: words that are wanted besides.
    """
    widgets = [each for each in pilot.app.screen.walk_children(Widget) if each.is_on_screen or each.display]
    found = [said for each in widgets for said in (*_border(each), *_height(each), *_reach(each))]
    with cut_lines(monkeypatch) as cut:
        for widget in widgets:
            widget.refresh()
        await pilot.pause()
        found += _ellipses(pilot)
        seen = shown(pilot)
        for widget in widgets:
            if not (widget.max_scroll_y > 0 and widget.allow_vertical_scroll):
                continue
            for y in (*range(0, widget.max_scroll_y, max(1, widget.size.height)), widget.max_scroll_y):
                widget.scroll_to(y=y, animate=False, immediate=True)
                await pilot.pause()
                found += _ellipses(pilot)
                seen += shown(pilot)
        missing = {*WORD.findall(says)} - {*WORD.findall(seen)}
        found += [f"not seen: {missing}"] if missing else []
        found += [f"line too wide: {line}" for line in cut]
    return [*dict.fromkeys(found)]


def _border(widget: Widget) -> Iterator[str]:
    for text in (widget.border_title, widget.border_subtitle):
        said = widget.render_str(text or "").plain
        if widget.outer_size.width and cell_len(said) > widget.outer_size.width - CORNERS:
            yield f"border: {said}"


def _height(widget: Widget) -> Iterator[str]:
    """A text that wraps has the lines it needs."""
    if isinstance(widget, Static) and widget.size.width and str(widget.render()).strip():
        wanted = widget.get_content_height(widget.size, widget.app.size, widget.content_size.width)
        if wanted > widget.content_size.height:
            yield f"{wanted} lines on {widget.content_size.height}: {widget.render()}"


def _reach(widget: Widget) -> Iterator[str]:
    """What does not scroll is in sight."""
    if widget.children or not widget.display or isinstance(widget, Input):
        return
    region = widget.region
    for above in widget.ancestors:
        if not isinstance(above, Widget) or not above.display:
            return
        if above.allow_vertical_scroll and above.max_scroll_y > 0:
            return
        if region.area and not above.region.contains_region(region):
            yield f"outside of {above}: {widget}"
            return


def _ellipses(pilot: Pilot[None]) -> Iterator[str]:
    """Cuts that say so; a row of a list may be cut, since the whole of it is shown where the row is opened."""
    screen, lines = pilot.app.screen, shown(pilot).splitlines()
    rows = [each.region for each in screen.query(RowList)]
    for y, line in enumerate(lines):
        own = "".join(
            sign if any(part.region.contains(x, y) for part in screen.children) else " "
            for x, sign in enumerate(line)
        )
        for region in rows:
            if region.y <= y < region.bottom:
                own = own[: region.x] + " " * region.width + own[region.right :]
        if CUT.search(own):
            yield f"ellipsis: {own.strip()}"
