"""The keys of a place as a list that can be searched, in two columns where there is room."""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import wrap
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.geometry import Size
from textual.scroll_view import ScrollView

from wantui.ui.commands.key_names import shown
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.dialogs.line_edit import LineEdit
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.row_list import RowList
from wantui.ui.drawing.styles import cells, fit, line
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.style import Style
    from textual import events
    from textual.app import ComposeResult
    from textual.screen import Screen
    from textual.strip import Strip

    from wantui.ui.drawing.styles import Part, TextStyles

KEY_CELLS = 16
"""Of the column of the keys."""
TWO_COLUMNS_FROM = 140
"""Cells from which on the list has two columns."""
_OF_TEXTUAL = ("screen.copy_text", "screen.minimize", "maximize", "help_quit")
"""Actions of every screen that mean nothing here."""
_OF_SCROLLING = ("scroll_up", "scroll_down", "scroll_left", "scroll_right", "page_")
_SAID = {"Focus Next": "Go to the next field", "Focus Previous": "Go to the field before"}
"""Textual's words, and ours."""


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """Keys, or a sign, and what they do or mean."""

    keys: str
    says: str
    ink: Style | None = None
    """Of a sign; None: these are keys."""
    more: str = ""
    """Words that are not shown, by which it is found too."""

    def fits(self, words: Sequence[str]) -> bool:
        """Whether every word that was typed is in it; one that is a key, as ``n``, means that key."""
        text = f"{self.keys} {self.says} {self.more}".casefold()
        keys = self.keys.split()
        return all(word in keys or (len(word) > 1 and word.casefold() in text) for word in words)


@dataclass(frozen=True, slots=True)
class HelpSection:
    """Entries of one kind."""

    title: str
    entries: tuple[HelpEntry, ...]


def sections_of(screen: Screen[object]) -> tuple[HelpSection, ...]:
    """What the keys do on a screen whose bindings say it: the screen's own, then those of what has the focus."""
    found: dict[tuple[str, str], list[str]] = {}
    is_list = isinstance(screen.focused, RowList)
    ordered = sorted(screen.active_bindings.items(), key=lambda each: each[1].binding.action.startswith("app."))
    for key, active in ordered:
        binding, node = active.binding, active.node
        if (
            not isinstance(node, VerticalScroll) and node is not screen and binding.action.startswith(_OF_SCROLLING)
        ):  # passed on where nothing scrolls
            own = screen._bindings.key_to_bindings.get(key)  # noqa: SLF001  what is behind it
            if not own:
                continue
            binding, node = own[0], screen
        has_one_field = len(screen.focus_chain) < 2 and binding.action.startswith("app.focus_")  # noqa: PLR2004
        if not binding.description or binding.action in _OF_TEXTUAL or has_one_field:
            continue
        title = "Here" if node is not screen.focused else "In this list" if is_list else "In this field"
        found.setdefault((title, _SAID.get(binding.description, binding.description)), []).append(shown(key))
    for key, says in getattr(screen, "passed_on", ()):
        found.setdefault(("Here", says), []).append(key)
    titles = sorted({title for title, _ in found}, key=("Here", "In this list", "In this field").index)
    entries = [(title, HelpEntry(" ".join(keys), says)) for (title, says), keys in found.items()]
    return tuple(HelpSection(title, tuple(each for at, each in entries if at == title)) for title in titles)


def help_lines(sections: Iterable[HelpSection], width: int, styles: TextStyles) -> list[list[Part]]:
    """Every section as lines of at most `width` cells; a long sentence goes on beside its keys and not below."""
    if width < TWO_COLUMNS_FROM:
        return [each for block in _blocks(sections, width, styles) for each in block]
    half = width // 2
    blocks = _blocks(sections, half - 2, styles)
    left: list[list[Part]] = []
    while blocks and len(left) + len(blocks[0]) / 2 <= (len(left) + sum(map(len, blocks))) / 2:
        left += blocks.pop(0)
    right = [each for block in blocks for each in block]
    rows = max(len(left), len(right))
    left += [[] for _ in range(rows - len(left))]
    right += [[] for _ in range(rows - len(right))]
    return [[*one, (" " * (half - cells(one)), styles.plain), *other] for one, other in zip(left, right, strict=True)]


def _blocks(sections: Iterable[HelpSection], width: int, styles: TextStyles) -> list[list[list[Part]]]:
    """Lines that belong together: a title with its first entry, each other entry."""
    blocks: list[list[list[Part]]] = []
    for section in sections:
        if not section.entries:
            continue
        first, *others = [_entry_lines(entry, width, styles) for entry in section.entries]
        gap: list[list[Part]] = [[]] if blocks else []
        blocks += [[*gap, [(section.title, styles.strong)], *first], *others]
    return blocks


def _entry_lines(entry: HelpEntry, width: int, styles: TextStyles) -> list[list[Part]]:
    ink = styles.accent if entry.ink is None else entry.ink
    keys = _fewer(entry.keys)
    pieces = wrap(entry.says, max(20, width - KEY_CELLS)) or [""]
    if len(keys) > KEY_CELLS - 3:
        return [[(f"  {keys}", ink)], *([(" " * KEY_CELLS, styles.plain), (piece, styles.plain)] for piece in pieces)]
    return [
        [("  " + fit(keys if at == 0 else "", KEY_CELLS - 2), ink), (piece, styles.plain)]
        for at, piece in enumerate(pieces)
    ]


def _fewer(keys: str) -> str:
    """The first keys of several that fit; one at least."""
    kept = keys.split(" ")
    while len(kept) > 1 and len(" ".join(kept)) > KEY_CELLS - 3:
        kept.pop()
    return " ".join(kept)


class HelpList(ScrollView, can_focus=True):
    """The lines, drawn when they are in sight; the last row is what is searched for."""

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("slash", "search", "Search", show=False),
        Binding("j,down", "scroll_rows(1)", "Go down a line", show=False),
        Binding("k,up", "scroll_rows(-1)", "Go up a line", show=False),
        Binding("pagedown,ctrl+f,space", "scroll_pages(1)", "Go down a page", show=False),
        Binding("pageup,ctrl+b", "scroll_pages(-1)", "Go up a page", show=False),
        Binding("ctrl+d", "scroll_pages(0.5)", "Go down half a page", show=False),
        Binding("ctrl+u", "scroll_pages(-0.5)", "Go up half a page", show=False),
        Binding("g,home", "scroll_home", "Go to the top", show=False),
        Binding("G,end", "scroll_end", "Go to the end", show=False),
    ]

    def __init__(self, sections: Sequence[HelpSection]) -> None:
        super().__init__(id="help", classes="dialog")
        self._sections = tuple(sections)
        self._typing: LineEdit | None = None
        self._lines: list[list[Part]] = []

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  Textual's
        """As many lines as there are, and one to search in."""
        return len(help_lines(self._sections, width, text_styles_of(self))) + 1

    def on_resize(self, _event: events.Resize) -> None:
        """Put the lines together for this width."""
        self._lay_out()

    def _lay_out(self) -> None:
        styles, width = text_styles_of(self), self.scrollable_content_region.width
        words = self._typing.text.split() if self._typing is not None else []
        sections = [
            replace(section, entries=tuple(entry for entry in section.entries if entry.fits(words)))
            for section in self._sections
        ]
        self._lines = help_lines(sections, width, styles) or [[("No key and no sign for that.", styles.dim)]]
        self.virtual_size = Size(0, len(self._lines) + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        styles, width = text_styles_of(self), self.scrollable_content_region.width
        if self._typing is not None and y == self.size.height - 1:
            edit = self._typing
            typed: list[Part] = [("/ ", styles.accent), (edit.text[: edit.caret], styles.plain)]
            typed += [(GLYPHS.caret, styles.accent), (edit.text[edit.caret :], styles.plain)]
            return line(typed, width, styles.raised)
        at = y + self.scroll_offset.y
        return line(self._lines[at] if at < len(self._lines) else [], width, styles.base)

    def on_key(self, event: events.Key) -> None:
        """What is typed while something is searched for."""
        if self._typing is None or event.key in ("escape", "enter", "f1"):
            return
        typed = event.character if event.is_printable else None
        changed = self._typing.typed(typed) if typed else self._typing.key(event.key)
        if changed is not None:
            event.stop()
            event.prevent_default()
            self._typing = changed
            self.scroll_home(animate=False)
            self._lay_out()

    def action_search(self) -> None:
        """Type words; what has them stays."""
        self._typing = LineEdit()
        self._lay_out()

    def end_search(self) -> bool:
        """Show everything again; whether anything was searched for."""
        was_searched, self._typing = self._typing is not None, None
        self._lay_out()
        return was_searched

    def action_scroll_rows(self, rows: int) -> None:
        """Scroll by lines."""
        self.scroll_relative(y=rows, animate=False)

    def action_scroll_pages(self, pages: float) -> None:
        """Scroll by pages."""
        self.scroll_relative(y=round(pages * max(2, self.size.height - 1)), animate=False)


class HelpScreen(Dialog[None]):
    """The keys of a place; any screen can be below it."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape", "back", "End the search, or close", show=False),
        Binding("question_mark,q,f1,enter", "dismiss", "Close", show=False),
    ]

    def __init__(self, title: str, sections: Callable[[TextStyles], Sequence[HelpSection]]) -> None:
        """Make it.

        Args:
            title: whose keys.
            sections: what is listed, in the theme's colours.
        """
        super().__init__()
        self._title = title
        self._sections = sections

    def compose(self) -> ComposeResult:
        """A list that scrolls."""
        listed = HelpList(self._sections(text_styles_of(self)))
        listed.border_title = self._title
        listed.border_subtitle = key_hints("/ search  esc close")
        yield listed

    def action_back(self) -> None:
        """Show everything again, or close."""
        if not self.query_one(HelpList).end_search():
            self.dismiss(None)
