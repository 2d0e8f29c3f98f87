"""Pictures by pairs on the screen: grid, whole screen, A/B, blind, choosing, making more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import ready, shown, told, until
from tests.ui.fake_samples import BEACH, WALK, FakeSamples
from wantui.runs.sampling.pairs import Pair
from wantui.trainer.prompts import PromptProblem
from wantui.ui.app import WantuiApp
from wantui.ui.dialogs.confirm import Confirm
from wantui.ui.runs.job_table import JobTable
from wantui.ui.samples import sample_screen
from wantui.ui.samples.blind import Blind
from wantui.ui.samples.full_sample import FullSample
from wantui.ui.samples.pairs_shown import PairsShown
from wantui.ui.samples.sample_screen import SampleScreen

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices
    from wantui.services.samples import SampleView


@pytest.fixture
def samples(services: FakeServices, tmp_path: Path) -> FakeSamples:
    made = services.samples = FakeSamples(tmp_path / "pictures")
    return made


async def opened(pilot: Pilot[None]) -> SampleScreen:
    """The pictures of the run under the cursor, drawn."""
    await ready(pilot)
    await pilot.press("4", "s")
    return await drawn(pilot)


async def drawn(pilot: Pilot[None]) -> SampleScreen:
    await until(pilot, lambda: isinstance(pilot.app.screen, SampleScreen))
    screen = pilot.app.screen
    assert isinstance(screen, SampleScreen)
    await until(pilot, lambda: screen.grid.is_settled)
    await pilot.pause()
    return screen


async def full(pilot: Pilot[None]) -> FullSample:
    await until(pilot, lambda: isinstance(pilot.app.screen, FullSample))
    screen = pilot.app.screen
    assert isinstance(screen, FullSample)
    await pilot.pause()
    return screen


def shown_pairs(view: SampleView, *, is_matrix: bool, prompt: int = 0) -> PairsShown:
    return PairsShown(view, prompt, is_matrix=is_matrix)


def test_the_diagonal_is_shown_with_what_was_made_besides_or_each_with_each(samples: FakeSamples) -> None:
    samples.make(Pair(20, 60), BEACH)
    view = samples.now
    few = shown_pairs(view, is_matrix=False)
    assert few.pairs == (Pair(20, 20), Pair(20, 60), Pair(40, 40), Pair(60, 60))
    assert few.columns is None
    every = shown_pairs(view, is_matrix=True)
    assert (len(every.pairs), every.columns) == (9, 3)
    assert every.pairs[1] == Pair(20, 40)
    assert every.picture(Pair(20, 40)) is None
    assert [picture.pair for picture in every.made] == [Pair(20, 20), Pair(20, 60), Pair(40, 40), Pair(60, 60)]
    assert few.prompts == (BEACH, WALK)
    assert [picture.pair for picture in shown_pairs(view, is_matrix=False, prompt=1).made] == [
        Pair(20, 20),
        Pair(40, 40),
    ]


async def test_an_average_has_a_cell_and_is_made_from_there(services: FakeServices, samples: FakeSamples) -> None:
    name = "ema-20-60"
    samples.now = replace(samples.now, high=(20, 40, 60, name), low=(20, 40, 60, name, "ema-20-60-beta0.9"))
    assert len(shown_pairs(samples.now, is_matrix=True).pairs) == 20
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await drawn(pilot)
        await pilot.press("G")
        assert screen.grid.pair == Pair(name, name)
        assert f"high {name} + low {name}" in shown(pilot)
        await pilot.press("m")
        await drawn(pilot)
        assert "high 20 + low 20 " in shown(pilot)
        assert "20 + ema-20-60 " in shown(pilot), "shorter where there is no room"
        assert "…+ ema-20-60-beta0.9 " in shown(pilot)
        await pilot.press("m", "G", "s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("enter")
        await until(pilot, lambda: len(samples.begun) == 1)
        assert samples.begun[0].pairs == (Pair(name, name),)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_grid_for_each_prompt_and_a_choice(
    services: FakeServices, samples: FakeSamples, size: tuple[int, int]
) -> None:
    async with WantuiApp(services).run_test(size=size) as pilot:
        await opened(pilot)
        seen = shown(pilot)
        assert "prompt 1 of 2" in seen
        assert "high 20 + low 20" in seen
        await until(pilot, lambda: "▀" * 8 in shown(pilot))
        await pilot.press("l", "space")
        await until(pilot, lambda: samples.now.judged.chosen == Pair(40, 40))
        await until(pilot, lambda: "chosen high 40 + low 40" in shown(pilot))
        await pilot.press("space")
        await until(pilot, lambda: samples.now.judged.chosen is None)
        await pilot.press("tab")
        await drawn(pilot)
        seen = shown(pilot)
        assert "prompt 2 of 2" in seen
        assert "not made" in seen


async def test_a_flips_between_two_pairs_and_frames_of_clips_are_gone_through(
    services: FakeServices, samples: FakeSamples
) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("space", "l", "l", "enter")  # 20 is chosen, 60 is looked at
        seen = await full(pilot)
        assert [seen.frame.name] == ["60-60-42-0.png"]
        assert "A  high 60 + low 60" in shown(pilot)
        await pilot.press("a")
        assert seen.frame.name == "20-20-42-0.png"
        await until(pilot, lambda: "B  high 20 + low 20" in shown(pilot))
        await pilot.press("a", "k", "space")
        screen = await drawn(pilot)
        await until(pilot, lambda: samples.now.judged.chosen == Pair(40, 40))
        assert screen.grid.pair == Pair(40, 40)
        await pilot.press("tab", "a")
        seen = await full(pilot)
        assert seen.frame.name == "20-20-7-2.png", "the other one first, in the middle of the clip"
        await pilot.press("a", "comma", "l", "full_stop", "l", "l")
        assert seen.frame.name == "40-40-7-4.png"
        await pilot.press("less_than_sign")
        assert seen.frame.name == "40-40-7-0.png"
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: "frame 5 of 5" in shown(pilot))
        await pilot.press("escape")
        await drawn(pilot)


async def test_blind_comparisons_are_kept_without_names_and_say_who_is_ahead(
    services: FakeServices, samples: FakeSamples
) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, Blind))
        blind = pilot.app.screen
        assert isinstance(blind, Blind)
        await pilot.pause()
        assert "high" not in shown(pilot)
        for count, key in enumerate(("h", "l", "n"), 1):
            two = blind.two
            await pilot.press(key)
            await until(pilot, lambda: len(samples.now.judged.comparisons) == count)  # noqa: B023  awaited here
            kept = samples.now.judged.comparisons[-1]
            expected = two if key != "l" else two[::-1]
            assert (kept.better, kept.worse, kept.is_tie) == (expected[0].pair, expected[1].pair, key == "n")
            await until(pilot, lambda: blind.two != two)  # noqa: B023  the same
        await pilot.press("escape")
        await drawn(pilot)
        await until(pilot, lambda: "after 3 comparisons" in shown(pilot))


async def test_a_neighbour_is_made_after_a_question_and_appears(services: FakeServices, samples: FakeSamples) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("m")
        await drawn(pilot)
        assert screen.grid.layout_now.columns == 3
        await pilot.press("l", "enter")
        await until(pilot, lambda: "Nothing is made of this pair yet" in "".join(told(pilot)))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await until(pilot, lambda: "Make 2 pictures?" in shown(pilot))
        assert "high 20 + low 40, 2 prompts. It takes about 4 min" in shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: len(samples.begun) == 1)
        assert samples.begun[0].pairs == (Pair(20, 40),)
        await drawn(pilot)
        samples.make(Pair(20, 40), BEACH)
        screen.look()
        await until(pilot, lambda: screen.shown.picture(Pair(20, 40)) is not None)
        assert screen.grid.pair == Pair(20, 40)
        await pilot.press("h", "s")  # of this one everything is there: what else is missing
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await until(pilot, lambda: "Make 1 picture?" in shown(pilot))
        await pilot.press("escape")
        await drawn(pilot)
        assert len(samples.begun) == 1


async def test_prompts_are_edited_outside_and_what_is_wrong_is_told(
    services: FakeServices, samples: FakeSamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited: list[Path] = []
    monkeypatch.setattr(sample_screen, "open_outside", lambda _app, path: edited.append(path))
    samples.problems = (PromptProblem(3, "--w 9: a whole number from 16 is wanted"),)
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("p")
        await until(pilot, lambda: "prompts.txt:3: --w 9" in "".join(told(pilot)))
        assert edited == [samples.folder / "prompts.txt"]


async def test_what_cannot_be_read_is_told_and_opens_nothing(services: FakeServices, samples: FakeSamples) -> None:
    samples.trouble = "run 7 has no pair"
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        assert pilot.app.screen.query_one(JobTable).highlighted is not None
        await pilot.press("4", "s")
        await until(pilot, lambda: "run 7 has no pair" in "".join(told(pilot)))


async def test_where_there_are_no_prompts_the_key_that_writes_some_is_named(
    services: FakeServices, samples: FakeSamples
) -> None:
    samples.now = replace(samples.now, prompts=(), pictures=())
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert "no prompts yet: p writes some" in shown(pilot)
