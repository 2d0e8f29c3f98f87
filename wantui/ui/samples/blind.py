"""Two pictures of one prompt without the names of their pairs: which is better?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import Horizontal, Vertical
from textual.content import Content

from wantui.errors import WantuiError
from wantui.formatting import plain_plural
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.moves import HELP_AND_SUSPEND, WholeScreen
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.preview.picture import PictureView
from wantui.ui.samples.full_sample import item_of
from wantui.ui.samples.prompt_head import PromptHead

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wantui.services.annotations import SamplePicture
    from wantui.services.samples import Samples

LEFT, RIGHT, NEITHER = 0, 1, 2
KEYS_SAID = "h the left one  l the right one  n neither  s pass over  ? help  esc done"


class Blind(WholeScreen[None]):
    """One comparison after the other; each answer is kept at once, and no name is shown before the last one."""

    CSS_PATH = dialogs_sheet()
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "dismiss", "Done"),
        ("h,left,1", "answer(0)", "The left one is better"),
        ("l,right,2", "answer(1)", "The right one is better"),
        ("n,0", "answer(2)", "Neither is better"),
        ("s", "next", "Pass over these two"),
        *HELP_AND_SUSPEND,
    ]

    def __init__(self, samples: Samples, run: int, first: tuple[SamplePicture, SamplePicture]) -> None:
        """Make it.

        Args:
            samples: is told the answers, and asked what comes next.
            run: whose pairs are compared.
            first: what is compared first, from left to right.
        """
        super().__init__()
        self._samples, self._run = samples, run
        self.two = first
        """What is compared now."""
        self._told = 0
        """How many comparisons have been answered here."""
        self._is_asking = False

    def compose(self) -> ComposeResult:
        """Both pictures, and what they are of."""
        with Vertical(id="blind", classes="pane") as pane:
            pane.border_subtitle = key_hints(KEYS_SAID)
            yield PromptHead()
            with Horizontal():
                for at in (LEFT, RIGHT):
                    with Vertical(classes="pane side") as side:
                        side.border_title = Content(str(at + 1))
                        view = PictureView(f"blind_{at}")
                        view.set_reactive(PictureView.says_facts, False)
                        yield view

    def on_mount(self) -> None:
        """Show the first two."""
        self._show()

    def _show(self) -> None:
        for view, picture in zip(self.query(PictureView), self.two, strict=True):
            view.show_item(item_of(picture, picture.frames[len(picture.frames) // 2]))
        told = [plain_plural(self._told, "comparison") + " so far"] if self._told else []
        self.query_one("#blind").border_title = f" {GLYPHS.dot} ".join(
            ["Which is better?", f"run {self._run}", *told]
        )
        self.query_one(PromptHead).show(self.two[0].prompt.text)

    def action_answer(self, which: int) -> None:
        """Keep an answer, and go on."""
        if not self._is_asking:  # a key behind another one is for what comes next
            self._is_asking = True
            self._ask(which)

    def action_next(self) -> None:
        """Go on without an answer."""
        if not self._is_asking:
            self._is_asking = True
            self._ask(None)

    @work(exclusive=False, exit_on_error=False)
    async def _ask(self, which: int | None) -> None:
        try:
            if which is not None:
                better, worse = self.two if which != RIGHT else self.two[::-1]
                await asyncio.to_thread(self._samples.compare, self._run, better, worse, is_tie=which == NEITHER)
                self._told += 1
            found = await asyncio.to_thread(self._samples.next_comparison, self._run)
        except WantuiError as error:
            self.notify(str(error), severity="error", timeout=8, markup=False)
            found = None
        self._is_asking = False
        if found is None:
            self.dismiss()
            return
        self.two = found
        self._show()
