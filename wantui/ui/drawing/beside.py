"""Writing to the terminal beside the lines of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App


def send(app: App[Any], sequence: str) -> None:
    """Send the terminal an escape sequence that is no part of any line; nothing where there is no terminal."""
    driver = app._driver  # noqa: SLF001  Textual has no other way to it
    if driver is not None and sequence:
        driver.write(sequence)
