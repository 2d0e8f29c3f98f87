"""The colours of the theme as styles for widgets that draw line by line, and lines put together from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DIM, FAINT = 0.62, 0.36
"""How much of an expert's colour is left where it is to stay behind."""

Part = tuple[str, Style]
"""A stretch of text in one style."""


@dataclass(frozen=True, slots=True)
class TextStyles:
    """One style for each thing that has a meaning."""

    base: Style
    """Foreground on background of a pane."""
    raised: Style
    """The same on the two lines at the top and the bottom."""
    cursor_row: Style
    plain: Style
    strong: Style
    dim: Style
    """Text that explains."""
    faint: Style
    """Text that is only there."""
    track: Style
    """What is drawn and not read: axes, rules, what is empty of a bar."""
    accent: Style
    good: Style
    caution: Style
    bad: Style
    high: Style
    low: Style
    high_dim: Style
    """Of another run, which is there to compare."""
    low_dim: Style
    high_faint: Style
    """Of single steps, behind a curve."""
    low_faint: Style
    background: tuple[int, int, int]

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> TextStyles:
        """Read the theme's variables, as `App.theme_variables` has them."""

        def colour(name: str) -> Color:
            try:
                return Color.parse(variables.get(name, "ansi_default"))
            except ColorParseError:
                return Color.parse("ansi_default")

        def ink(name: str, *, bold: bool | None = None) -> Style:
            return Style(color=colour(name).rich_color, bold=bold)

        def ground(fore: str, back: str) -> Style:
            return Style(color=colour(fore).rich_color, bgcolor=colour(back).rich_color)

        def behind(name: str, part: float) -> Style:
            return Style(color=colour("background").blend(colour(name), part).rich_color)

        return cls(
            base=ground("foreground", "background"),
            raised=ground("foreground", "panel"),
            cursor_row=ground("foreground", "cursor-row"),
            plain=Style(),
            strong=Style(bold=True),
            dim=ink("dim"),
            faint=ink("quiet"),
            track=ink("faint"),
            accent=ink("primary", bold=True),
            good=ink("good"),
            caution=ink("caution"),
            bad=ink("bad"),
            high=ink("expert-high"),
            low=ink("expert-low"),
            high_dim=behind("expert-high", DIM),
            low_dim=behind("expert-low", DIM),
            high_faint=behind("expert-high", FAINT),
            low_faint=behind("expert-low", FAINT),
            background=colour("background").rgb,
        )

    def dim_of_job(self, kind: str) -> Style:
        """Its colour where another run is laid over."""
        return {"high": self.high_dim, "low": self.low_dim}.get(kind, self.dim)

    def faint_of_job(self, kind: str) -> Style:
        """Its colour for single steps."""
        return {"high": self.high_faint, "low": self.low_faint}.get(kind, self.faint)

    def of_job(self, kind: str) -> Style:
        """The colour of a job: each expert keeps one everywhere, the cache steps have none."""
        return {"high": self.high, "low": self.low}.get(kind, self.plain)


def line(parts: Iterable[Part], width: int, base: Style) -> Strip:
    """A line of exactly `width` cells on `base`."""
    segments = [Segment(text, base + style) for text, style in parts if text]
    return Strip(segments).adjust_cell_length(width, base)


def cells(parts: Iterable[Part]) -> int:
    """How many cells the parts take."""
    return sum(cell_len(text) for text, _ in parts)


def fit(text: str, width: int, ellipsis: str = "") -> str:
    """`text` in exactly `width` cells: padded, or cut with `ellipsis` at its end."""
    if width <= 0:
        return ""
    taken = cell_len(text)
    if taken <= width:
        return text + " " * (width - taken)
    if len(ellipsis) >= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - len(ellipsis)) + ellipsis


def right(text: str, width: int) -> str:
    """`text` at the right end of `width` cells."""
    return " " * max(0, width - cell_len(text)) + text


def spread(left: list[Part], end: list[Part], width: int, base: Style) -> Strip:
    """Two groups at the two ends of a line; the left one gives way."""
    room = max(0, width - cells(end))
    return Strip.join([line(left, room, base), line(end, min(width, cells(end)), base)])
