"""Pictures by pairs with fixed values; what a person says of them is kept here."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image

from wantui.errors import WantuiError
from wantui.runs.sampling.judging import Comparison, Judged, next_comparison
from wantui.runs.sampling.order import SampleOrder
from wantui.runs.sampling.pairs import Pair, asked_for
from wantui.runs.sampling.pictures import SamplePicture
from wantui.runs.sampling.prompt_file import PromptFile
from wantui.services.samples import SamplePlan, Samples, SampleView
from wantui.trainer.prompts import Prompt, PromptProblem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wantui.jobs.model import Run
    from wantui.runs.sampling.pairs import Member

BEACH = Prompt("ohwx woman, silhouette against the setting sun, beach", 96, 64)
WALK = Prompt("ohwx woman, walking through a market", 64, 96, 5, 7)
EPOCHS = (20, 40, 60)


def draw(folder: Path, pair: Pair, prompt: Prompt) -> SamplePicture:
    """A picture, or the frames of a clip, in a colour of the pair's own."""
    frames = []
    for number in range(prompt.frames):
        path = folder / f"{pair.high}-{pair.low}-{prompt.seed}-{number}.png"
        rows = Image.linear_gradient("L").resize((prompt.width, prompt.height))
        flat = [
            rows.point([value] * 256)
            for value in (3 * pair.high if isinstance(pair.high, int) else 90, 60 + 40 * number)
        ]
        Image.merge("RGB", (flat[0], rows, flat[1])).save(path)
        frames.append(path)
    return SamplePicture(f"{pair}-{prompt.seed}", pair, prompt, tuple(frames), 30.0, "rehearsal", 1000.0)


class FakeSamples(Samples):
    """Three epochs of both experts; of the beach the diagonal is made, of the walk two pairs."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        pairs = [(BEACH, 20, 20), (BEACH, 40, 40), (BEACH, 60, 60), (WALK, 20, 20), (WALK, 40, 40)]
        made = tuple(draw(folder, Pair(high, low), prompt) for prompt, high, low in pairs)
        self.folder = folder
        self.now = SampleView(7, EPOCHS, EPOCHS, (BEACH, WALK), made, Judged())
        self.begun: list[SamplePlan] = []
        self.problems: tuple[PromptProblem, ...] = ()
        self.trouble: str | None = None

    def view(self, number: int) -> SampleView:
        if self.trouble is not None:
            raise WantuiError(self.trouble)
        return replace(self.now, run=number)

    def subject(self, number: int) -> int:
        return number

    def prompts(self, number: int | None = None) -> PromptFile:
        return PromptFile(
            self.folder / "prompts.txt", exists=True, prompts=((1, BEACH), (2, WALK)), problems=self.problems
        )

    def create_prompts(self) -> PromptFile:
        return self.prompts()

    def plan(
        self, number: int, high: Sequence[Member] | None = None, low: Sequence[Member] | None = None
    ) -> SamplePlan:
        pairs = asked_for(self.now.high, self.now.low, high, low)
        there = {(picture.pair, picture.prompt) for picture in self.now.pictures}
        left = [(pair, prompt) for pair in pairs for prompt in (BEACH, WALK) if (pair, prompt) not in there]
        order = SampleOrder(number, (BEACH, WALK), pairs)
        return SamplePlan(number, order, pairs, 2 * len(pairs), len(left), 30.0 * len(left) * 4, ())

    def begin(self, plan: SamplePlan) -> Run | None:
        self.begun.append(plan)
        return None

    def make(self, pair: Pair, prompt: Prompt) -> None:
        """As if the job had made it."""
        self.now = replace(self.now, pictures=(*self.now.pictures, draw(self.folder, pair, prompt)))

    def choose(self, number: int, pair: Pair | None) -> Judged:
        return self._said(Judged(pair, self.now.judged.comparisons))

    def next_comparison(self, number: int) -> tuple[SamplePicture, SamplePicture] | None:
        return next_comparison(self.now.pictures, self.now.judged, random.Random(1))

    def compare(self, number: int, better: SamplePicture, worse: SamplePicture, *, is_tie: bool = False) -> Judged:
        told = Comparison(better.prompt.line(), better.pair, worse.pair, is_tie, 1.0)
        return self._said(Judged(self.now.judged.chosen, (*self.now.judged.comparisons, told)))

    def _said(self, judged: Judged) -> Judged:
        self.now = replace(self.now, judged=judged)
        return judged
