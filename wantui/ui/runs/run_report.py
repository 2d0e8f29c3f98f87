"""What a run trained on: trainer, settings, every item with its caption, and how it differs from the run before."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView

from wantui.formatting import plural
from wantui.terminal.foreign_text import clean
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.styles import Part, TextStyles, fit, line
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.strip import Strip

    from wantui.services.values import RunReportText

LABEL = 22
LONGEST_NAME = 32


def report_lines(report: RunReportText, since: str, width: int, styles: TextStyles) -> list[list[Part]]:
    """Everything that is said, in lines of at most `width` cells; an item takes one line, whatever its caption."""
    facts = [("trainer", report.trainer or "not settled yet: no expert has started"), *report.settings]
    lines = [each for label, value in facts for each in _fact(label, value, width, styles)]
    if report.before is not None:
        lines += [[], [(f"against run {report.before}, the training before it", styles.strong)]]
        lines += [each for label, value in report.differs for each in _fact(label, value, width, styles)]
        if not report.differs:
            lines.append([("  the same settings, trainer and items", styles.dim)])
    if since:
        lines += [[], [("since this run began", styles.strong)], [(f"  {clean(since)}", styles.caution)]]
    if not report.items:
        return [
            *lines,
            [],
            [("Its items are not settled yet: that happens when its caches are proved.", styles.dim)],
        ]
    lines += [[], [(f"trained on {plural(len(report.items), 'item')}", styles.strong)]]
    name_width = min(LONGEST_NAME, max(len(name) for name, _ in report.items))
    for name, caption in report.items:
        rest = width - name_width - 4
        lines.append([
            ("  " + fit(clean(name), name_width, GLYPHS.ellipsis), styles.plain),
            ("  " + fit(clean(caption), rest, GLYPHS.ellipsis), styles.dim),
        ])  # fmt: skip
    return lines


def _fact(label: str, value: str, width: int, styles: TextStyles) -> list[list[Part]]:
    room = max(20, width - LABEL - 2)
    pieces = [piece for each in value.splitlines() for piece in wrap(clean(each), room, break_on_hyphens=False)] or [
        ""
    ]
    return [
        [(f"  {fit(clean(label) if at == 0 else '', LABEL)}", styles.dim), (piece, styles.plain)]
        for at, piece in enumerate(pieces)
    ]


class RunReportView(ScrollView, can_focus=True):
    """The lines, drawn when they are in sight."""

    BINDINGS = [("j", "scroll_down"), ("k", "scroll_up"), ("g", "scroll_home"), ("G", "scroll_end")]  # noqa: RUF012  Textual's way

    def __init__(self, report: RunReportText, since: str) -> None:
        super().__init__(id="story", classes="dialog")
        self._report = report
        self._since = since
        self._lines: list[list[Part]] = []

    def on_resize(self, _event: events.Resize) -> None:
        """Put the lines together for this width."""
        styles = text_styles_of(self)
        self._lines = report_lines(self._report, self._since, self.scrollable_content_region.width, styles)
        self.virtual_size = Size(0, len(self._lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        styles, width = text_styles_of(self), self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        return line(self._lines[at] if at < len(self._lines) else [], width, styles.base)


class RunReportScreen(Dialog[bool]):
    """One run; comes back with whether its settings are to be kept as a preset."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [("escape,enter,q,i", "dismiss(False)", "Close"), ("s", "dismiss(True)", "Keep")]  # noqa: RUF012  Textual's way

    def __init__(self, report: RunReportText, since: str) -> None:
        super().__init__()
        self._report = report
        self._since = since

    def compose(self) -> ComposeResult:
        """A list that scrolls."""
        view = RunReportView(self._report, self._since)
        view.border_title = Content(f"Run {self._report.run}")
        view.border_subtitle = key_hints("s keeps its settings as a preset  esc closes")
        yield view
