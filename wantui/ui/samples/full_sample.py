"""One picture or clip on the whole screen, and another pair's under the same key."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content

from wantui.dataset.model import Item
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.moves import HELP_AND_SUSPEND, WholeScreen
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.preview.picture import PictureView
from wantui.ui.samples.prompt_head import PromptHead

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wantui.services.annotations import SamplePicture

KEYS_SAID = "a A/B  j k pair  space choose  ? help  esc back"
CLIP_KEYS = ", . frame  "


def item_of(picture: SamplePicture, frame: Path) -> Item:
    """A frame as the picture view takes it: an image that has no caption."""
    return Item(
        subset=0,
        name=picture.name,
        media=frame,
        caption_file=None,
        caption=None,
        width=picture.prompt.width,
        height=picture.prompt.height,
        bucket=None,
        clips=(),
        latent_caches=(),
        text_cache=frame,
        media_mtime_ns=int(picture.made * 1e9),
    )


class FullSample(WholeScreen[tuple[int, bool]]):
    """Pictures of one prompt, one at a time; comes back with the one shown last, and whether it is to be chosen."""

    CSS_PATH = dialogs_sheet()
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,enter", "leave(False)", "Back"),
        ("a", "flip", "Go to the other pair, and back"),
        ("j,down", "step(1)", "Go to the next pair"),
        ("k,up", "step(-1)", "Go to the previous pair"),
        ("l,right,full_stop", "frame(1)", "Go to the next frame of a clip"),
        ("h,left,comma", "frame(-1)", "Go to the previous frame of a clip"),
        ("greater_than_sign", "frame(10)", "Go on ten frames"),
        ("less_than_sign", "frame(-10)", "Go back ten frames"),
        ("space", "leave(True)", "Choose this pair"),
        *HELP_AND_SUSPEND,
    ]

    def __init__(self, pictures: Sequence[SamplePicture], at: int, other: int) -> None:
        """Make it.

        Args:
            pictures: of one prompt, by different pairs.
            at: index of the one that is shown.
            other: of the one that ``a`` goes to.
        """
        super().__init__()
        self._pictures = tuple(pictures)
        self.at, self.other = at, other
        self._a = at
        """Of the one that is called A."""
        self._frame = 0
        self._view = PictureView("full_picture")
        self._view.set_reactive(PictureView.says_facts, False)

    def compose(self) -> ComposeResult:
        """The prompt, and the picture, in a pane."""
        with Vertical(id="full", classes="pane"):
            yield PromptHead()
            yield self._view

    def on_mount(self) -> None:
        """Show it."""
        self._frame = len(self._pictures[self.at].frames) // 2
        self._show()

    @property
    def frame(self) -> Path:
        """The file that is shown."""
        frames = self._pictures[self.at].frames
        return frames[min(self._frame, len(frames) - 1)]

    def _show(self) -> None:
        picture, pane = self._pictures[self.at], self.query_one("#full")
        letter = "" if self.at == self.other else f"{'A' if self.at == self._a else 'B'}  "
        place = f"  frame {picture.frames.index(self.frame) + 1} of {len(picture.frames)}"
        is_clip = len(picture.frames) > 1
        facts = [f"{letter}{picture.pair}", f"seed {picture.prompt.seed}"]
        self.query_one(PromptHead).show(picture.prompt.text)
        pane.border_title = Content(f" {GLYPHS.dot} ".join(facts) + (place if is_clip else ""))
        pane.border_subtitle = key_hints((CLIP_KEYS if is_clip else "") + KEYS_SAID)
        flipped = self._pictures[self.other]
        beside = flipped.frames[min(self._frame, len(flipped.frames) - 1)]
        self._view.show_item(item_of(picture, self.frame), [item_of(flipped, beside)])

    def action_flip(self) -> None:
        """Go to the other one; the frame stays."""
        self.at, self.other = self.other, self.at
        self._show()

    def action_step(self, step: int) -> None:
        """Go to the neighbour; the other one stays the one that ``a`` goes to."""
        self.at = max(0, min(self.at + step, len(self._pictures) - 1))
        self._a = self.at
        self._show()

    def action_frame(self, step: int) -> None:
        """Go to another frame."""
        self._frame = max(0, min(self._frame + step, len(self._pictures[self.at].frames) - 1))
        self._show()

    def action_leave(self, choose: bool) -> None:
        """Back to the grid."""
        self.dismiss((self.at, choose))
