"""The pictures of a run on the whole screen: a grid of pairs for each prompt."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import Vertical

from wantui.errors import WantuiError
from wantui.formatting import plain_plural, rough_duration
from wantui.terminal.foreign_text import clean
from wantui.ui.captions.caption_view import wrapped
from wantui.ui.dialogs.confirm import CANCEL, Answer, Confirm
from wantui.ui.dialogs.outside_editor import open_outside
from wantui.ui.drawing.drawn import DrawnBlock
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.key_hints import key_hints
from wantui.ui.drawing.moves import HELP_AND_SUSPEND, WholeScreen
from wantui.ui.drawing.stylesheets import dialogs_sheet
from wantui.ui.samples.blind import Blind
from wantui.ui.samples.full_sample import FullSample
from wantui.ui.samples.pair_grid import PairGrid
from wantui.ui.samples.pairs_shown import PairsShown
from wantui.ui.samples.prompt_head import MOST_LINES

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.geometry import Size

    from wantui.services.samples import SamplePlan, Samples, SampleView
    from wantui.ui.drawing.lines_view import Lines
    from wantui.ui.drawing.styles import Part

LOOK_S = 2.0
"""How often it is looked whether more has been made."""
KEYS_SAID = "enter full  a A/B  b blind  space choose  tab prompt  s make  ? help  esc"


class SampleHead(DrawnBlock):
    """What the pictures are of, which pair is chosen, and which is ahead.

    They are no lines of the border, for that would draw the pictures again.
    """

    def __init__(self, shown: PairsShown) -> None:
        super().__init__(id="sample_head")
        self.shown = shown

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  Textual's
        """As many lines as there are."""
        return len(self.block(width, 0))

    def block(self, width: int, height: int) -> Lines:  # noqa: ARG002  one signature
        """What is shown, on as many lines as its prompt needs, and what was judged."""
        styles, shown, judged = self.text_styles, self.shown, self.shown.view.judged
        prompts = shown.prompts
        first: Lines = [[(" no picture yet: ", styles.dim), ("s", styles.accent), (" makes some", styles.dim)]]
        if not shown.view.prompts:
            first = [
                [
                    (" no prompts yet: ", styles.dim),
                    ("p", styles.accent),
                    (" writes some, in your editor", styles.dim),
                ]
            ]
        if prompts:
            prompt = prompts[shown.prompt]
            about = f" prompt {shown.prompt + 1} of {len(prompts)}  seed {prompt.seed}  "
            pieces = wrapped(clean(prompt.text), width - len(about), MOST_LINES, GLYPHS.ellipsis)
            labels = [about, *[" " * len(about)] * (len(pieces) - 1)]
            first = [
                [(label, styles.dim), (piece, styles.strong)] for label, piece in zip(labels, pieces, strict=True)
            ]
        second: list[Part] = [(" no pair is chosen", styles.dim)]
        if judged.chosen is not None:
            second = [(" chosen ", styles.dim), (str(judged.chosen), styles.good)]
        return [*first, [*second, (f"   {judged.ahead}" if judged.ahead else "", styles.dim)]]


class SampleScreen(WholeScreen[None]):
    """One run's pictures."""

    CSS_PATH = dialogs_sheet()
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "dismiss", "Back"),
        ("enter,V", "full", "Show the picture on the whole screen"),
        ("a", "flip", "Flip between this pair and the chosen one, on the whole screen"),
        ("b", "blind", "Compare pairs without knowing which is which"),
        ("space", "choose", "Choose the pair, or none"),
        ("tab,n,right_square_bracket", "prompt(1)", "Go to the next prompt"),
        ("shift+tab,N,left_square_bracket", "prompt(-1)", "Go to the previous prompt"),
        ("m", "matrix", "Show each checkpoint with each, or one epoch with itself"),
        ("s", "sample", "Make what is not there"),
        ("p", "prompts", "Edit the prompts"),
        *HELP_AND_SUSPEND,
    ]

    def __init__(self, samples: Samples, view: SampleView) -> None:
        """Make it.

        Args:
            samples: are asked for more.
            view: what there is now.
        """
        super().__init__()
        self._samples = samples
        is_mixed = any(picture.pair.high != picture.pair.low for picture in view.pictures)
        self.shown = PairsShown(view, 0, is_matrix=is_mixed)
        self.grid = PairGrid(self.shown, self._moved)
        """The pictures."""
        self._before = 0
        """Index of the pair that the cursor was on before."""
        self._at = 0

    def compose(self) -> ComposeResult:
        """The grid in one pane."""
        with Vertical(id="sample_pane", classes="pane") as pane:
            pane.border_title = f"Samples {GLYPHS.dot} run {self.shown.view.run}"
            pane.border_subtitle = key_hints(KEYS_SAID)
            yield SampleHead(self.shown)
            yield self.grid

    def on_mount(self) -> None:
        """Look again while more is made."""
        self.grid.focus()
        self.set_interval(LOOK_S, self.look)

    def _moved(self) -> None:
        if self.grid.cursor != self._at:
            self._before, self._at = self._at, self.grid.cursor

    def _show(self, shown: PairsShown) -> None:
        self.shown = shown
        self.grid.show(shown)
        head = self.query_one(SampleHead)
        head.shown = shown
        head.changed()
        head.refresh(layout=True)

    @work(exclusive=True, group="look", exit_on_error=False)
    async def look(self) -> None:
        """See whether more has been made."""
        if not self.is_current:
            return
        try:
            view = await asyncio.to_thread(self._samples.view, self.shown.view.run)
        except WantuiError:
            return  # the next look may find it
        if self.is_mounted and view != self.shown.view:
            self._show(replace(self.shown, view=view))

    def action_prompt(self, step: int) -> None:
        """Go to another prompt, around the end."""
        count = len(self.shown.prompts)
        if count:
            self._show(replace(self.shown, prompt=(self.shown.prompt + step) % count))

    def action_matrix(self) -> None:
        """Show each with each, or not."""
        self._show(replace(self.shown, is_matrix=not self.shown.is_matrix))

    def action_full(self) -> None:
        """Show the picture; ``a`` goes to the chosen pair from there, or to where the cursor was."""
        self._open_full(is_flipped=False)

    def action_flip(self) -> None:
        """Show the pair that it is compared with first; ``a`` again comes back."""
        self._open_full(is_flipped=True)

    def _open_full(self, *, is_flipped: bool) -> None:
        made, pair = self.shown.made, self.grid.pair
        at = next((index for index, picture in enumerate(made) if picture.pair == pair), None)
        if at is None:
            self.notify("Nothing is made of this pair yet: s makes it.", timeout=3, markup=False)
            return
        pairs, before = self.shown.pairs, self._before
        chosen = self.shown.view.judged.chosen
        wanted = chosen if chosen not in (None, pair) else pairs[before] if before < len(pairs) else None
        other = next((index for index, picture in enumerate(made) if picture.pair == wanted), None)
        if other is None or other == at:
            other = at + 1 if at + 1 < len(made) else max(0, at - 1)

        def back(result: tuple[int, bool] | None) -> None:
            if result is None:
                return
            shown, choose = result
            self.grid.move_to(self.shown.pairs.index(made[shown].pair))
            if choose:
                self.action_choose()

        screen = FullSample(made, at, other)
        if is_flipped:
            screen.at, screen.other = other, at
        self.app.push_screen(screen, back)

    def action_choose(self) -> None:
        """Choose the pair that the cursor is on; chosen already, it is chosen no more."""
        if self.grid.pair is None:
            self.notify(self.grid.empty(), timeout=3, markup=False)
        else:
            self._choose()

    @work(exclusive=True, group="choose", exit_on_error=False)
    async def _choose(self) -> None:
        pair, view = self.grid.pair, self.shown.view
        wanted = None if pair == view.judged.chosen else pair
        try:
            judged = await asyncio.to_thread(self._samples.choose, view.run, wanted)
        except WantuiError as error:
            self._complain(error)
            return
        self._show(replace(self.shown, view=replace(self.shown.view, judged=judged)))
        self.notify("No pair is chosen." if wanted is None else f"Chosen: {wanted}.", timeout=3, markup=False)

    @work(exclusive=True, group="blind", exit_on_error=False)
    async def action_blind(self) -> None:
        """Compare pairs, then say which is ahead."""
        run = self.shown.view.run
        try:
            first = await asyncio.to_thread(self._samples.next_comparison, run)
        except WantuiError as error:
            self._complain(error)
            return
        if first is None:
            self.notify("Two pairs with a picture of one prompt are wanted: s makes some.", timeout=4, markup=False)
            return
        await self.app.push_screen_wait(Blind(self._samples, run, first))
        self.look()

    @work(exclusive=True, group="sample", exit_on_error=False)
    async def action_sample(self) -> None:
        """Ask, then make the pair under the cursor where it is not made, else whatever else is not."""
        run, pair, samples = self.shown.view.run, self.grid.pair, self._samples
        try:
            plan: SamplePlan | None = None
            if pair is not None:
                plan = await asyncio.to_thread(samples.plan, run, [pair.high], [pair.low])
            if plan is None or plan.left == 0:
                plan = await asyncio.to_thread(samples.plan, run)
            if plan.left == 0:
                self.notify("Every picture of these prompts is there.", timeout=4, markup=False)
                return
            answer = await self.app.push_screen_wait(Confirm(_question(plan), Answer(("enter", "y"), "make", "make")))
            if answer == CANCEL:
                return
            begun = await asyncio.to_thread(samples.begin, plan)
        except WantuiError as error:
            self._complain(error)
            return
        if begun is not None:
            self.notify(f"Run {begun.number} makes them; it comes last in the queue.", timeout=4, markup=False)

    @work(exclusive=True, group="prompts", exit_on_error=False)
    async def action_prompts(self) -> None:
        """Open the prompts in the person's editor, and say what is wrong with them."""
        try:
            found = await asyncio.to_thread(self._samples.create_prompts)
            open_outside(self.app, found.path)
            found = await asyncio.to_thread(self._samples.prompts, self.shown.view.run)
        except WantuiError as error:
            self._complain(error)
            return
        wrong = "\n".join(found.told(problem) for problem in found.problems)
        is_bad = any(problem.is_error for problem in found.problems)
        said = wrong or f"{plain_plural(len(found.prompts), 'prompt')}: s makes what is not there."
        self.notify(said, severity="error" if is_bad else "information", timeout=8 if wrong else 4, markup=False)
        self.look()

    def _complain(self, error: WantuiError) -> None:
        self.notify(str(error), severity="error", timeout=8, markup=False)


def _question(plan: SamplePlan) -> str:
    """What would be made, and how long it takes."""
    pairs = ", ".join(map(str, plan.pairs)) if len(plan.pairs) <= 2 else plain_plural(len(plan.pairs), "pair")  # noqa: PLR2004  more are counted
    prompts = plain_plural(len(plan.order.prompts), "prompt")
    takes = "How long that takes is not known: none was made here yet."
    if plan.expected_s is not None:
        takes = f"It takes {rough_duration(plan.expected_s)} by those that were made before."
    cautions = "".join(f"\n{caution}" for caution in plan.cautions)
    return f"Make {plain_plural(plan.left, 'picture')}?\n{pairs}, {prompts}. {takes}{cautions}"
