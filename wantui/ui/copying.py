"""The clipboard of a person's terminal, reached through SSH and tmux too (OSC 52)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.terminal.foreign_text import clean

if TYPE_CHECKING:
    from textual.widget import Widget

MOST_BYTES = 74_000
"""What is copied at most. Terminals take 100,000 bytes of base64 (xterm; others more), and four are three of text."""
MOST_SHOWN = 48
"""Characters of what was copied that are repeated."""


def copy(node: Widget, text: str | None, what: str) -> None:
    """Copy a text, and say so.

    Args:
        node: who asks.
        text: what is copied; None or empty: there is nothing, and that is said.
        what: what it is, with its article: ``the caption``.
    """
    if not text:
        node.notify(f"Nothing to copy: {what} is not there.", timeout=3, markup=False)
        return
    data = text.encode("utf-8", "replace")
    node.app.copy_to_clipboard(data[:MOST_BYTES].decode("utf-8", "ignore"))
    if len(data) > MOST_BYTES:
        said = f"The first {MOST_BYTES // 1000} kB of {what} are copied: terminals take no more at a time."
    else:
        first = clean(text.strip().partition("\n")[0])
        said = f"Copied {what}: {first if len(first) <= MOST_SHOWN else first[:MOST_SHOWN].rstrip() + '...'}"
    node.notify(said, timeout=3, markup=False)
