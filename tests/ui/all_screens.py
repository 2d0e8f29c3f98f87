"""Every screen of the program, on one app whose data is long on purpose: how each is opened.

A screen is found by itself (`all_screens`): whatever in ``wantui.ui`` is a `WholeScreen` and puts widgets together.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import wantui.ui
from tests.ui.driving import shown, until, work_screen
from tests.ui.fake import NOON, make_services
from tests.ui.fake_events import a_night
from tests.ui.fake_queue import a_queue
from tests.ui.fake_samples import FakeSamples, draw
from tests.ui.fake_setup import SETUP_BOX, downloading, setup_plan
from tests.ui.kept_curves import keep_runs
from tests.unit.finished_run import finished_run
from wantui.jobs.model import JobKind, JobState
from wantui.journal.media_folder import MediaFolder
from wantui.paths import Workspace
from wantui.runs.sampling.pairs import Pair
from wantui.services.afterwards import UploadOffer
from wantui.services.averaging import Averaging
from wantui.services.checkpoints import Checkpoints
from wantui.services.releases import Releases
from wantui.services.run_values import FormValue
from wantui.trainer.prompts import Prompt
from wantui.ui.captions.conflict import ConflictScreen
from wantui.ui.captions.proposals import ProposalsScreen
from wantui.ui.checkpoints.average_form import AverageForm
from wantui.ui.checkpoints.screen import CheckpointsScreen
from wantui.ui.curves.compared_runs import ComparedRuns
from wantui.ui.curves.screen import CurvesScreen
from wantui.ui.dialogs.ask_name import AskName
from wantui.ui.dialogs.ask_path import AskPath
from wantui.ui.dialogs.confirm import Answer, Confirm
from wantui.ui.dialogs.help import HelpEntry, HelpScreen, HelpSection
from wantui.ui.drawing.moves import WholeScreen
from wantui.ui.plan.preset_pane import ChoosePreset, PresetPane
from wantui.ui.plan.resume_form import ResumeForm
from wantui.ui.plan.run_form import RunForm
from wantui.ui.releases.release_screen import ReleaseScreen
from wantui.ui.releases.upload_screen import UploadScreen
from wantui.ui.run_view.compare import ChooseRun, CompareScreen
from wantui.ui.run_view.screen import RunScreen
from wantui.ui.runs.job_details import JobDetails
from wantui.ui.samples.blind import Blind
from wantui.ui.samples.full_sample import FullSample
from wantui.ui.samples.sample_screen import SampleScreen
from wantui.ui.start.screen import StartScreen
from wantui.ui.work.top_line import TopLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot
    from textual.screen import Screen

    from tests.ui.fake import FakeServices
    from wantui.services.run_view import RunView

SUFFIX = "portrait_by_the_old_harbour_at_dawn_rank64_second_try"
FILE = "portrait-by-the-old-harbour-at-dawn-with-a-red-umbrella-0041.png"
LONG = f"The file {FILE} was moved by somebody else meanwhile, so that nothing of it is written. " * 3
COMMAND = ("vastai", "stop", "instance", "--api-key-file", "/workspace/secrets/vast/api-key-of-this-account.txt", "7")
PROMPT = Prompt(
    "ohwx woman with a red umbrella by the old harbour at dawn, fishing boats behind her, mist over the water, "
    "low sun, film grain", 96, 64, 5, 1_234_567_890,
)  # fmt: skip


def all_screens() -> set[str]:
    """The names of all classes that are screens with widgets of their own."""
    for module in pkgutil.walk_packages(wantui.ui.__path__, "wantui.ui."):
        importlib.import_module(module.name)
    found, names = [*WholeScreen.__subclasses__()], set[str]()
    while found:
        one = found.pop()
        found += one.__subclasses__()
        if one.__module__.startswith("wantui.") and inspect.getmodule(one.compose) is not _TEXTUAL:
            names.add(one.__name__)
    return names


_TEXTUAL = inspect.getmodule(WholeScreen.compose)


def long_services(folder: Path) -> FakeServices:
    """As `make_services`, with long names, paths and reasons, and with something for every screen to show."""
    services = make_services(folder)
    keep_runs(services, folder)
    reasons = {JobState.SUCCEEDED: None, JobState.RUNNING: None}
    services.job_views = tuple(
        replace(view, suffix=SUFFIX, job=replace(view.job, reason=reasons.get(view.job.state, LONG)))
        for view in services.job_views
    )
    samples = services.samples = FakeSamples(folder / "pictures")
    pairs = [Pair(epoch, epoch) for epoch in (20, 40, 60)]
    samples.now = replace(
        samples.now, prompts=(PROMPT,), pictures=tuple(draw(samples.folder, pair, PROMPT) for pair in pairs)
    )
    services.setup.plans = setup_plan(JobKind.TRAINER)
    services.setup.progress = downloading()
    services.queue.rows = a_queue(NOON)
    services.events = a_night(NOON)
    services.presets.presets = {SUFFIX: {"epochs": 50, "learning_rate": "1e-4"}, "quick": {"epochs": 5}}
    services.proposals.propose(*services.view.items[:3])
    services.first_run.box = replace(
        SETUP_BOX,
        trainer=None,
        weights_lacking=("vae", "t5"),
        has_dataset=False,
        folder=MediaFolder(folder / SUFFIX, (FILE,) * 42, (), 39),
    )
    return services


@dataclass
class Stage:
    """The app that all of them are opened in."""

    pilot: Pilot[None]
    services: FakeServices
    folder: Path

    def view(self) -> RunView:
        """Of run 7."""
        found = self.services.runs.view(7)
        return replace(found, suffix=SUFFIX, paths=(("dataset", f"/workspace/{SUFFIX}/{SUFFIX}/dataset.toml"),))

    def release(self) -> ReleaseScreen:
        """Of a run on the disk."""

        async def prune() -> None: ...

        return ReleaseScreen(self._release_plan(), prune)

    def upload(self) -> UploadScreen:
        """With a command that follows."""
        plan = self._release_plan()
        files = tuple((each.name, 153_000_000) for each in plan.files)
        offer = UploadOffer(plan, False, True, files, "", COMMAND)
        return UploadScreen(offer, f"somebody/{SUFFIX}", public=True)

    def _release_plan(self) -> Any:
        where = self.folder / "w"
        made = finished_run(where) if not where.exists() else None
        if made is not None:
            self.services.releases, self.services.checkpoints = Releases(made), Checkpoints(made)
        return self.services.releases.plan_free(1, name=SUFFIX)

    def checkpoints(self) -> CheckpointsScreen:
        """With an average of the longest name."""
        self._release_plan()
        checkpoints = self.services.checkpoints
        listed = checkpoints.listed(1)
        long = replace(listed[0], label="EMA 100–200 beta 0.95", is_chosen=True)  # noqa: RUF001  a range
        return CheckpointsScreen(1, (long, *listed), checkpoints.looked_into)

    def average(self) -> AverageForm:
        """Of a run on the disk."""
        self._release_plan()
        self.services.averaging = Averaging(Workspace(self.folder / "w"))
        return AverageForm(self.services, 1)

    def presets(self) -> ChoosePreset:
        """As over a narrow run form."""
        return ChoosePreset(PresetPane(self.services.runs, self.services.presets.names(), None, SUFFIX))

    def refused(self) -> ResumeForm:
        """What going on would mean cannot be told."""
        self.services.resuming.refusal = LONG
        return ResumeForm(self.services, "7.high", 120)

    def run_form(self, **texts: str) -> RunForm:
        """Filled from a run with a long name, and what is given."""
        values = {**self.services.runs.form_values()}
        for name, text in {"suffix": SUFFIX, **texts}.items():
            values[name] = FormValue(text, f"preset {SUFFIX}", "anna")
        return RunForm(self.services, values, self.services.presets.names(), like=7, is_rehearsal=True)


OPENED: dict[str, str | Callable[[Stage], Screen[Any]]] = {
    "AskName": lambda _: AskName("A name", LONG),
    "AskPath": lambda stage: AskPath("A folder", LONG, stage.folder),
    "AverageForm": Stage.average,
    "Blind": lambda stage: Blind(stage.services.samples, 7, stage.services.samples.now.pictures[:2]),
    "BulkForm": "b s",
    "BulkForm, of a pattern": "b x",
    "CheckpointsScreen": Stage.checkpoints,
    "ChoosePreset": Stage.presets,
    "ChooseRun": lambda stage: ChooseRun(7, stage.services.runs.all()),
    "CompareScreen": lambda stage: CompareScreen(stage.services.runs.compared(5, 7)),
    "ComparedRuns": lambda stage: ComparedRuns(stage.services.curves.runs(), (5,)),
    "Confirm": lambda _: Confirm(LONG, *(Answer((key,), f"{key} does this to {FILE}", key) for key in "abcdef")),
    "ConflictScreen": lambda _: ConflictScreen(FILE, "one, two", f"one, {LONG}", f"two, {LONG}"),
    "CurvesScreen": "L",
    "DatasetForm": "o",
    "DoctorScreen": "K",
    "EventScreen": "exclamation_mark",
    "FullPreview": "V",
    "FullSample": lambda stage: FullSample(stage.services.samples.now.pictures, 0, 1),
    "HelpScreen": lambda _: HelpScreen("Keys", lambda _: (HelpSection(FILE, (HelpEntry("x", LONG),) * 3),)),
    "ImportForm": "I",
    "ItemGridScreen": "O",
    "JobDetails": lambda stage: JobDetails(stage.services.job_views[0], LONG),
    "ProblemsScreen": "p",
    "ProposalsScreen": lambda stage: ProposalsScreen(stage.services.proposals, stage.services.proposals.proposed),
    "QueueScreen": "Q",
    "HelpScreen, of the dataset": "question_mark",
    "Confirm, stop": "4 x",
    "Confirm, quit": "q",
    "ReleaseScreen": Stage.release,
    "ResumeForm": lambda stage: ResumeForm(stage.services, "7.high", 120),
    "ResumeForm, refused": Stage.refused,
    "RunForm": Stage.run_form,
    "RunForm, refused": lambda stage: stage.run_form(epochs="none"),
    "RunScreen": lambda stage: RunScreen(stage.services.runs, stage.view(), "", {}),
    "SampleScreen": lambda stage: SampleScreen(stage.services.samples, stage.services.samples.view(7)),
    "SetupScreen": "U",
    "SideBySide": "S",
    "StartScreen": lambda stage: StartScreen(
        work_screen(stage.pilot).context, work_screen(stage.pilot).query_one(TopLine)
    ),
    "StepsScreen": "H",
    "TagBrowser": "T",
    "UploadScreen": Stage.upload,
}
"""By class: the keys that open it from the dataset list, or how one is made."""


SAYS = {
    "AskName": LONG,
    "AskPath": LONG,
    "Confirm": LONG + " ".join(f"{key} does this to {FILE}" for key in "abcdef"),
    "ConflictScreen": f"{LONG} Changed by somebody else while you edited it. Nothing is lost",
    "FullSample": PROMPT.text,
    "Blind": PROMPT.text,
    "SampleScreen": PROMPT.text,
    "HelpScreen": LONG,
    "JobDetails": LONG,
    "ResumeForm, refused": LONG,
    "SideBySide": "crop help esc",
}
"""Words that are seen, at the latest when the screen is scrolled."""

ENDLESS = ("_look", "_read")
"""Workers that look again and again while their screen is open."""


async def open_screen(stage: Stage, name: str) -> Screen[Any]:
    """Open one above the work screen, and wait until it is."""
    pilot, how = stage.pilot, OPENED[name]
    kind = name.partition(",")[0]
    if isinstance(how, str):
        await pilot.press("1", *how.split())
    else:
        pilot.app.push_screen(how(stage))
    await until(pilot, lambda: type(pilot.app.screen).__name__ == kind and pilot.app.screen.is_mounted)
    screen = pilot.app.screen
    asking = [each for each in pilot.app.workers if each.node.screen is screen and each.name not in ENDLESS]
    await asyncio.gather(*(each.wait() for each in asking), return_exceptions=True)
    if isinstance(screen, CurvesScreen):
        await until(pilot, lambda: not screen.state.is_reading)
    first = SAYS.get(name, "").partition(" ")[0]
    await until(pilot, lambda: first in shown(pilot))
    drawn = ""
    while drawn != (drawn := shown(pilot)):
        await pilot.pause()
    return screen
