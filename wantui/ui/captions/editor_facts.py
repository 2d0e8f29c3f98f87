"""One line below the caption that is edited: how it may go on, how long it is, what may be misspelt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from wantui.dataset.encoders import MOST_TOKENS
from wantui.errors import WantuiError
from wantui.formatting import plural
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.drawn import DrawnBlock
from wantui.ui.drawing.glyphs import GLYPHS

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer

    from wantui.ui.captions.caption_editor import CaptionEditor
    from wantui.ui.captions.words import Words
    from wantui.ui.drawing.styles import Part, TextStyles

DEBOUNCE_S = 0.1


def proposal_parts(proposals: tuple[str, ...], styles: TextStyles) -> list[Part]:
    """``tab portrait  ·  portrait photo``: what tab takes, and what else there is; empty where there is nothing."""
    if not proposals:
        return []
    first, *others = map(clean, proposals)
    rest = "".join(f"  {GLYPHS.dot}  {other}" for other in others)
    return [("tab ", styles.accent), (first, styles.strong), (rest, styles.dim)]


class EditorFacts(DrawnBlock):
    """Proposals while there are some, else length and hint."""

    def __init__(self, editor: CaptionEditor, words: Words, count_tokens: Callable[[str], int | None]) -> None:
        super().__init__(id="editor-facts")
        self._editor = editor
        self._words = words
        self._count_tokens = count_tokens
        self._counted: tuple[str, int] | None = None
        self._timer: Timer | None = None
        self._is_counting = False

    def on_mount(self) -> None:
        """Follow the proposals; the pane tells when the text has changed."""
        self.watch(self._editor, "proposals", self.changed, init=False)
        self.text_changed()

    def text_changed(self) -> None:
        """Something was typed, or another caption is shown."""
        self.changed()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DEBOUNCE_S, self._count_latest)

    def _count_latest(self) -> None:
        """Count what is typed; one count at a time, for the first one may wait seconds for the tokenizer."""
        text = self._editor.text
        if not self._is_counting and (self._counted is None or self._counted[0] != text):
            self._is_counting = True
            self._count(text)

    @work(thread=True, group="tokens", exit_on_error=False)
    def _count(self, text: str) -> None:
        try:
            count = self._count_tokens(text)
        except WantuiError:
            count = None  # the configuration is told elsewhere; words are counted
        self.app.call_from_thread(self._take, text, count)

    def _take(self, text: str, count: int | None) -> None:
        self._is_counting = False
        if not self.is_mounted or count is None:
            return
        self._counted = (text, count)
        self.changed()
        self._count_latest()

    @property
    def length(self) -> str:
        """``31 tokens of 512``; ``19 words`` where tokens cannot be counted, or are not yet."""
        text = self._editor.text
        if self._counted is None or self._counted[0] != text:
            return plural(len(text.split()), "word")
        return f"{plural(self._counted[1], 'token')} of {MOST_TOKENS}"

    def block(self, width: int, height: int) -> list[list[Part]]:  # noqa: ARG002  one line that is cut
        """The line."""
        styles, proposals = self.text_styles, self._editor.proposals
        if proposals:
            return [proposal_parts(proposals, styles)]
        is_cut = self._counted is not None and self._counted[1] > MOST_TOKENS
        parts: list[Part] = [(self.length, styles.bad if is_cut else styles.dim)]
        hint = self._words.hint(self._editor.text)
        if hint:
            parts.append((f"  {GLYPHS.dot}  {clean(hint)}", styles.caution))
        return [parts]
