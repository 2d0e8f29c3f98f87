"""Every sign that the screen draws, with what stands in for it on a terminal without UTF-8."""

from __future__ import annotations

from dataclasses import dataclass

from wantui.terminal.characters import encoding_of, named


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of signs. State is told by these, never by colour alone."""

    current: str = "✓"
    """Item: every cache file may be trained on."""
    stale: str = "●"
    encoding: str = "◐"
    missing: str = "○"
    problem: str = "!"
    """Item: something is wrong with it. Problem: a warning."""
    error: str = "✗"
    """Problem: a run fails of it."""
    event: str = "▲"
    """Something has happened that a person should look at."""
    marked: str = "▪"
    unknown: str = "·"
    """Item whose caches have not been looked at yet."""
    done: str = "✓"
    running: str = "▶"
    waiting: str = "…"
    failed: str = "✗"
    stopped: str = "■"
    skipped: str = "–"  # noqa: RUF001  an en dash is what is drawn
    lost: str = "?"
    bar_full: str = "━"
    bar_half: str = "╸"
    bar_empty: str = "─"
    """Thinner than what is full: without colours the two must differ as well."""
    heights: str = "▁▂▃▄▅▆▇█"
    """From nothing to everything, eight heights of a cell."""
    opened: str = "▾"
    """A line below which stands what it is made of."""
    closed: str = "▸"
    """A line that can be opened."""
    cursor: str = "▌"
    rule: str = "─"
    upper_half: str = "▀"
    """Foreground above, background below: two pixels a cell. Empty: there is no such sign."""
    braille: bool = True
    """Whether curves may be drawn in braille dots."""
    dot: str = "·"
    ellipsis: str = "…"
    arrow: str = "→"
    times: str = "×"  # noqa: RUF001  the sign is meant
    legend: str = "●"
    went_on: str = "┊"
    """From top to bottom of a chart: another attempt begins."""
    checkpoint: str = "◆"
    held_out: str = "◇"
    """In a chart: the loss of a checkpoint on held-out items."""
    no_number: str = "×"  # noqa: RUF001  the sign is meant
    axis: str = "─"
    tick: str = "┴"
    """Where a label stands below an axis."""
    upright: str = "│"
    """From top to bottom of a chart: the cursor."""
    curve: str = "━"
    """In a legend: a curve; what is behind it is in `compared`."""
    compared: str = "╌"
    celsius: str = "°C"
    line_end: str = "⏎"
    """Stands for a line end in a text on one line."""
    caret: str = "▏"
    chosen: str = "●"
    other: str = "○"
    """What else might be chosen."""


UNICODE = Glyphs()
ASCII = Glyphs(
    current="+", stale="*", encoding="@", missing="o", problem="!", error="X", marked="#", unknown=".",
    done="+", running=">", waiting=".", failed="X", stopped="#", skipped="-", lost="?",
    bar_full="=", bar_half="=", bar_empty="-", heights="_.:-=+*#", cursor=">", rule="-", upper_half="",
    braille=False, dot="-", ellipsis="~", arrow="->", times="x", legend="*", celsius="C", line_end="|", caret="_",
    chosen="*", went_on=":", other=" ", checkpoint="^", no_number="x", axis="-", tick="+", upright="|", curve="=",
    compared="-", event="E", held_out="O", opened="v", closed=">",
)  # fmt: skip


def glyphs_for(encoding: str | None = None) -> Glyphs:
    """The signs that this terminal can show.

    Args:
        encoding: of the terminal; `encoding_of` this process's unless given.
    """
    return UNICODE if (encoding_of() if encoding is None else named(encoding)) == "utf-8" else ASCII


GLYPHS = glyphs_for()
"""The signs of this process."""
