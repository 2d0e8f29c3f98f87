"""Lines of a trainer's log, with what matters in them brought out."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from wantui.terminal.foreign_text import clean
from wantui.ui.log.search import LinesOfAKind

if TYPE_CHECKING:
    from wantui.ui.drawing.styles import Part, TextStyles

WIDEST = 2000
"""Characters of a line in which what matters is brought out; what follows is drawn as it is."""
LONGEST = 16_000
"""Characters of a line that are drawn at most."""

_STAMP = re.compile(r"^\s*(\[?\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(,\d+)?\]?\s")
_BAR = re.compile(r"^(?P<label>[\w :]*?\s*\d+%)\|(?P<bar>[^|]*)\|(?P<rest>.*)$")
_LEVEL = re.compile(r"^(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL):[\w.]+:(?P<said>.*)$")
_ERROR = re.compile(r"^(ERROR|CRITICAL|Traceback|\w*(\.\w+)*(Error|Exception|Interrupt)\b)")
_WARNING = re.compile(r"^(WARNING|\S*Warning\b)")
PROBLEMS = LinesOfAKind(
    re.compile(
        rb"^(?:(?:ERROR|CRITICAL|WARNING):|Traceback|\w{1,60}(?:\.\w{1,60}){0,6}(?:Error|Exception|Interrupt)\b)",
        re.MULTILINE,
    )
)
"""Lines that a person who looks for what went wrong wants to see."""
MILESTONES = LinesOfAKind(re.compile("^(?:epoch \\d+/\\d+|saving checkpoint: |(?:──|--) )".encode(), re.MULTILINE))
"""Lines that tell how far a training is: epochs, checkpoints, the beginning of another attempt."""
_EPOCH = re.compile(r"^epoch \d+/\d+")


def log_parts(text: str, styles: TextStyles, ink: Style) -> list[Part]:
    """A line of a trainer's log with what matters in it brought out.

    Args:
        text: the line, clean.
        styles: of the theme.
        ink: of the job.
    """
    if len(text) > WIDEST:
        first = log_parts(text[:WIDEST], styles, ink)
        return [*first, (text[WIDEST:], first[-1][1])]
    parts: list[Part] = []
    stamp = _STAMP.match(text)
    if stamp:
        parts.append((stamp.group(), styles.faint))
        text = text[stamp.end() :]
    bar = _BAR.match(text)
    if bar:
        return [
            *parts,
            (bar["label"], ink),
            ("|", styles.dim),
            (bar["bar"], ink),
            ("|", styles.dim),
            (bar["rest"], styles.plain),
        ]
    level = _LEVEL.match(text)
    if level:
        ink = {"WARNING": styles.caution, "ERROR": styles.bad, "CRITICAL": styles.bad}.get(level["level"], styles.dim)
        label = styles.faint if ink is styles.dim else ink
        return [*parts, (f"{level['level']} ", label), (level["said"], ink)]
    if _ERROR.match(text):
        return [*parts, (text, styles.bad)]
    if _WARNING.match(text):
        return [*parts, (text, styles.caution)]
    return [*parts, (text, styles.strong if _EPOCH.match(text) else styles.dim)]


def shown_text(text: str) -> str:
    """A line of a log as text that can be drawn."""
    return clean(text.expandtabs(8))[:LONGEST]


def highlighted(strip: Strip, stretches: list[tuple[int, int]], style: Style) -> Strip:
    """The strip with stretches of its text, each from a character to the one behind it, in `style`."""
    drawn = Text.assemble(*((segment.text, segment.style or "") for segment in strip))
    for start, end in stretches:
        drawn.stylize(style, start, end)
    segments: list[Segment] = []
    plain = drawn.plain
    edges = sorted({0, len(plain), *(edge for span in drawn.spans for edge in (span.start, span.end))})
    for start, end in pairwise(edges):
        mixed = Style.combine(span.style for span in drawn.spans if span.start <= start and end <= span.end
                              and isinstance(span.style, Style))  # fmt: skip
        segments.append(Segment(plain[start:end], mixed))
    return Strip(segments, strip.cell_length)
