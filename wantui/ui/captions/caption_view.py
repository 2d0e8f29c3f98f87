"""The caption of an item below its picture, and what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.reactive import reactive

from wantui.formatting import plural
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.drawn import DrawnBlock
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import Part, cells, fit

if TYPE_CHECKING:
    from wantui.caches.model import CacheVerdict
    from wantui.listing.rows import ItemRow
    from wantui.ui.drawing.styles import TextStyles


def wrapped(text: str, width: int, lines: int, ellipsis: str) -> list[str]:
    """`text` in at most `lines` lines of `width` cells; what does not fit ends in `ellipsis`."""
    made: list[str] = []
    current = ""
    words = text.split()
    for at, word in enumerate(words):
        joined = f"{current} {word}" if current else word
        if cell_len(joined) <= width:
            current = joined
            continue
        if len(made) == lines - 1 or cell_len(word) > width:
            rest = " ".join([current, *words[at:]]).strip()
            return [*made, fit(rest, width, ellipsis)]
        made.append(current)
        current = word
    return [*made, current] if current else made


def verdict_part(label: str, verdict: CacheVerdict | None, styles: TextStyles) -> list[Part]:
    """How a cache file stands, and why where it may not be trained on."""
    if verdict is None:
        return []
    from wantui.caches.model import CacheState  # noqa: PLC0415  the first frame has no item

    if verdict.state is CacheState.CURRENT:
        return [(f"{label} ", styles.dim), (GLYPHS.current, styles.good)]
    mark = GLYPHS.missing if verdict.state is CacheState.MISSING else GLYPHS.stale
    ink = styles.dim if verdict.state is CacheState.MISSING else styles.caution
    why = clean(verdict.why or verdict.state.value)
    return [(f"{label} ", styles.dim), (f"{mark} {why}", ink)]


class CaptionView(DrawnBlock):
    """A rule, the caption, a line of facts."""

    shown_row: reactive[ItemRow | None] = reactive(None, repaint=False)
    """The item."""
    trigger: reactive[str] = reactive("", repaint=False)
    """The words that nearly every caption begins with: they are brought out."""

    def __init__(self, id: str = "caption") -> None:  # noqa: A002  Textual's name for it
        super().__init__(id=id)

    def watch_shown_row(self) -> None:
        """Another item."""
        self.changed()

    def watch_trigger(self) -> None:
        """Other words to bring out."""
        self.changed()

    def block(self, width: int, height: int) -> list[list[Part]]:
        """Every line."""
        styles, row = self.text_styles, self.shown_row
        if row is None:
            return []
        lines: list[list[Part]] = [[(GLYPHS.rule * width, styles.track)]]
        caption = clean(row.item.caption or "")
        room = max(1, height - 2)
        if row.item.caption is None:
            lines.append([("no caption: ", styles.bad), ("e", styles.accent), (" writes one", styles.dim)])
        elif not caption.strip():
            lines.append([("an empty caption", styles.caution)])
        for text in wrapped(caption, width, room, GLYPHS.ellipsis):
            lines.append(self._brought_out(text, is_first=len(lines) == 1))
        lines += [[] for _ in range(height - 1 - len(lines))]
        lines.append(self._facts(row, caption, width))
        return lines[:height]

    def _brought_out(self, text: str, *, is_first: bool) -> list[Part]:
        trigger = self.trigger
        if is_first and trigger and text.lower().startswith(trigger.lower()):
            return [(text[: len(trigger)], self.text_styles.accent), (text[len(trigger) :], self.text_styles.plain)]
        return [(text, self.text_styles.plain)]

    def _facts(self, row: ItemRow, caption: str, width: int) -> list[Part]:
        styles = self.text_styles
        if row.trouble is not None and row.item.caption is not None:
            return [(fit(clean(row.trouble), width, GLYPHS.ellipsis), styles.bad)]
        groups = [[(plural(len(caption.split()), "word"), styles.dim)]] if caption else []
        if row.item.is_video:
            frames = plural(row.item.frame_count or 0, "frame")
            groups.append([(f"{frames}, {plural(len(row.item.clips), 'clip')}", styles.dim)])
        groups += [
            part
            for part in (
                verdict_part("latents", row.latents, styles),
                verdict_part("text", row.text, styles),
            )
            if part
        ]
        parts: list[Part] = []
        for group in groups:
            joined = [*parts, (f" {GLYPHS.dot} ", styles.dim), *group] if parts else group
            if cells(joined) > width and parts:
                break
            parts = joined
        return parts
