from __future__ import annotations

import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text
from textual.widgets import Input

from tests.ui.driving import ready, settled, shown, told, type_text, until, work_screen
from tests.ui.fake import SETTINGS, make_job
from wantui.dataset.blueprint import EXAMPLE
from wantui.dataset.model import Problem, Severity, StepPlan
from wantui.errors import WantuiError
from wantui.jobs.model import HELD, JobKind, JobState, RunKind
from wantui.memory_ways import MEMORY
from wantui.runs.board import JobView
from wantui.runs.output_names import NamesInUse
from wantui.services.runs import RunRequest
from wantui.services.values import RunPreview
from wantui.trainer.model import Expert, Progress, Task
from wantui.ui.app import WantuiApp
from wantui.ui.commands.catalogue import Place
from wantui.ui.dialogs.ask_name import AskName
from wantui.ui.dialogs.confirm import Confirm
from wantui.ui.drawing.styles import cells
from wantui.ui.drawing.theme_styles import text_styles_of
from wantui.ui.log.view import LogView
from wantui.ui.plan.preset_pane import PresetList
from wantui.ui.plan.preview import hung
from wantui.ui.plan.run_form import RunForm
from wantui.ui.run_view.screen import RunScreen
from wantui.ui.run_view.text import paths_lines
from wantui.ui.runs.job_details import JobDetails
from wantui.ui.runs.job_flow import consequence
from wantui.ui.runs.job_table import JobTable
from wantui.ui.work.watchers import watch_work

if TYPE_CHECKING:
    import pytest
    from textual.pilot import Pilot

    from tests.ui.fake import FakeServices


def called(services: FakeServices, name: str) -> list[tuple[object, ...]]:
    return [call for call in services.calls if call[0] == name]


def asked_for(services: FakeServices, **changes: Any) -> RunRequest:
    """What the run form asks for, as it opens."""
    asked = RunRequest(RunKind.TRAIN, services.view.path, Task.T2V, tuple(Expert), "anna", "me", 100, 20, "auto",
                       gpus=())  # fmt: skip
    return replace(asked, **changes)


async def test_training_starts_in_two_keys(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunForm))
        await pilot.press("enter")
        await until(pilot, lambda: bool(called(services, "start")))
        assert called(services, "start") == [
            ("start", asked_for(services)),
        ]


def in_use(folder: Path, *names: str, writers: tuple[str, ...] = ()) -> NamesInUse:
    return NamesInUse(folder, tuple(folder / name for name in names), 3, writers, "anna-2")


OLD = ("WAN2.2-HighNoise_anna-000001.safetensors", "WAN2.2-HighNoise_anna.safetensors")


async def test_files_that_exist_are_named_and_enter_alone_overwrites_nothing(
    services: FakeServices, tmp_path: Path
) -> None:
    services.run_preview = RunPreview(SETTINGS, in_use=in_use(tmp_path, *OLD))
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await until_form(pilot)
        await until(pilot, lambda: "f3 takes the suffix anna-2" in shown(pilot))
        for name in OLD:
            assert name in shown(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert not called(services, "start")
        services.run_preview = None
        await pilot.press("f3", "enter")
        await until(pilot, lambda: bool(called(services, "start")))
        ((_, request),) = called(services, "start")
        assert isinstance(request, RunRequest)
        assert (request.suffix, request.replaces) == ("anna-2", False)


async def test_only_the_files_that_were_seen_are_replaced(services: FakeServices, tmp_path: Path) -> None:
    services.run_preview = RunPreview(SETTINGS, in_use=in_use(tmp_path, OLD[0]))
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await until_form(pilot)
        await until(pilot, lambda: "f4 replaces them" in shown(pilot))
        await pilot.press("f4")
        await until(pilot, lambda: "enter starts it, and replaces the files" in shown(pilot))
        services.run_preview = RunPreview(SETTINGS, in_use=in_use(tmp_path, *OLD))
        pilot.app.screen.query_one("#experts").focus()
        await pilot.press("right")
        await until(pilot, lambda: "f4 replaces them." in shown(pilot))
        await pilot.press("f4", "enter")
        await until(pilot, lambda: bool(called(services, "start")))
        ((_, request),) = called(services, "start")
        assert isinstance(request, RunRequest)
        assert request.replaces


async def test_names_that_another_run_will_write_are_not_replaced(services: FakeServices, tmp_path: Path) -> None:
    services.run_preview = RunPreview(SETTINGS, in_use=in_use(tmp_path, writers=("3.high",)))
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await until_form(pilot)
        await until(pilot, lambda: "3.high will write these names" in " ".join(shown(pilot).split()))
        await pilot.press("f4", "enter")
        await settled(pilot)
        assert not called(services, "start")


async def test_a_retry_asks_before_it_replaces_what_is_saved(services: FakeServices, tmp_path: Path) -> None:
    services.in_use = in_use(tmp_path, *OLD)
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        await pilot.press("4", "G", "r")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert OLD[0] in shown(pilot)
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, Confirm), "enter alone replaces nothing"
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Confirm))
        assert not called(services, "retry")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: called(services, "retry") == [("retry", "6.high", "replaces")])
        services.in_use = in_use(tmp_path, writers=("7.high",))
        await pilot.press("r")
        await until(pilot, lambda: any("7.high has not ended" in each for each in told(pilot)))


async def test_the_form_shows_plan_and_command_lines_first(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunForm))
        await until(pilot, lambda: "enter starts it" in shown(pilot))
        text = shown(pilot)
        assert "2,400  (24 an epoch × 100)  for each expert" in text  # noqa: RUF001  the sign is meant
        assert "1 latents file and 2 text files to encode" in text
        assert "--output_name WAN2.2-HighNoise_anna" in text
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, RunForm))
        assert not called(services, "start")


async def test_the_form_shows_how_memory_is_spent_and_what_another_way_changes(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await until_form(pilot)
        await until(pilot, lambda: "swap10 on GPU 0, 1, NVIDIA GeForce RTX 5090" in shown(pilot))
        assert "needs about 16 of 32 GiB" in shown(pilot)
        assert "needs about 28 GiB, and 27 GiB may be taken" in shown(pilot)
        assert "-3 GiB on the GPU, +3 GiB of memory, +7 GiB moved a step" in shown(pilot)
        form = pilot.app.screen
        form.query_one("#memory").focus()
        await pilot.press(*["right"] * MEMORY.index("swap20"))
        await until(pilot, lambda: "swap20 on GPU 0, 1" in shown(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: bool(called(services, "start")))
        request = called(services, "start")[0][1]
        assert isinstance(request, RunRequest)
        assert request.memory == "swap20"


async def test_a_form_without_room_for_its_plan_goes_on(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await until_form(pilot)
        form = pilot.app.screen
        form.query_one("#memory").focus()
        await pilot.resize_terminal(10, 3)
        await pilot.press(*["right"] * MEMORY.index("swap20"))
        assert isinstance(form, RunForm)
        await until(pilot, lambda: "swap20 on GPU" in form._plan.plain)
        await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is not form)


async def test_without_a_gpu_the_form_says_when_memory_is_settled(services: FakeServices) -> None:
    services.run_preview = RunPreview(SETTINGS, (), StepPlan((), 0, 0, 0))
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await until_form(pilot)
        await until(pilot, lambda: "memory   auto, settled on the GPU that the expert gets" in shown(pilot))


async def test_a_job_tells_how_it_spends_memory(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        await pilot.press("4")
        await until(pilot, lambda: work_screen(pilot).query_one(JobTable).highlighted is not None)
        for _ in range(work_screen(pilot).query_one(JobTable).row_count):
            view = work_screen(pilot).query_one(JobTable).highlighted
            if view is not None and view.job.kind in ("high", "low"):
                break
            await pilot.press("j")
        await pilot.press("enter")
        await until(pilot, lambda: "swap10 (fp8 weights): needs about 18 GiB" in shown(pilot))


async def test_errors_refuse_the_start(services: FakeServices) -> None:
    problem = Problem(Severity.ERROR, "missing-vae", services.view.path, "no VAE", "Put the file there")
    services.run_preview = RunPreview(SETTINGS, (problem,))
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunForm))
        await pilot.press("enter")
        await until(pilot, lambda: "fix the errors first" in shown(pilot))
        assert "no VAE" in shown(pilot)
        assert "Put the file there" in shown(pilot)
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, RunForm)
        assert not called(services, "start")


async def test_errors_of_the_dataset_name_the_key_of_the_list_that_fixes_them(services: FakeServices) -> None:
    problem = Problem(Severity.ERROR, "missing-caption", services.view.path, "no caption", "write it")
    services.run_preview = RunPreview(SETTINGS, (problem,))
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await until_form(pilot)
        await until(pilot, lambda: "It cannot start: press esc, then p to fix the dataset." in shown(pilot))


async def test_what_a_setup_fixes_names_its_key(services: FakeServices) -> None:
    problem = Problem(Severity.ERROR, "weights-missing", services.view.path, "no VAE", "load it")
    services.run_preview = RunPreview(SETTINGS, (problem,))
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await until_form(pilot)
        await until(pilot, lambda: "It cannot start: press esc, then U to set up this machine." in shown(pilot))


async def test_a_field_without_sense_refuses_the_start(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunForm))
        await pilot.press("ctrl+u", "enter")
        await until(pilot, lambda: "suffix: give one" in shown(pilot))
        assert not called(services, "start")


async def until_form(pilot: Pilot[None]) -> None:
    await ready(pilot)
    await pilot.press("t")
    await until(pilot, lambda: isinstance(pilot.app.screen, RunForm))


async def test_what_was_said_of_other_fields_goes_when_one_is_bad(services: FakeServices) -> None:
    problem = Problem(Severity.ERROR, "missing-vae", services.view.path, "no VAE", "Put the file there")
    services.run_preview = RunPreview(SETTINGS, (problem,))
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await until_form(pilot)
        await until(pilot, lambda: "no VAE" in shown(pilot))
        await pilot.press("ctrl+u", "backspace")
        await until(pilot, lambda: "suffix: give one" in shown(pilot))
        assert "no VAE" not in shown(pilot)
        await pilot.press("a")
        await until(pilot, lambda: "no VAE" in shown(pilot))


async def test_typing_replaces_a_field_and_the_author_may_be_empty(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await until_form(pilot)
        await type_text(pilot, "new")
        await pilot.press("tab", "backspace", "enter")
        await until(pilot, lambda: bool(called(services, "start")))
        request = called(services, "start")[0][1]
        assert isinstance(request, RunRequest)
        assert (request.suffix, request.author) == ("new", "")


async def test_what_is_chosen_is_told_by_a_sign(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await until_form(pilot)
        assert "● t2v   ○ i2v" in shown(pilot)
        await pilot.press("tab", "tab", "tab", "right")
        assert "○ t2v   ● i2v" in shown(pilot)
        await pilot.click("#experts", offset=(13, 0))
        assert "○ both   ● high   ○ low" in shown(pilot)


async def test_an_example_is_shown_line_by_line(services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_there(_request: RunRequest) -> RunPreview:
        raise WantuiError(f"No dataset yet.\n{EXAMPLE}")

    monkeypatch.setattr(services.runs, "preview", nothing_there)
    async with WantuiApp(services).run_test(size=(80, 40)) as pilot:
        await until_form(pilot)
        await until(pilot, lambda: "[[datasets]]" in shown(pilot))
        lines = [line.strip(" │┃") for line in shown(pilot).splitlines()]
        assert [line for line in lines if line in EXAMPLE.splitlines() and line] == [
            line for line in EXAMPLE.splitlines() if line
        ]


async def test_choices_and_numbers_reach_the_run(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunForm))
        await pilot.press("tab", "tab", "tab", "right", "tab", "right", "tab", "ctrl+u")
        await type_text(pilot, "7")
        await pilot.press("enter")
        await until(pilot, lambda: bool(called(services, "start")))
        request = called(services, "start")[0][1]
        assert isinstance(request, RunRequest)
        assert (request.task, request.experts, request.epochs) == ("i2v", ("high",), 7)


async def test_stopping_asks_with_the_consequence(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "Stop 7.high?" in shown(pilot)
        assert "Training ends now at step 812." in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Confirm))
        assert not called(services, "stop")
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("enter")
        await until(pilot, lambda: called(services, "stop") == [("stop", "7.high")])


async def test_the_key_that_asks_never_answers_and_the_cursor_stays(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        table = work_screen(pilot).query_one(JobTable)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Confirm)
        assert not called(services, "stop")
        await pilot.press("y")
        await until(pilot, lambda: called(services, "stop") == [("stop", "7.high")])
        stopped = {"7.high": JobState.CANCELLED}
        services.job_views = tuple(
            replace(view, job=replace(view.job, state=stopped.get(view.job.id, view.job.state)))
            for view in services.job_views
        )
        work_screen(pilot).look_now()
        await until(pilot, lambda: table.highlighted is not None and table.highlighted.job.state.has_ended)
        assert table.highlighted is not None
        assert table.highlighted.job.id == "7.high"
        await pilot.press("x")
        await until(pilot, lambda: "7.high has ended." in told(pilot))
        assert not isinstance(pilot.app.screen, Confirm)


async def test_the_question_before_a_stop_keeps_up_with_the_job(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        services.job_views = tuple(
            replace(view, progress=replace(view.progress, step=777)) if view.job.id == "7.high" else view
            for view in services.job_views
        )
        work_screen(pilot).look_now()
        await until(pilot, lambda: "at step 777." in shown(pilot))


def test_a_job_that_others_wait_for_names_them(tmp_path: Path) -> None:
    latents = JobView(make_job(JobKind.LATENTS, JobState.RUNNING), Progress(), tmp_path)
    spec = make_job(JobKind.TEXT, JobState.QUEUED)
    text = JobView(replace(spec, spec=replace(spec.spec, needs=(JobKind.LATENTS,))), Progress(), tmp_path)
    assert consequence(latents, (latents, text)).endswith("What waits for it is cancelled: 7.text.")


async def test_a_failed_job_is_retried_at_once_and_a_good_one_asks(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        await pilot.press("4", "G", "r")
        await until(pilot, lambda: called(services, "retry") == [("retry", "6.high")])
        await pilot.press("g", "j", "j", "j", "r")  # the cache steps of the run, in one line
        await until(pilot, lambda: "7.text is done" in shown(pilot))
        await pilot.press("escape")


async def test_details_show_command_line_and_reason(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("4", "G", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, JobDetails))
        assert "no such file: models/vae/wan_2.1_vae.safetensors" in shown(pilot)
        assert "--output_name WAN2.2-HighNoise_anna" in shown(pilot)


async def test_leaving_says_that_jobs_go_on(services: FakeServices) -> None:
    app = WantuiApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "Jobs go on without the screen: 7.high, 7.low, 8.latents. Leave?" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Confirm))
        await pilot.press("q")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running or app._exit)


async def test_leaving_without_jobs_needs_no_question(services: FakeServices) -> None:
    services.job_views = ()
    app = WantuiApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("q")
        await until(pilot, lambda: app._exit)
    assert ("close",) in services.calls


async def test_no_jobs_names_the_keys_that_bring_some(services: FakeServices) -> None:
    services.job_views = ()
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        assert "No jobs yet: t opens the run form" in shown(pilot)
        await pilot.press("5")
        await until(pilot, lambda: "No job, no log." in shown(pilot))


async def test_the_log_follows_the_job_under_the_cursor(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        log = work_screen(pilot).query_one(LogView)
        assert log.job is not None
        assert log.job.id == "7.high"
        assert "812/2400" in shown(pilot)
        assert "811/2400" not in shown(pilot)
        await pilot.press("4", "j")
        await until(pilot, lambda: log.job is not None and log.job.id == "7.low")


async def test_caching_is_asked_for_by_one_key(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        await pilot.press("c")
        await until(pilot, lambda: called(services, "cache") == [("cache",)])


async def test_the_top_line_tells_of_a_rehearsal(services: FakeServices) -> None:
    services.kind = "rehearsal"
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await until(pilot, lambda: "REHEARSAL" in shown(pilot).splitlines()[0])


async def test_what_is_not_current_is_shown_as_being_encoded(services: FakeServices, tmp_path: Path) -> None:
    services.job_views = (JobView(make_job(JobKind.TEXT, JobState.RUNNING), Progress(), tmp_path / "none"),)
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await ready(pilot)
        assert "◐ anna_004" in shown(pilot)
        assert "✓ anna_005" in shown(pilot)
        services.job_views = ()
        work_screen(pilot).look_now()
        await until(pilot, lambda: "● anna_004" in shown(pilot))


def test_nothing_is_told_twice(services: FakeServices) -> None:
    told: list[object] = []
    looks = 0

    def is_cancelled() -> bool:
        nonlocal looks
        looks += 1
        wake.set()
        return looks > 10

    wake, dataset_read = threading.Event(), threading.Event()
    dataset_read.set()
    watch_work(services, told.append, wake, dataset_read, is_cancelled)
    assert [type(message).__name__ for message in told] == [
        "JobsRead",
        "MachineRead",
        "OutlookRead",
        "WatchingRead",
    ]


async def test_a_named_preset_fills_the_form_and_goes_with_the_wish(services: FakeServices) -> None:
    services.presets.presets = {"night": {"epochs": 7, "experts": "low", "memory": "swap20"}}
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await until_form(pilot)
        await pilot.press("f5")
        await until(pilot, lambda: pilot.app.screen.query_one(PresetList).has_focus)
        await pilot.press("j")
        await until(pilot, lambda: "epochs 100 → 7" in shown(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.query_one("#epochs", Input).value == "7")
        assert "preset night, else 100" in shown(pilot)
        pilot.app.screen.query_one("#epochs").focus()
        await pilot.press("enter")
        await until(pilot, lambda: bool(called(services, "start")))
        request = called(services, "start")[0][1]
        assert request == asked_for(services, experts=(Expert.LOW,), epochs=7, memory="swap20", loaded="night")


async def test_a_preset_that_cannot_be_used_says_why(services: FakeServices) -> None:
    services.presets.presets = {"night": {}}
    services.presets.trouble = "presets/night.toml:2: unknown key run.epocs"
    async with WantuiApp(services).run_test(size=(200, 50)) as pilot:
        await until_form(pilot)
        await pilot.press("f5")
        await until(pilot, lambda: pilot.app.screen.query_one(PresetList).has_focus)
        await pilot.press("j", "enter")
        await until(pilot, lambda: "unknown key run.epocs" in shown(pilot))


async def test_the_form_and_a_run_are_kept_under_a_name(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await until_form(pilot)
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskName))
        await pilot.press(*"night", "enter")
        await until(pilot, lambda: "kept as presets/night.toml" in shown(pilot))
        await pilot.press("escape", "4", "i")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen))
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskName))
        await pilot.press(*"run", "enter")
        await until(pilot, lambda: len(services.presets.saved) == 2)
        assert [name for name, _ in services.presets.saved] == ["night", "run"]


async def test_the_report_of_a_run_is_written_and_its_path_copied(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("4", "P")
        await until(pilot, lambda: pilot.app.clipboard.endswith(".wantui/runs/7/report.html"))
        assert called(services, "report") == [("report", 7, None, False)]


async def test_a_long_path_of_a_run_is_shown_to_its_last_letter(services: FakeServices) -> None:
    path = "/workspace/" + "abcdefghij" * 12
    view = replace(services.runs.view(7), paths=(("dataset", path),))
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        lines = paths_lines(view, 70, text_styles_of(pilot.app.screen))
        assert path in "".join(text.strip() for parts in lines for text, _ in parts)
        assert max(cells(parts) for parts in lines) <= 70


async def test_the_log_goes_to_warnings_and_epochs_and_copies_a_line(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("5", "right_square_bracket")
        view = work_screen(pilot).query_one("#log", LogView)
        await until(pilot, lambda: view._match is not None)
        file = view._lines
        assert file is not None
        assert file.line(view._match or 0).startswith("WARNING:")
        await pilot.press("y")
        await until(pilot, lambda: pilot.app.clipboard.startswith("WARNING:"))
        await pilot.press("right_curly_bracket")
        await until(pilot, lambda: file.line(view._match or 0).startswith("epoch "))
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: file.line(view._match or 0).startswith("WARNING:"))


async def test_the_card_of_a_failed_job_leads_to_its_log_and_back_and_to_a_retry(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        screen = work_screen(pilot)
        await pilot.press("4", "G", "enter")
        await until(pilot, lambda: "l log   v curves   C resume   r start over" in shown(pilot))
        await pilot.press("l")
        await until(pilot, lambda: screen.place is Place.LOG and screen.is_zoomed)
        await pilot.press("escape")
        await until(pilot, lambda: screen.place is Place.JOBS and not screen.is_zoomed)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, JobDetails))
        await pilot.press("r")
        await until(pilot, lambda: called(services, "retry") == [("retry", "6.high")])


async def test_a_held_run_shows_what_it_would_start_before_it_is_released(services: FakeServices) -> None:
    held = make_job(JobKind.HIGH, JobState.QUEUED, run=9, reason=f"{HELD}you have not started this run")
    held = replace(held, spec=replace(held.spec, prepare=("their-program", "--prepare")))
    services.job_views = (JobView(held, Progress(), Path("high.log")),)
    async with WantuiApp(services).run_test(size=(120, 30)) as pilot:
        await ready(pilot)
        await pilot.press("4", "enter")
        await until(pilot, lambda: "l log   r release   x stop" in shown(pilot))
        await pilot.press("r")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await until(pilot, lambda: "Release run 9?" in shown(pilot) and "their-program --prepare" in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Confirm))
        assert called(services, "retry") == []
        await pilot.press("r")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: called(services, "retry") == [("retry", "9.high")])


async def test_what_is_told_of_a_job_goes_on_beside_its_label(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        view = next(view for view in work_screen(pilot).jobs if view.job.kind == "high")
        pilot.app.push_screen(JobDetails(view, "swap10 " + "and its reason " * 10))
        await until(pilot, lambda: isinstance(pilot.app.screen, JobDetails) and "swap10" in shown(pilot))
        lines = shown(pilot).splitlines()
        at = next(at for at, line in enumerate(lines) if "swap10" in line)
        assert lines[at + 1].index("and its") >= lines[at].index("swap10")


async def test_the_chosen_way_to_spend_memory_is_in_sight_on_a_small_terminal(services: FakeServices) -> None:
    async with WantuiApp(services).run_test(size=(80, 24)) as pilot:
        await until_form(pilot)
        await until(pilot, lambda: "enter starts it" in shown(pilot))
        pilot.app.screen.query_one("#memory").focus()
        await pilot.press(*["right"] * MEMORY.index("swap20"))
        await until(pilot, lambda: re.search("swap20 .* this one", shown(pilot)) is not None)


def test_a_line_of_the_plan_that_is_too_long_goes_on_below_its_last_column() -> None:
    plan = Text("memory   high\n           fp8   28 GiB  more of the GPU and less of the rest\n\nlong words")
    assert hung(plan, 44, Console(width=80)).plain.splitlines() == [
        "memory   high",
        "           fp8   28 GiB  more of the GPU and",
        "                         less of the rest",
        "",
        "long words",
    ]
    assert hung(plan, 200, Console(width=80)).plain == plan.plain
