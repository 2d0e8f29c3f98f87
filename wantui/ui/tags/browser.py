"""All tags with their counts, and what can be done with one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, cast

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from wantui.formatting import plural
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.tags.tag_list import TagList

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from wantui.captions.tag_counts import TagCount
    from wantui.ui.typed_ahead import TypedAheadApp

NO_TAG = "No tag is listed here."


class TagAct(Enum):
    """What is wanted with a tag."""

    FILTER = auto()
    RENAME = auto()
    REMOVE = auto()


@dataclass(frozen=True, slots=True)
class TagChoice:
    """What the browser comes back with, and how it stood."""

    act: TagAct
    tag: TagCount
    words: str
    is_by_name: bool


class TagBrowser(Dialog["TagChoice | None"]):
    """Comes back with what is wanted with which tag, or None."""

    CSS_PATH = dialogs_sheet()
    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,q,T", "leave", "Leave", show=False),
        Binding("enter", "choose('FILTER')", "Show the items that have it", show=False),
        Binding("r", "choose('RENAME')", "Rename it", show=False),
        Binding("x", "choose('REMOVE')", "Remove it", show=False),
        Binding("space", "mark", "Mark its items, or none", show=False),
        Binding("s", "sort", "Sort by name or count", show=False),
        Binding("slash", "narrow", "Narrow", show=False),
    ]

    def __init__(
        self,
        counted: tuple[TagCount, ...],
        whose: str,
        mark: Callable[[TagCount], int],
        before: TagChoice | None = None,
    ) -> None:
        """Show tags.

        Args:
            counted: the tags, the most frequent first.
            whose: ``24 items shown``.
            mark: marks the items that have a tag, or takes their marks away; how many are marked then.
            before: how the browser stood before.
        """
        super().__init__()
        self._counted = counted
        self._whose = whose
        self._mark = mark
        self._before = before

    def compose(self) -> ComposeResult:
        """The list, and what was done last."""
        before = self._before
        with Vertical(id="tag-browser", classes="dialog") as box:
            box.border_title = Content(f"Tags of {self._whose}")
            box.border_subtitle = key_hints("enter show  space mark  r rename  x remove  s sort  / narrow  esc")
            yield TagList() if before is None else TagList(before.words, is_by_name=before.is_by_name)
            yield Static("", id="verdict", markup=False)

    def on_mount(self) -> None:
        """Show them, the cursor where it was."""
        tags = self.query_one(TagList)
        tags.note = "No caption has a tag yet."
        tags.counted = self._counted
        if self._before is not None:
            tags.go_to(self._before.tag.key)
        tags.focus()
        near = sum(each.near is not None for each in self._counted)
        rare = sum(each.is_rare for each in self._counted)
        odd = [f"{plural(near, 'tag')} may be misspelt"] if near else []
        odd += [f"{plural(rare, 'tag is', 'tags are')} in one caption only"] if rare else []
        self._say(", ".join(odd) + "." if odd else "")

    def _say(self, text: str) -> None:
        self.query_one("#verdict", Static).update(text)

    def action_choose(self, act: str) -> None:
        """Leave with the tag under the cursor; what is typed behind the key is for what opens."""
        tags = self.query_one(TagList)
        if tags.chosen is None:
            self._say(NO_TAG)
            return
        if act != TagAct.FILTER.name:
            if not tags.chosen.count:
                self._say("None of the items shown has it: show every item first.")
                return
            cast("TypedAheadApp", self.app).opening_again()
        self.dismiss(TagChoice(TagAct[act], tags.chosen, tags.words, tags.is_by_name))

    def action_mark(self) -> None:
        """Mark its items; where all are marked, none of them."""
        tags = self.query_one(TagList)
        if tags.chosen is None:
            self._say(NO_TAG)
        else:
            self._say(f"{plural(self._mark(tags.chosen), 'item')} marked.")
            tags.move_to(tags.cursor + 1)

    def action_sort(self) -> None:
        """By name, or by count."""
        tags = self.query_one(TagList)
        tags.is_by_name = not tags.is_by_name
        tags.list_again()

    def action_narrow(self) -> None:
        """Type what the tags are narrowed to."""
        self.query_one(TagList).begin()

    def action_leave(self) -> None:
        """Leave; what the tags are narrowed to goes first."""
        self.dismiss(None)
