"""A question at the bottom of the screen, with its consequence spelled out."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, cast

from wantui.terminal.foreign_text import clean
from wantui.ui.commands.key_names import shown
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.drawn import DrawnBlock
from wantui.ui.drawing.styles import Part, cells
from wantui.ui.drawing.stylesheets import dialogs_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult
    from textual.geometry import Size

    from wantui.ui.typed_ahead import TypedAheadApp


@dataclass(frozen=True, slots=True)
class Answer:
    """One way to answer."""

    keys: tuple[str, ...]
    """As Textual names them; the first one is shown."""
    label: str
    value: str
    """What the question comes back with."""


CANCEL = "cancel"
AGAIN_S = 1.0
"""How often a question whose facts change is said anew."""


class QuestionText(DrawnBlock):
    """Sentences and the keys to answer with."""

    def __init__(self, sentences: str, answers: tuple[Answer, ...]) -> None:
        super().__init__(id="question")
        self._sentences = sentences
        self._answers = answers

    def say(self, sentences: str) -> None:
        """Say something else, where it is something else."""
        if sentences != self._sentences:
            self._sentences = sentences
            self.refresh(layout=True)
            self.changed()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  Textual's
        """As many lines as are said."""
        return len(self.block(width, 0))

    def block(self, width: int, height: int) -> list[list[Part]]:  # noqa: ARG002  one signature
        """The sentences, a gap, the answers."""
        styles = self.text_styles
        pieces = [
            piece for line in self._sentences.splitlines() for piece in wrap(clean(line), max(20, width)) or [""]
        ]
        lines: list[list[Part]] = [
            [(piece, styles.strong if at == 0 else styles.plain)] for at, piece in enumerate(pieces)
        ]
        return [*lines, [], *self._answer_lines(width)]

    def _answer_lines(self, width: int) -> list[list[Part]]:
        """Every answer whole, on as many lines as they need."""
        styles = self.text_styles
        lines: list[list[Part]] = [[]]
        for answer in self._answers:
            key, label = shown(answer.keys[0]), clean(answer.label)
            parts: list[Part] = [(key, styles.accent), (f" {label}", styles.dim)]
            if cells(parts) > width:
                first, *more = wrap(label, max(20, width - len(key) - 1))
                lines += [[(key, styles.accent), (f" {first}", styles.dim)]]
                lines += [[(" " * (len(key) + 1) + piece, styles.dim)] for piece in more]
                lines.append([])
                continue
            gap: list[Part] = [("    ", styles.plain)] if lines[-1] else []
            if lines[-1] and cells([*lines[-1], *gap, *parts]) > width:
                lines.append(parts)
            else:
                lines[-1] += [*gap, *parts]
        return [each for each in lines if each]


class Confirm(Dialog[str]):
    """Comes back with the value of the answer; leaving it is always `CANCEL`."""

    CSS_PATH = dialogs_sheet()

    def __init__(
        self,
        sentences: str | Callable[[], str],
        *answers: Answer,
        stay: str = "cancel",
        leads_on: bool = False,
    ) -> None:
        """Make it.

        Args:
            sentences: what is asked; a function is asked again while the question stands.
            answers: and what can be answered.
            stay: what leaving it means.
            leads_on: the answer opens something that gets what is typed behind it.
        """
        super().__init__()
        self._leads_on = leads_on
        self._answers = (*answers, Answer(("escape",), stay, CANCEL))
        self._sentences = sentences

    @property
    def answers(self) -> tuple[tuple[str, str], ...]:
        """Keys, and what they mean, for help."""
        return tuple((" ".join(map(shown, each.keys)), each.label) for each in self._answers)

    def compose(self) -> ComposeResult:
        """The question."""
        said = self._sentences
        yield QuestionText(said if isinstance(said, str) else said(), self._answers)

    def on_mount(self) -> None:
        """Keep what is said true."""
        said = self._sentences
        if not isinstance(said, str):
            self.set_interval(AGAIN_S, lambda: self.query_one(QuestionText).say(said()))

    async def on_key(self, event: events.Key) -> None:
        """Only the keys that are offered do anything, and those of help."""
        event.stop()
        if event.key in ("question_mark", "f1"):
            await self.run_action("app.help_here")
        for answer in self._answers:
            if event.key in answer.keys:
                if self._leads_on and answer.value != CANCEL:
                    cast("TypedAheadApp", self.app).opening_again()
                self.dismiss(answer.value)
                return
