"""One row of the dataset list: mark, status, name, start of the caption, and the size where there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wantui.listing.losses import Learning
from wantui.listing.rows import ItemRow, ItemStatus
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import Part, fit, right

if TYPE_CHECKING:
    from rich.style import Style

    from wantui.listing.losses import LearnedItem
    from wantui.ui.drawing.styles import TextStyles

NAME_SHARE = 0.45
"""The widest that names may be, as a part of the pane."""
SHORTEST_NAME = 8
HELD_OUT = "held out  "
"""Before the caption of an item that is never trained on."""
LEARNED = {Learning.NOT_LEARNED: "not learned", Learning.BY_HEART: "by heart"}
"""How an item has been learned, behind its loss."""
SIZE_FROM = 90
"""Cells of a row from which on there is room for the size of the media."""
SIZE_WIDTH = 11
"""``1168x784``, and clips of up to 32,767 pixels a side."""
_CAPTION_SHOWN = 500
"""Characters of a caption that are looked at: no terminal shows more of them in a line."""


def row_mark(row: ItemRow, styles: TextStyles, *, encoding: bool = False) -> Part:
    """The sign of a row: errors and warnings have those of the list of problems."""
    if row.status is ItemStatus.PROBLEM:
        return problem_mark(styles, is_error=row.is_error)
    return status_mark(row.status, styles, encoding=encoding)


def problem_mark(styles: TextStyles, *, is_error: bool) -> Part:
    """The sign of an error, or of a warning."""
    return (GLYPHS.error, styles.bad) if is_error else (GLYPHS.problem, styles.caution)


def status_mark(status: ItemStatus, styles: TextStyles, *, encoding: bool = False) -> Part:
    """The sign of a status; what is not current while a cache job runs is about to be."""
    if encoding and status in (ItemStatus.STALE, ItemStatus.MISSING):
        return (GLYPHS.encoding, styles.accent)
    marks: dict[ItemStatus, tuple[str, Style]] = {
        ItemStatus.CURRENT: (GLYPHS.current, styles.good),
        ItemStatus.STALE: (GLYPHS.stale, styles.caution),
        ItemStatus.MISSING: (GLYPHS.missing, styles.dim),
        ItemStatus.PROBLEM: (GLYPHS.problem, styles.bad),
        ItemStatus.UNKNOWN: (GLYPHS.unknown, styles.dim),
    }
    return marks[status]


def row_parts(
    row: ItemRow,
    styles: TextStyles,
    *,
    width: int,
    name_width: int,
    is_marked: bool,
    under_cursor: bool,
    encoding: bool,
    loss: LearnedItem | None = None,
) -> list[Part]:
    """A row in at most `width` cells.

    Args:
        row: what to show.
        styles: of the theme.
        width: cells there are.
        name_width: cells that names would like to have.
        is_marked: whether the item is marked.
        under_cursor: whether the cursor is on it.
        encoding: whether a cache job is at work.
        loss: of a LoRA on the item, where that is asked for.
    """
    mark, colour = row_mark(row, styles, encoding=encoding)
    name_width = min(name_width, max(SHORTEST_NAME, int(width * NAME_SHARE)))
    size = _size(row) if width >= SIZE_FROM else ""
    rest = width - name_width - 5 - (SIZE_WIDTH + 1 if size else 0)
    parts: list[Part] = [
        (GLYPHS.marked if is_marked else " ", styles.accent),
        (f"{mark} ", colour),
        (
            fit(clean(row.name), name_width, GLYPHS.ellipsis),
            styles.strong if under_cursor else styles.plain,
        ),
        ("  ", styles.plain),
    ]
    if loss is not None:
        told = _loss(loss, styles)
        parts += told
        rest -= sum(len(text) for text, _ in told)
    caption = clean((row.item.caption or "")[:_CAPTION_SHOWN])
    if row.trouble is not None:
        said = clean(row.trouble) + (f" {GLYPHS.dot} {caption}" if caption else "")
        parts.append((fit(said, rest, GLYPHS.ellipsis), styles.bad if row.is_error else styles.caution))
    else:
        if row.is_held_out:
            parts.append((HELD_OUT, styles.accent))
            rest -= len(HELD_OUT)
        parts.append((fit(caption, rest, GLYPHS.ellipsis), styles.plain if under_cursor else styles.dim))
    if size:
        parts.append((" " + right(size, SIZE_WIDTH), styles.faint))
    return parts


def _loss(loss: LearnedItem, styles: TextStyles) -> list[Part]:
    """``0.141  not learned``."""
    number: Part = (f"{loss.loss:.3f}  ", styles.plain)
    return [number] if loss.learning is None else [number, (f"{LEARNED[loss.learning]}  ", styles.caution)]


def _size(row: ItemRow) -> str:
    """Width and height of the media as it is; empty where it cannot be read."""
    item = row.item
    return "" if item.width is None else f"{item.width}{GLYPHS.times}{item.height}"
