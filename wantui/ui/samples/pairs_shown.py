"""Which pairs are shown for which prompt, and where; plain values without a screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wantui.services.samples import pair_of

if TYPE_CHECKING:
    from wantui.services.annotations import Pair, Prompt, SamplePicture
    from wantui.services.samples import SampleView


@dataclass(frozen=True, slots=True)
class PairsShown:
    """The cells of the grid, row by row."""

    view: SampleView
    prompt: int
    """Index into `prompts`."""
    is_matrix: bool
    """Whether each checkpoint of one expert meets each of the other; else one epoch meets itself, an average that of
    its name, and what was made besides is shown with them."""

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """Those that there are pictures of, the file's first and in its order."""
        made = dict.fromkeys(picture.prompt for picture in self.view.pictures)
        return tuple(dict.fromkeys((*(each for each in self.view.prompts if each in made), *made)))

    @property
    def columns(self) -> int | None:
        """Cells in a row; None: as many as there is room for."""
        return len(self.view.low) if self.is_matrix else None

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Of each cell."""
        high, low = self.view.high, self.view.low
        if self.is_matrix:
            return tuple(pair_of(one, other) for one in high for other in low)
        same = {pair_of(each, each) for each in {*high} & {*low}}
        return tuple(sorted(same | {picture.pair for picture in self.view.pictures}))

    def picture(self, pair: Pair) -> SamplePicture | None:
        """What the pair has made of the prompt that is shown; None: nothing yet. The latest of several."""
        prompts = self.prompts
        if self.prompt >= len(prompts):
            return None
        wanted = prompts[self.prompt]
        found = [each for each in self.view.pictures if each.pair == pair and each.prompt == wanted]
        return max(found, key=lambda each: each.made, default=None)

    @property
    def made(self) -> tuple[SamplePicture, ...]:
        """What there is of the prompt that is shown, in the order of the cells."""
        found = (self.picture(pair) for pair in self.pairs)
        return tuple(picture for picture in found if picture is not None)
