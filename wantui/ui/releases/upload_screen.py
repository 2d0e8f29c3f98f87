"""An upload of a release, before it is asked for: where it goes, what goes there, and what follows."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, cast

from textual.binding import Binding
from textual.containers import Vertical

from wantui.formatting import file_size, home, plain_plural
from wantui.ui.dialogs.dialog import Dialog
from wantui.ui.drawing.key_hints import key_hints, sentence_parts
from wantui.ui.drawing.lines_view import LinesView, fact, wrapped
from wantui.ui.drawing.stylesheets import dialogs_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

    from wantui.services.afterwards import UploadOffer
    from wantui.ui.drawing.lines_view import Lines
    from wantui.ui.drawing.styles import TextStyles
    from wantui.ui.typed_ahead import TypedAheadApp

UPLOAD, THEN_COMMAND, REPOSITORY = "upload", "then command", "repository"
_LABEL = 10
_LORA, _SAMPLE = ".safetensors", "samples/"


class UploadScreen(Dialog["tuple[str, bool] | None"]):
    """Comes back with one of the words above and whether everybody may see the repository; None: nothing is done."""

    CSS_PATH = dialogs_sheet()

    BINDINGS = [  # noqa: RUF012  Textual's way
        Binding("escape,q", "leave", "Go back"),
        Binding("enter", "answer('upload')", "Upload it, and no more"),
        Binding("x", "answer('then command')", "Upload it; run the command once the upload is verified"),
        Binding("p", "turn_public", "For everybody to see, or for nobody else"),
        Binding("r", "lead_on", "Another repository"),
    ]

    def __init__(self, offer: UploadOffer, repository: str, *, public: bool) -> None:
        """Prepare.

        Args:
            offer: what would be uploaded.
            repository: where to.
            public: whether everybody may see it there.
        """
        super().__init__()
        self._offer = offer
        self._repository = repository
        self._public = public

    def compose(self) -> ComposeResult:
        """What would be uploaded."""
        with Vertical(id="upload", classes="dialog") as box:
            box.border_title = f"Upload of run {self._offer.plan.run}"
            yield LinesView(self._lines, id="upload-lines")
        self._show_keys(box)

    def on_mount(self) -> None:
        """Scroll it by the keys of a text."""
        self.query_one(LinesView).focus()

    def _show_keys(self, box: Vertical) -> None:
        then = "  x then the command" if self._offer.command else ""
        other = "private" if self._public else "public"
        box.border_subtitle = key_hints(f"enter upload{then}  p {other}  r repository  esc back")

    def _lines(self, width: int, styles: TextStyles) -> Lines:
        return upload_lines(self._offer, self._repository, width, styles, public=self._public)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The command is offered where there is one."""
        if action == "answer" and parameters == (THEN_COMMAND,):
            return bool(self._offer.command)
        return super().check_action(action, parameters)

    def action_turn_public(self) -> None:
        """Show it to everybody, or to nobody else."""
        self._public = not self._public
        self._show_keys(self.query_one("#upload", Vertical))
        self.query_one(LinesView).show(self._lines, from_top=False)

    def action_answer(self, answer: str) -> None:
        """Leave with what is to be done."""
        self.dismiss((answer, self._public))

    def action_lead_on(self) -> None:
        """Leave for the question for a repository, which gets what is typed behind the key."""
        cast("TypedAheadApp", self.app).opening_again()
        self.dismiss((REPOSITORY, self._public))

    def action_leave(self) -> None:
        """Leave; nothing is uploaded."""
        self.dismiss(None)


def upload_lines(offer: UploadOffer, repository: str, width: int, styles: TextStyles, *, public: bool) -> Lines:
    """Where it goes, the command in full, which files and how much, and how."""
    lines: Lines = [[(piece, styles.strong)] for piece in wrapped(repository, width)]
    seen = "public: everybody can see and load it" if public else "private: nobody sees it but you"
    lines += [[(seen, styles.caution if public else styles.plain)], []]
    if offer.command:  # in front of all that may have to be scrolled
        lines += fact("command", shlex.join(offer.command), width, (styles.dim, styles.caution), _LABEL)
        asked = "`x` has it run once, when every file is verified and no other run is under way or waits"
        pieces = wrapped(asked, width - _LABEL)
        lines += [[(" " * _LABEL, styles.dim), *sentence_parts(each, styles)] for each in pieces]
        lines.append([])
    for label, value in _facts(offer):
        lines += fact(label, value, width, (styles.dim, styles.plain), _LABEL)
    return lines


def _facts(offer: UploadOffer) -> Iterator[tuple[str, str]]:
    yield "release", offer.plan.name
    loras = [f"{name}  {file_size(size)}" for name, size in offer.files if name.endswith(_LORA)]
    yield "files", "\n".join(loras)
    others = [name for name, _ in offer.files if not name.endswith(_LORA) and not name.startswith(_SAMPLE)]
    samples = sum(name.startswith(_SAMPLE) for name, _ in offer.files)
    yield "with", ", ".join([*others, *([plain_plural(samples, "sample")] if samples else [])])
    about = "" if offer.is_made else "about "
    yield "in all", f"{about}{file_size(sum(size for _, size in offer.files))}"
    folder = home(offer.plan.folder)
    if not offer.has_ended:
        yield "when", f"run {offer.plan.run} has ended; its release is made then, of the epochs best by then"
    elif offer.is_made:
        yield "from", f"{folder}, compared again with the run's checkpoints"
    else:
        yield "from", f"{folder}, which is written first"
    yield "how", "by the background process: the screen may be closed; at the end every file is compared"
