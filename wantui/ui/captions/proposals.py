"""Proposed captions, one after the other: take it, change it first, or reject it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static, TextArea

from wantui.errors import WantuiError
from wantui.formatting import count, plural
from wantui.terminal.foreign_text import clean, clean_lines
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.preview.picture import PictureView

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult

    from wantui.services.annotations import Accepted, ProposedCaption
    from wantui.services.proposals import Proposals

KEYS = "enter accept  e edit  n reject  A all  j k other  esc leave"
EDIT_KEYS = "ctrl+s accept as edited  esc discard edit"
NEAR = 2
"""Pictures that are made ready before they are looked at."""


class ProposalEditor(TextArea):
    """A proposal being changed before it is accepted."""

    def __init__(self, text: str) -> None:
        super().__init__(text, id="proposal-editor", soft_wrap=True, tab_behavior="focus", compact=True)
        self.cursor_blink = False


class ProposalsScreen(Dialog[int]):
    """Comes back with how many captions were written."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("enter,y", "accept", "Accept", show=False),
        Binding("e", "edit", "Edit", show=False),
        Binding("n,d", "reject", "Reject", show=False),
        Binding("A", "accept_all", "Accept all", show=False),
        Binding("j,down,right", "step(1)", "Next", show=False),
        Binding("k,up,left", "step(-1)", "Previous", show=False),
        Binding("ctrl+s", "accept_edited", "Accept", show=False),
        Binding("escape,q", "leave", "Leave", show=False),
    ]

    def __init__(self, proposing: Proposals, proposed: Sequence[ProposedCaption]) -> None:
        super().__init__()
        self._proposing = proposing
        self._left = list(proposed)
        self._at = 0
        self._written = 0
        self._is_busy = False

    def compose(self) -> ComposeResult:
        """Picture, what the item has, what is proposed."""
        with Vertical(id="proposals", classes="dialog"):
            yield PictureView()
            with VerticalScroll(id="proposed", can_focus=False):
                yield Static("", id="proposal", markup=False)

    def on_mount(self) -> None:
        """Begin with the first one."""
        self._show()

    @property
    def current(self) -> ProposedCaption | None:
        """The proposal that is looked at; None: all are decided on."""
        return self._left[self._at] if self._left else None

    @property
    def editor(self) -> ProposalEditor | None:
        """The editor while a proposal is changed."""
        found = self.query(ProposalEditor)
        return found.first() if found else None

    def _show(self) -> None:
        each = self.current
        if each is None:
            self.dismiss(self._written)
            return
        box = self.query_one("#proposals")
        box.border_title = Content(
            f"Proposed captions {GLYPHS.dot} {count(self._at + 1)} of {count(len(self._left))} {GLYPHS.dot} "
            f"{clean(each.item.media.name)}"
        )
        box.border_subtitle = key_hints(EDIT_KEYS if self.editor else KEYS)
        near = [other.item for other in self._left[self._at + 1 : self._at + 1 + NEAR]]
        self.query_one(PictureView).show_item(each.item, near)
        self.query_one("#proposal", Static).update(self._text(each))

    def _text(self, each: ProposedCaption) -> Text:
        styles = text_styles_of(self)
        text = Text()
        if each.proposal.before:
            text.append("now       ", styles.dim)
            text.append(f"{clean_lines(each.proposal.before)}\n", styles.plain)
        text.append("proposed  ", styles.dim)
        text.append(f"{clean_lines(each.proposal.text)}\n", styles.strong)
        text.append(f"by {clean(each.proposal.source)}", styles.dim)
        return text

    def action_step(self, step: int) -> None:
        """Look at the neighbour and decide on this one later."""
        if self._left and self.editor is None:
            self._at = (self._at + step) % len(self._left)
            self._show()

    def action_accept(self) -> None:
        """Make the proposal the caption."""
        each = self.current
        if each is not None and self.editor is None:
            self._accept((each,))

    async def action_edit(self) -> None:
        """Change the proposal first."""
        each = self.current
        if each is None or self.editor is not None:
            return
        editor = ProposalEditor(each.proposal.text)
        self.query_one("#proposed").add_class("-editing")
        await self.query_one("#proposed").mount(editor)
        editor.move_cursor(editor.document.end)
        editor.focus()
        self._show()

    def action_accept_edited(self) -> None:
        """Make what has been made of the proposal the caption."""
        from dataclasses import replace  # noqa: PLC0415  an edit alone

        each, editor = self.current, self.editor
        if each is None or editor is None:
            return
        if not editor.text.strip():
            self._tell("Empty: n rejects a proposal.", is_error=True)
            return
        self._accept((replace(each, proposal=replace(each.proposal, text=editor.text)),))

    def action_reject(self) -> None:
        """Forget the proposal."""
        each = self.current
        if each is not None and self.editor is None:
            self._reject(each)

    @work(exit_on_error=False, group="decide")
    async def action_accept_all(self) -> None:
        """Accept all that are left, after asking."""
        if self.editor is not None:
            return
        said = plural(len(self._left), "proposed caption")
        answer = await self.app.push_screen_wait(
            Confirm(
                f"Accept {said}?\nAll at once, as one step that u undoes.",
                Answer(("enter", "y"), f"accept {said}", "accept"),
            )
        )
        if answer != CANCEL:
            self._accept(tuple(self._left))

    async def action_leave(self) -> None:
        """Take the edit back, or leave; what is not decided on waits."""
        if self.editor is not None:
            await self._end_edit()
            self._show()
        else:
            self.dismiss(self._written)

    async def _end_edit(self) -> None:
        self.query_one("#proposed").remove_class("-editing")
        await self.query(ProposalEditor).remove()

    @work(exit_on_error=False, group="decide")
    async def _accept(self, proposed: tuple[ProposedCaption, ...]) -> None:
        found = await self._ask_accept(proposed)
        if found is None:
            return
        await self._end_edit()
        self._written += found.written
        kept = {item.media for item, _ in found.conflicts}
        for item, why in found.conflicts[:1]:
            more = f" ({count(len(found.conflicts) - 1)} more likewise)" if len(found.conflicts) > 1 else ""
            self._tell(f"{item.name} keeps what it has: {why}{more}", is_error=True)
        done = {each.item.media for each in proposed} - kept
        self._without(done, passing=bool(kept))

    async def _ask_accept(self, proposed: tuple[ProposedCaption, ...]) -> Accepted | None:
        import asyncio  # noqa: PLC0415  when it is decided

        if self._is_busy:
            return None
        self._is_busy = True
        try:
            return await asyncio.to_thread(self._proposing.accept, proposed)
        except WantuiError as error:
            self._tell(str(error), is_error=True)
            return None
        finally:
            self._is_busy = False

    @work(exit_on_error=False, group="decide")
    async def _reject(self, each: ProposedCaption) -> None:
        import asyncio  # noqa: PLC0415  when it is decided

        try:
            await asyncio.to_thread(self._proposing.reject, (each,))
        except WantuiError as error:
            self._tell(str(error), is_error=True)
            return
        self._without({each.item.media})

    def _without(self, media: set[Path], *, passing: bool = False) -> None:
        """Go on with what is left, past one that could not be accepted."""
        self._left = [each for each in self._left if each.item.media not in media]
        if self._left:
            self._at = (self._at + passing) % len(self._left) if self._at < len(self._left) else 0
        self._show()

    def _tell(self, what: str, *, is_error: bool = False) -> None:
        self.notify(what, severity="error" if is_error else "information", markup=False)
