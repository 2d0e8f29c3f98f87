"""Panes that move are drawn where they have gone, whoever has asked for their place in between.

Textual draws again what has another place than in its map of widgets. After a scroll it makes that map anew as soon
as somebody asks for a place. When panes were given other heights just before, the new map has them where they
are going, the layout that follows finds that nothing has moved, and what stood there before stays on the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual._compositor import Compositor, CompositorMap, ReflowResult
from textual.binding import Binding
from textual.screen import Screen

if TYPE_CHECKING:
    from textual.geometry import Size
    from textual.widget import Widget

T = TypeVar("T")

HELP_AND_SUSPEND = (
    Binding("question_mark,f1", "app.help_here", "Show the keys of this place", show=False, id="help"),
    Binding("ctrl+z", "app.suspend_process", "Suspend: fg comes back", show=False, id="suspend"),
)
"""What is obeyed on every screen; a field takes the question mark as text, but not F1."""


class LaidOut(Compositor):
    """Compares a layout with the last one that was laid out, not with what was asked for since."""

    _laid_out: CompositorMap | None = None

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """Lay out the widgets, and note what has to be drawn again."""
        if self._laid_out is not None:
            self._full_map = self._laid_out
        result = super().reflow(parent, size)
        self._laid_out = self._full_map
        return result

    def clear(self) -> None:
        """Forget all widgets."""
        super().clear()
        self._laid_out = None


class WholeScreen(Screen[T]):
    """A screen on which nothing stays behind where a pane has moved."""

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(name, id, classes)
        self._compositor = LaidOut()
