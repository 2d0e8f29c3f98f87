"""A run on the screen: its result, its pages, its keys; two runs compared; the fields of the run form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, Static

from tests.ui.driving import ready, shown, told, type_text, until, work_screen
from tests.ui.fake import NOON, make_jobs
from tests.ui.fake_views import make_compared, make_run_view
from wantui.jobs.model import EXPERT_KINDS, JobState
from wantui.runs.request import RunRequest
from wantui.ui.app import WantuiApp
from wantui.ui.commands.catalogue import Place
from wantui.ui.dataset.dataset_list import DatasetList
from wantui.ui.drawing.styles import TextStyles, cells
from wantui.ui.plan.run_form import RunForm
from wantui.ui.run_view.compare import ChooseRun, CompareScreen, compared_lines
from wantui.ui.run_view.screen import RunScreen
from wantui.ui.run_view.text import commands_page, items_lines, next_steps, paths_lines, result_lines, settings_lines

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices
    from wantui.runs.board import JobView
    from wantui.services.run_view import RunView
    from wantui.ui.drawing.lines_view import Lines

STYLES = TextStyles.from_variables({})


@pytest.fixture
def done(tmp_path: Path) -> RunView:
    """Both experts have ended well."""
    return make_run_view(ended(tmp_path), NOON)


def ended(folder: Path, state: JobState = JobState.SUCCEEDED) -> tuple[JobView, ...]:
    return tuple(
        replace(view, job=replace(view.job, state=state, ended=NOON)) if view.job.kind in EXPERT_KINDS else view
        for view in make_jobs(folder)
        if view.job.run == 7
    )


def text_of(lines: Lines) -> list[str]:
    return ["".join(text for text, _ in parts).rstrip() for parts in lines]


def test_the_result_comes_first_and_what_changed_next(done: RunView) -> None:
    said = text_of(result_lines(done, {"anna_017": "profile"}, 100, STYLES))
    assert said[0].startswith("✓ done")
    assert "took 3:06:00, on GPU 0 and 1, energy 12.1 kWh, cost 2.45" in said[0]
    assert said[3] == "best high 40 + low 100   lowest held-out loss of each"
    at = said.index("changed since run 6")
    changes = ["learning rate 3e-4 → 2e-4", "epochs 50 → 100", "2 captions changed, 1 item added"]
    assert [line.strip() for line in said[at + 1 : at + 4]] == changes
    table = next(line for line in said if line.startswith("epoch 40"))
    assert table.split() == ["epoch", "40", "0.0702", "0.0795", "◆", "153.0", "MB", "0.0548", "0.0645", "153.0", "MB"]
    assert any("high over-fits after epoch 40" in line for line in said)
    assert "  WAN2.2-HighNoise_anna-000040.safetensors" in said
    assert "  WAN2.2-LowNoise_anna-000100.safetensors" in said
    assert any(line.split() == ["anna_017", "high", "0.1410", "profile"] for line in said)


@pytest.mark.parametrize("width", [60, 76, 110])
def test_no_line_is_wider_than_its_place(done: RunView, width: int) -> None:
    views = (done, replace(done, checkpoints=(), verdicts=(), hardest=(), differs=None, before=None, items=()))
    for view in views:
        for lines in (
            settings_lines(view, width, STYLES),
            paths_lines(view, width, STYLES),
            items_lines(view, "3 captions changed", width, STYLES),
            commands_page(view, width, STYLES),
            compared_lines(make_compared(view, view), width, STYLES),
            result_lines(view, {}, max(width, 74), STYLES),
        ):
            assert max(map(cells, lines)) <= max(width, 74)


def test_without_held_out_losses_the_latest_are_best_and_asking_is_offered(done: RunView) -> None:
    plain = tuple(replace(each, held_out=None, is_lowest=False) for each in done.checkpoints)
    view = replace(done, checkpoints=plain, verdicts=(), hardest=())
    assert [(each.expert, each.member) for each in view.best] == [("high", 100), ("low", 100)]
    assert next_steps(view)[0][0] == "o"
    assert tuple(key for key, _ in next_steps(view)) == ("o", "+", "n")
    assert next_steps(done)[0][0] == "+"


def test_the_pair_that_a_person_has_chosen_wins_over_losses_while_its_files_are_there(done: RunView) -> None:
    chosen = replace(done, chosen=(60, 80))
    assert [(each.expert, each.member) for each in chosen.best] == [("high", 60), ("low", 80)]
    assert "best high 60 + low 80   chosen by its pictures" in text_of(result_lines(chosen, {}, 100, STYLES))
    gone = replace(chosen, checkpoints=tuple(each for each in done.checkpoints if each.member != 60))
    assert [(each.expert, each.member) for each in gone.best] == [("high", 40), ("low", 100)]
    assert gone.why_best == "lowest held-out loss of each"


def test_a_run_that_failed_says_why_and_what_to_do(tmp_path: Path) -> None:
    why = {JobState.FAILED: "no such file: vae"}
    views = ended(tmp_path, JobState.FAILED)
    jobs = tuple(replace(view, job=replace(view.job, reason=why.get(view.job.state))) for view in views)
    view = replace(make_run_view(jobs, NOON), outcome="high failed, low failed")
    said = text_of(result_lines(view, {}, 80, STYLES))
    assert said[0].startswith("high failed, low failed")
    assert sum("no such file: vae" in line for line in said) == 2
    assert any(line.startswith("+ resume from the last checkpoint") for line in said)


async def until_run(pilot: Pilot[None]) -> RunScreen:
    await ready(pilot)
    await pilot.press("4", "i")
    await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen))
    screen = pilot.app.screen
    assert isinstance(screen, RunScreen)
    return screen


async def test_pages_take_the_place_of_the_result_where_it_is_narrow(services: FakeServices) -> None:
    services.job_views = ended(Path("/"))
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        screen = await until_run(pilot)
        await until(pilot, lambda: "✓ done" in shown(pilot))
        await pilot.press("i")
        await until(pilot, lambda: "trained on 24 items" in shown(pilot) and "✓ done" not in shown(pilot))
        await pilot.press("c")
        await until(pilot, lambda: "--network_dim 16" in shown(pilot) or "wan_cache_latents.py" in shown(pilot))
        await pilot.press("y")
        assert "--output_name WAN2.2-HighNoise_anna" in pilot.app.clipboard
        await pilot.press("escape")
        await until(pilot, lambda: "✓ done" in shown(pilot))
        await pilot.press("y")
        assert pilot.app.clipboard == "\n".join(str(each.path) for each in screen.view.best)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is not screen)


async def test_result_and_page_are_beside_each_other_where_there_is_room(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await until_run(pilot)
        await until(pilot, lambda: "learning rate  2e-4" in shown(pilot) and "epoch 40   " in shown(pilot))
        await pilot.press("c")
        await until(pilot, lambda: "7.latents" in shown(pilot) and "epoch 40   " in shown(pilot))


async def test_the_hardest_items_are_shown_in_the_dataset(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await until_run(pilot)
        await pilot.press("h")
        screen = work_screen(pilot)
        await until(pilot, lambda: screen.place is Place.DATASET)
        found = screen.query_one(DatasetList)
        await until(pilot, lambda: found.row_count == 2)  # the third is not in the dataset any more
        assert found.words == 'name:"anna_017" OR name:"anna_031" OR name:"anna_008"'


async def test_two_runs_are_compared_and_their_curves_asked_for(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("4", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChooseRun))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
        assert ("compared", 6, 7) in services.calls
        text = shown(pilot)
        assert "learning rate  3e-4 → 2e-4" in text
        assert "ohwx woman, walking" in text
        assert "1 added" in text
        assert "0.0742 → 0.0702" in text


async def test_a_run_alone_cannot_be_compared(services: FakeServices) -> None:
    services.job_views = tuple(view for view in services.job_views if view.job.run == 7)
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("4", "d")
        await until(pilot, lambda: "There is no other training to compare it with." in told(pilot))


async def test_the_form_is_filled_from_a_run_and_says_so(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await until_run(pilot)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunForm))
        await until(pilot, lambda: "run 7, else 100" in shown(pilot))
        assert pilot.app.screen.query_one("#epochs", Input).value == "50"


async def test_what_people_change_is_checked_beside_its_field_and_reaches_the_run(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunForm))
        form = pilot.app.screen
        form.query_one("#learning_rate").focus()
        await pilot.press("ctrl+u")
        await type_text(pilot, "fast")
        hint = form.query_one("#hint-learning_rate", Static)
        await until(pilot, lambda: "a number above 0, such as 3e-4" in str(hint.content))
        await pilot.press("enter")
        await until(pilot, lambda: "learning rate: a number above 0" in shown(pilot))
        await pilot.press("ctrl+u")
        await type_text(pilot, "1e-4")
        await until(pilot, lambda: str(hint.content) == "typed, was 3e-4")
        form.query_one("#gpus").focus()
        await pilot.press("ctrl+u", "1", "enter")
        await until(pilot, lambda: any(call[0] == "start" for call in services.calls))
        request = next(call[1] for call in services.calls if call[0] == "start")
        assert isinstance(request, RunRequest)
        assert (request.training, request.gpus) == ({"learning_rate": 1e-4}, (1,))
