"""Text that is laid out for the room that it is given, whenever that is another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console, ConsoleOptions
    from rich.text import Text


class Fitted:
    """What a `Static` shows whose lines depend on its width: it is not known before the screen is laid out."""

    def __init__(self, lay_out: Callable[[int], Text]) -> None:
        """Make it.

        Args:
            lay_out: from a width in cells to the text.
        """
        self._lay_out = lay_out

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """The text for the width that there is."""
        yield self._lay_out(options.max_width)
