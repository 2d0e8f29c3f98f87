"""A change of many captions: what is typed, and at once what would become of each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from wantui.captions import operations
from wantui.errors import WantuiError
from wantui.formatting import plural
from wantui.terminal.foreign_text import clean
from wantui.ui.captions.tag_input import ProposalLine, TagInput
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.difference_list import DifferenceList
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.timer import Timer

    from wantui.captions.vocabulary import Vocabulary
    from wantui.dataset.model import Item
    from wantui.services.annotations import BulkPreview, Operation
    from wantui.services.captions import Captions

DEBOUNCE_S = 0.12
"""What is being typed is waited for before captions are read."""


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change that can be chosen."""

    key: str
    title: str
    """What it does, as a verb phrase."""
    fields: tuple[str, ...]
    """What has to be typed, by its labels."""
    make: Callable[[Sequence[str]], Operation]
    """The operation, of what was typed."""
    must_fill: int = 1
    """How many of the fields must not be empty."""


CHANGES = (
    Change("f", "add text in front", ("text",), lambda typed: operations.AddText(typed[0])),
    Change("e", "add text at the end", ("text",), lambda typed: operations.AddText(typed[0], at_end=True)),
    Change("r", "remove a tag", ("tag",), lambda typed: operations.RemoveTag(typed[0])),
    Change("n", "rename a tag", ("tag", "new name"), lambda typed: operations.RenameTag(typed[0], typed[1]), 2),
    Change("s", "find and replace", ("find", "replace by"),
           lambda typed: operations.Replace(typed[0], typed[1], ignores_case=typed[0].islower())),
    Change("x", "replace by regular expression", ("find", "replace by"),
           lambda typed: operations.Replace(typed[0], typed[1], is_regex=True)),
    Change("o", "sort the tags", (), lambda _: operations.SortTags()),
    Change("d", "drop duplicate tags", (), lambda _: operations.DropDuplicateTags()),
    Change("u", "fill in missing captions", ("caption",), lambda typed: operations.FillEmpty(typed[0])),
)  # fmt: skip
"""In small letters *find* finds every case; with a capital in it only itself."""


COMPLETED = frozenset({"text", "tag", "new name", "caption"})
"""Labels of the fields that take tags; what is found and replaced need not be any."""


class BulkForm(Dialog["BulkPreview | None"]):
    """Comes back with the preview that is to be carried out, or None."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape", "leave", "Leave", show=False),
        Binding("enter", "apply", "Apply", show=False),
        Binding("down", "scroll_changes(1)", "Go to the next change", show=False),
        Binding("up", "scroll_changes(-1)", "Go to the change before", show=False),
        Binding("pagedown", "scroll_changes(10)", "Go down ten changes", show=False),
        Binding("pageup", "scroll_changes(-10)", "Go up ten changes", show=False),
    ]

    def __init__(
        self,
        editing: Captions,
        items: Sequence[Item],
        change: Change,
        whose: str,
        *,
        vocabulary: Vocabulary,
        typed: Sequence[str] = (),
    ) -> None:
        """Ask for one change.

        Args:
            editing: what previews.
            items: whose captions.
            change: the kind of change.
            whose: ``12 marked items``.
            vocabulary: completes what takes tags.
            typed: what the first fields begin with.
        """
        super().__init__()
        self._editing = editing
        self._items = tuple(items)
        self._change = change
        self._whose = whose
        self._vocabulary = vocabulary
        self._typed_before = tuple(typed)
        self._timer: Timer | None = None
        self._asked = 0
        """Counts what has been typed: an answer to what was typed before is worth nothing."""
        self._seen: BulkPreview | None = None

    def compose(self) -> ComposeResult:
        """The fields, what would become of the captions, the verdict."""
        with Vertical(id="bulk", classes="dialog") as box:
            box.border_title = Content(f"{self._change.title[:1].upper()}{self._change.title[1:]} in {self._whose}")
            box.border_subtitle = key_hints("enter apply  arrows scroll  esc close")
            for number, label in enumerate(self._change.fields):
                with Horizontal(classes="field"):
                    yield Static(label, classes="label", markup=False)
                    yield self._field(number, label)
            yield ProposalLine(id="proposals")
            yield DifferenceList(id="changes")
            yield Static("", id="verdict", markup=False)

    def _field(self, number: int, label: str) -> Input:
        value = self._typed_before[number] if number < len(self._typed_before) else ""
        if label in COMPLETED:
            return TagInput(value, self._vocabulary, id=f"field-{number}")
        return Input(value, id=f"field-{number}", compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        """Type at once, or look at once where nothing has to be typed."""
        self.query_one(DifferenceList).can_focus = not self._change.fields
        for field in self.query(Input):
            field.cursor_blink = False
            if isinstance(field, TagInput):
                self.watch(field, "proposals", self._propose, init=False)
        self.query_one(ProposalLine).display = bool(self.query(TagInput))
        first = min(len(self._typed_before), len(self._change.fields) - 1)
        self.query_one(f"#field-{first}" if self._change.fields else "#changes").focus()
        self._look()

    def _propose(self, proposals: tuple[str, ...]) -> None:
        self.query_one(ProposalLine).proposals = proposals

    @on(Input.Changed)
    def _typed(self) -> None:
        self._seen = None
        self._asked += 1
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DEBOUNCE_S, self._look)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        """Enter goes to the next field while one is empty that must not be."""
        fields = list(self.query(Input))
        at = fields.index(message.input)
        if at + 1 < len(fields) and (not fields[at + 1].value) and self._seen_is_empty:
            fields[at + 1].focus()
        else:
            self.action_apply()

    @property
    def _seen_is_empty(self) -> bool:
        return self._seen is None or not self._seen.changes

    def _look(self) -> None:
        typed = [field.value for field in self.query(Input)]
        if not all(typed[: self._change.must_fill if self._change.fields else 0]):
            self._show(self._asked, None, "")
            return
        self._find(self._asked, self._change.make(typed))

    @work(thread=True, exclusive=True, group="preview", exit_on_error=False)
    def _find(self, asked: int, operation: Operation) -> None:
        worker = get_current_worker()
        seen: BulkPreview | None = None
        said = ""
        try:
            seen = self._editing.preview(self._items, operation)
        except WantuiError as error:
            said = str(error)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._show, asked, seen, said)

    def _show(self, asked: int, seen: BulkPreview | None, trouble: str) -> None:
        if not self.is_mounted or asked != self._asked:
            return
        self._seen = seen
        changes, verdict = self.query_one(DifferenceList), self.query_one("#verdict", Static)
        changes.note = "" if seen is None else "No caption changes."
        changes.changes = () if seen is None else seen.changes
        verdict.set_classes("-bad" if trouble else "-good" if seen and seen.changes else "-dim")
        verdict.update(clean(trouble or (_said(seen) if seen else "Type, and see what would change.")))

    def action_scroll_changes(self, by: int) -> None:
        """Go through the changes while a field is typed in."""
        changes = self.query_one(DifferenceList)
        changes.move_to(changes.cursor + by)

    @property
    def has_settled(self) -> bool:
        """Whether what is shown is what would become of what has been typed."""
        return self._seen is not None

    def action_apply(self) -> None:
        """Carry out what is shown, if it changes anything; what has just been typed is shown first."""
        if self._seen is None:
            self._look()
        elif not self._seen.changes:
            self.app.bell()
        else:
            self.dismiss(self._seen)

    def action_leave(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)


def _said(seen: BulkPreview) -> str:
    said = f"{plural(len(seen.changes), 'caption')} would change, {seen.unchanged} stay"
    return f"{said}, {len(seen.unreadable)} cannot be read" if seen.unreadable else said
