"""Services with fixed values: what the design pictures show, and every call written down."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from tests.ui.fake_bench import (
    FakeCaptions,
    FakeFixes,
    FakeImporting,
    FakePresets,
    FakeProposals,
    FakeScreenSettings,
    FakeSettings,
)
from tests.ui.fake_queue import FakeQueue
from tests.ui.fake_resuming import FakeResuming
from tests.ui.fake_runs import (
    FakeHistory,
    FakeMachine,
    FakeOutlooks,
    FakeReports,
    FakeRuns,
    FakeSupervisor,
    FakeWatch,
)
from tests.ui.fake_setup import FakeFirstRun, FakeSetup
from wantui.caches.model import CacheReport, CacheState, CacheStep, CacheVerdict
from wantui.config.load import parse
from wantui.dataset.model import Bucket, Clip, Item, Problem, Severity, StepPlan
from wantui.errors import WantuiError
from wantui.gpus.model import Gpu, Throttle
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, RunKind
from wantui.listing.row_making import rows_of
from wantui.runs.board import JobView
from wantui.runs.request import RunRequest, settings_for
from wantui.runs.watch.state import Watching, WatchState
from wantui.services.outlook import Outlook
from wantui.services.values import (
    DatasetView,
    Defaults,
    DiskReading,
    HostReading,
    RunPreview,
)
from wantui.services.workspace import Services
from wantui.trainer.memory_plans import MemoryPlan, Option
from wantui.trainer.model import Expert, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wantui.caches.items import ItemsDifference
    from wantui.dataset.scan import Found
    from wantui.history.model import Event
    from wantui.listing.rows import ItemRow
    from wantui.runs.output_names import NamesInUse

NOON = time.mktime((2026, 6, 24, 22, 31, 0, 0, 0, -1))
"""The moment that the screen shows, whatever the time zone."""
ROOT = Path("/home/me/loras/anna")
CONFIG = parse(ROOT / "wantui.toml", "")
SETTINGS = settings_for(CONFIG, RunRequest(RunKind.TRAIN))
RUN_KINDS = (JobKind.LATENTS, JobKind.TEXT, JobKind.HIGH, JobKind.LOW)
"""The jobs of a training run."""

CAPTIONS = (
    "in a linen dress, standing in a field at dusk", "close-up portrait, rim light, shallow depth of field",
    "walking along a ridge, wide shot, mountains", "sitting on a rock, low sun, long shadow",
    "seen from behind, hair in the wind", "",
    "silhouette against the setting sun, layered hills in the background, warm light",
    "laughing, candid, film grain",
    "in a red raincoat on a wet street at night", "reading by a window, soft light",
    "running on a beach, motion blur", "woman in a café, 35 mm", "turns to the camera, slow pan",
    "profile, studio, grey backdrop", "on a train, window reflection", "under a tree, dappled light",
    "with an umbrella, overhead shot", "at a market stall, oranges", "hands, detail", "in snow, breath visible",
    "on a bridge, fog", "eyes closed, warm light", "by a fire, sparks", "waving, long lens",
)  # fmt: skip


def paint_sunset(path: Path, size: tuple[int, int] = (384, 256)) -> None:
    """A picture with bands, a sun and hills: what half blocks are good and bad at."""
    path.write_bytes(_sunset(size))


@cache
def _sunset(size: tuple[int, int]) -> bytes:
    """The picture as PNG; drawn once for all tests."""
    width, height = size
    image = Image.new("RGB", size)
    pixels = image.load()
    assert pixels is not None
    for y in range(height):
        for x in range(width):
            part = y / height
            colour = (int(30 + 225 * part), int(25 + 110 * part), int(140 - 40 * part))
            if (x - width * 0.65) ** 2 + (y - height * 0.48) ** 2 < (height * 0.07) ** 2:
                colour = (255, 226, 150)
            hill = height * (0.62 + 0.08 * ((x / width * 7) % 1.4 - 0.7) ** 2)
            if y > hill:
                colour = (74, 56, 92) if y < hill + height * 0.16 else (28, 24, 44)
            if abs(x - width * 0.34) < width * 0.018 and y > height * 0.36:
                colour = (16, 14, 28)
            pixels[x, y] = colour
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def make_item(folder: Path, number: int, ending: str) -> Item:
    """One item of the set."""
    is_video = number == 13
    stem = f"anna_{number:03}"
    media = folder / f"{stem}{'.mp4' if is_video else '.png'}"
    caption = None if number == 6 else ending if number == 12 else f"ohwx woman, {ending}"
    return Item(
        subset=0, name=stem, media=media, caption_file=folder / f"{stem}.txt", caption=caption,
        width=1536, height=1024, bucket=(1168, 784), clips=(Clip(0, 81),) if is_video else (),
        latent_caches=(folder / f"cache/{stem}_wan.safetensors",),
        text_cache=folder / f"cache/{stem}_wan_te.safetensors", media_mtime_ns=1,
        frame_count=81 if is_video else None,
    )  # fmt: skip


def rows_in(view: DatasetView) -> tuple[ItemRow, ...]:
    """The rows that the screen makes of a view."""
    return rows_of(view.items, view.problems, view.report)


def make_view(folder: Path) -> DatasetView:
    """24 items: one stale, one not cached, two with problems."""
    items = tuple(make_item(folder, number, ending) for number, ending in enumerate(CAPTIONS, 1))
    verdicts = []
    for number, item in enumerate(items, 1):
        text = CacheState.STALE if number == 4 else CacheState.MISSING if number == 10 else CacheState.CURRENT
        latents = CacheState.MISSING if number == 10 else CacheState.CURRENT
        verdicts.append(CacheVerdict(item.latent_caches[0], CacheStep.LATENTS, latents, item.name))
        why = "caption edited" if text is CacheState.STALE else None
        verdicts.append(CacheVerdict(item.text_cache, CacheStep.TEXT, text, item.name, why))
    problem = Problem(
        Severity.WARNING, "no-trigger", items[11].media, "no trigger word", "Begin the caption with the trigger word"
    )
    uncaptioned = (
        Problem(Severity.ERROR, "missing-caption", item.media, "no caption", "write one")
        for item in items if item.caption is None
    )  # fmt: skip
    return DatasetView(ROOT / "dataset.toml", items, (problem, *uncaptioned), CacheReport(tuple(verdicts)))


def ways(memory: str) -> tuple[MemoryPlan, ...]:
    """How experts would spend the memory of two RTX 5090."""
    sizes = {"fp8": (28779, 0, 0), "swap10": (17267, 3350, 6700), "swap20": (13917, 6700, 13400)}
    too_much = "needs about 28 GiB, and 27 GiB may be taken"
    options = tuple(
        Option(name, "fp8 weights", *size, why_not=too_much if name == "fp8" else None)
        for name, size in sizes.items()
    )
    chosen = next((option for option in options if option.name == memory), options[1])
    gpus = [Gpu(at, f"GPU-{at}", "NVIDIA GeForce RTX 5090", memory_total_mib=32607) for at in range(2)]
    why = f"needs about {chosen.device_mib >> 10} of 32 GiB"
    return tuple(MemoryPlan(expert, gpu, chosen, why, options) for expert in Expert for gpu in gpus)


def make_job(kind: JobKind, state: JobState, *, run: int = 7, **changes: Any) -> Job:
    """One job of run 7."""
    argv: tuple[str, ...] = (
        "python",
        f"wan_cache_{kind.value}.py",
        "--dataset_config",
        "dataset/dataset.toml",
        "--vae",
        "models/vae.safetensors",
    )
    if kind in (JobKind.HIGH, JobKind.LOW):
        argv = ("python", "-m", "accelerate.commands.launch", "wan_train_network.py", "--task", "t2v-A14B", "--sdpa",
                "--network_dim", "16", "--output_name", f"WAN2.2-{kind.value.capitalize()}Noise_anna")  # fmt: skip
    spec = JobSpec(kind, argv, Path("/home/me/loras/anna"))
    job = Job(id=f"{run}.{kind.value}", run=run, spec=spec, state=state, queued=NOON - 6000)
    return replace(job, **changes)


def make_jobs(folder: Path) -> tuple[JobView, ...]:
    """A run whose experts train, and one that waits."""
    start = NOON - 5100
    log = folder / "high.log"
    done = JobState.SUCCEEDED

    def view(job: Job, **progress: Any) -> JobView:
        return JobView(job, Progress(**progress), log, suffix="anna")

    return (
        view(make_job(JobKind.HIGH, JobState.FAILED, run=6, gpu=0, started=start - 9000, ended=start - 8000,
                      exit_code=1, reason="no such file: models/vae/wan_2.1_vae.safetensors"),
             step=0, steps=2400, epochs=100),
        view(make_job(JobKind.LATENTS, done, gpu=0, started=start - 120, ended=start - 60), step=24, steps=24),
        view(make_job(JobKind.TEXT, done, gpu=0, started=start - 60, ended=start), step=24, steps=24),
        view(make_job(JobKind.HIGH, JobState.RUNNING, gpu=0, started=start, pid=4242,
                      env={"CUDA_VISIBLE_DEVICES": "0"}),
             step=812, steps=2400, epoch=34, epochs=100, loss=0.081, step_s=1.9, eta_s=3017.0, phase="training"),
        view(make_job(JobKind.LOW, JobState.RUNNING, gpu=1, started=start, pid=4243),
             step=744, steps=2400, epoch=31, epochs=100, loss=0.064, step_s=1.94, eta_s=3212.0, phase="training"),
        view(make_job(JobKind.LATENTS, JobState.QUEUED, run=8, reason="waits for 7 to leave the cache folder")),
    )  # fmt: skip


def make_gpus() -> tuple[Gpu, ...]:
    """Two of the same."""
    return (
        Gpu(0, "GPU-a", "NVIDIA GeForce RTX 5090", 30515, 32607, 97, 71, 541.0, 575.0, 2407, Throttle.POWER),
        Gpu(1, "GPU-b", "NVIDIA GeForce RTX 5090", 30310, 32607, 94, 68, 528.0, 575.0, 2392, Throttle.THERMAL),
    )


def make_night() -> dict[str, tuple[int | None, ...]]:
    """Eight hours by the minute: nothing was kept at first, and one of both has rested for a while."""
    high = tuple(None if minute < 60 else 90 + minute * 7 % 10 for minute in range(480))
    low = tuple(0 if 300 <= minute < 345 else use for minute, use in enumerate(high))
    return {"GPU-a": high, "GPU-b": low}


LOG = """INFO:musubi_tuner.dataset.config_utils:Load dataset config from dataset/dataset.toml
INFO:musubi_tuner.dataset.image_video_dataset:found 24 images
WARNING:musubi_tuner.wan_train_network:no sample prompts
INFO:musubi_tuner.wan.modules.model:Loading DiT model from wan2.2_t2v_high_noise_14B_fp16.safetensors
running training / 学習開始
  num train items / 学習画像、動画数: 24
  num batches per epoch / 1epochのバッチ数: 24
  total optimization steps / 学習ステップ数: 2400

epoch 34/100
"""


@dataclass
class FakeServices(Services):
    """Answers with what it was given."""

    root: Path
    view: DatasetView
    job_views: tuple[JobView, ...] = ()
    gpu_readings: tuple[Gpu, ...] = field(default_factory=make_gpus)
    host_reading: HostReading = field(
        default_factory=lambda: HostReading(
            34.0, 61 * 1024.0, 128 * 1024.0, disks=(DiskReading("output", 212 * 1024.0),)
        )
    )
    night: dict[str, tuple[int | None, ...]] = field(default_factory=make_night)
    outlook: Outlook = field(default_factory=Outlook)
    events: list[Event] = field(default_factory=list)
    news: list[Event] = field(default_factory=list)
    """Events that come while the screen is open."""
    kind: str = "musubi"
    dataset_trouble: str | None = None
    gpu_trouble: str | None = None
    run_preview: RunPreview | None = None
    in_use: NamesInUse | None = None
    found_first: int = 0
    """Items that are told before all are known."""
    may_end: threading.Event = field(default_factory=threading.Event)
    """Set when the reading may go on after that."""
    texts: dict[str, str] = field(default_factory=dict)
    conflicts: bool = False
    edits: queue.SimpleQueue[frozenset[Path]] = field(default_factory=queue.SimpleQueue)
    rescanned: DatasetView = field(default_factory=lambda: DatasetView(ROOT, ()))
    since: ItemsDifference | None = None
    watch_state: WatchState | None = field(default_factory=lambda: WatchState(Watching.WATCHING))
    calls: list[tuple[object, ...]] = field(default_factory=list)
    captions: FakeCaptions = field(default_factory=FakeCaptions)
    fixes: FakeFixes = field(default_factory=FakeFixes)
    proposals: FakeProposals = field(default_factory=FakeProposals)
    setup: FakeSetup = field(default_factory=FakeSetup)
    first_run: FakeFirstRun = field(default_factory=FakeFirstRun)
    is_new: bool = False
    """Whether nothing was ever trained here, and something is missing for it."""
    presets: FakePresets = field(default_factory=FakePresets)
    resuming: FakeResuming = field(default_factory=FakeResuming)
    importing: FakeImporting = field(default_factory=FakeImporting)
    dataset_settings: FakeSettings = field(default_factory=FakeSettings)
    screen_settings: FakeScreenSettings = field(default_factory=FakeScreenSettings)
    queue: FakeQueue = field(default_factory=FakeQueue)
    curves: Any = None
    """The real one, on a workspace that the test fills."""
    samples: Any = None
    """Given by tests of pictures by pairs."""
    afterwards: Any = None
    averaging: Any = None
    releases: Any = None
    checkpoints: Any = None
    """All of them real ones, on a workspace that the test fills."""

    def __post_init__(self) -> None:
        self.captions.services = self
        self.resuming.services = self
        self.runs, self.machine, self.reports = FakeRuns(self), FakeMachine(self), FakeReports(self)
        self.watcher, self.supervisor = FakeWatch(self), FakeSupervisor(self)
        self.outlooks, self.history = FakeOutlooks(self), FakeHistory(self)

    @property
    def has_runs(self) -> bool:
        return bool(self.job_views)

    def defaults(self) -> Defaults:
        return Defaults(self.kind, self.view.path, suffix="anna", author="me", is_first_run=self.is_new)

    def dataset(self, found: Found | None = None) -> DatasetView:
        self.calls.append(("dataset",))
        if self.dataset_trouble is not None:
            raise WantuiError(self.dataset_trouble)
        if found is not None and self.found_first:
            found(self.view.items[: self.found_first])
            self.may_end.wait()
        return self.view

    def partial_rescan(self, changed: Iterable[Path]) -> DatasetView:
        self.calls.append(("partial_rescan", frozenset(changed)))
        return self.rescanned

    def loss_history(self, job: Job) -> Sequence[tuple[int, float]]:
        if job.kind is JobKind.HIGH:
            return [(step, 0.27 * 0.9986**step + 0.015 * (step * 37 % 11) / 11) for step in range(0, 813, 4)]
        return [(step, 0.2 * 0.9985**step + 0.012 * (step * 53 % 13) / 13) for step in range(0, 745, 4)]

    def make_preview(self, request: RunRequest) -> RunPreview:
        """The plan of a request, where no other one is given."""
        settings = settings_for(CONFIG, request)
        plan = StepPlan((Bucket(1168, 784, 1, 20, 20), Bucket(784, 1168, 1, 4, 4)), 24, 24, 24 * settings.epochs)
        jobs = tuple(make_job(kind, JobState.QUEUED).spec for kind in RUN_KINDS)
        return RunPreview(settings, (), plan, {"latents": 1, "text": 2}, jobs, ways=ways(settings.memory))

    def close(self) -> None:
        self.calls.append(("close",))


def make_services(folder: Path) -> FakeServices:
    """Everything as in the design pictures."""
    for number in range(1, len(CAPTIONS) + 1):
        if number not in (1, 13):
            path = folder / f"anna_{number:03}.png"
            if number == 2:
                path.write_bytes(b"no image")
            elif number == 3:
                paint_sunset(folder / "anna_003.png")
            else:
                path.symlink_to(folder / "anna_003.png")
    paint_sunset(folder / "anna_001.png", (200, 300))
    bar = "steps:  34%|███▍      | {}/2400 [25:43<50:17,  1.90s/it, avr_loss=0.081]"
    text = LOG + "\r".join(bar.format(step) for step in range(780, 813))
    (folder / "high.log").write_text(text, encoding="utf-8", newline="")
    return FakeServices(ROOT, make_view(folder), make_jobs(folder))
