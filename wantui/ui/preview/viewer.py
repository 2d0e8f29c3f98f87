"""How pictures are shown in this process, and the pictures themselves: one of each for all that show some."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Protocol

from wantui.errors import WantuiError

if TYPE_CHECKING:
    from wantui.services.workspace import Services
    from wantui.terminal.capability_query import Answers
    from wantui.terminal.graphics import TerminalGraphics
    from wantui.ui.drawing.line_pace import LinePace
    from wantui.ui.drawing.sent_cells import SentCells
    from wantui.ui.preview.thumbnails import Palette, Thumbnails


class ShowsPictures(Protocol):
    """An application that has chosen how pictures are shown."""

    viewer: Viewer
    sent: SentCells
    """What stands on the terminal."""
    pace: LinePace
    """How fast pictures may follow each other."""


class Viewer:
    """Decides once how pictures are shown, when the first one is wanted."""

    def __init__(self, services: Services, answers: Answers | None = None) -> None:
        """Make it.

        Args:
            services: tells the setting and the workspace.
            answers: what the terminal has told of itself; None: it was not asked.
        """
        self._services = services
        self._answers = answers
        self._lock = threading.Lock()
        self._thumbnails: Thumbnails | None = None
        self.sight: TerminalGraphics | None = None
        """How pictures are shown; None until `decide` has been called."""

    def decide(self, *, has_true_colour: bool) -> TerminalGraphics:
        """How pictures are shown; reads the configuration and asks tmux, so it is for threads."""
        from wantui.terminal.capability_query import Answers  # noqa: PLC0415  the same
        from wantui.terminal.graphics import choose  # noqa: PLC0415  the first frame has no picture
        from wantui.terminal.tmux import ask_tmux  # noqa: PLC0415  the same

        with self._lock:
            if self.sight is None:
                try:
                    setting = self._services.defaults().preview
                except WantuiError:
                    setting = "auto"
                tmux = ask_tmux(os.environ) if setting in ("auto", "sixel", "kitty") else None
                self.sight = choose(setting, self._answers or Answers(), tmux, has_true_colour=has_true_colour)
            return self.sight

    def load(self) -> None:
        """Import what decodes, which takes a while."""
        import wantui.ui.preview.thumbnails  # noqa: PLC0415, F401  see above

    def palette(self, colour_system: str | None) -> Palette:
        """How many colours pictures have here.

        Args:
            colour_system: rich's name for the colours that text has; None: not known, all.
        """
        from wantui.terminal.graphics import Protocol  # noqa: PLC0415  the first frame has no picture
        from wantui.ui.preview.thumbnails import Palette  # noqa: PLC0415  the same

        if self.sight is not None and self.sight.protocol in (Protocol.KITTY, Protocol.SIXEL):
            return Palette.TRUE
        return {"standard": Palette.SIXTEEN, "windows": Palette.SIXTEEN, "256": Palette.CUBE}.get(
            colour_system or "truecolor", Palette.TRUE
        )

    @property
    def thumbnails(self) -> Thumbnails:
        """The pictures; with Pillow, so it is for threads."""
        from wantui.paths import Workspace  # noqa: PLC0415  the first frame has no picture
        from wantui.ui.preview.thumbnail_store import ThumbnailStore  # noqa: PLC0415  the same
        from wantui.ui.preview.thumbnails import Thumbnails  # noqa: PLC0415  the same

        with self._lock:
            if self._thumbnails is None:
                self._thumbnails = Thumbnails(ThumbnailStore(Workspace(self._services.root)))
            return self._thumbnails
