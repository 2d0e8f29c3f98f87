"""Whatever happens to a dataset and its cache jobs, one cache run later all is as if encoded afresh.

``WANTUI_TEST_HISTORIES`` says how many histories are tried.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.recaching.bench import Bench, assert_same, in_this_process, rehearsal_settings
from tests.recaching.place import Content
from wantui.caches.model import CacheState, CacheStep
from wantui.dataset.blueprint import load
from wantui.dataset.scan import scan
from wantui.jobs.hook import Decision
from wantui.runs.hooks import caching
from wantui.trainer.model import Task, TrainerCommand
from wantui.trainer.rehearsal import latents, tensors, text
from wantui.trainer.rehearsal.caching import METADATA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.recaching.place import Section
    from wantui.trainer.rehearsal.tensors import Tensor

HISTORIES = int(os.environ.get("WANTUI_TEST_HISTORIES", "40"))
"""Others at each time, so that few of them at a time are many in the end."""
NAMES = ("a", "b", "c")
SIZES = ((32, 32), (48, 32), (32, 48))
"""All of them pictures of equally long files but the first."""

QUICK = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where files cost little: hundreds of histories take thousands of them."""

Action = tuple[str, str, int]
"""What happens, to which item, and one number more."""

EDITS = (
    *("recaption", "repaint", "paint over", "resize", "touch", "remove", "add", "rename"),
    *("resolution", "buckets", "task", "vae"),
)
DAMAGES = ("cut latents", "cut text", "lose latents", "an orphan", "lose records", "leave half a trash")
RUNS = (
    "cache run",
    "killed",
    "half written",
    "stopped",
    "edited meanwhile",
    "killed for good",
    "half written for good",
)
"""For good: together with the supervisor, so that no hook is asked after it."""


class KilledError(Exception):
    """The script's process is no more."""


@dataclass
class World:
    """A dataset, and everything that can happen to it."""

    bench: Bench
    section: Section

    def act(self, action: Action) -> None:
        what, name, number = action
        if what in EDITS:
            self.edit(what, name, number)
        elif what in DAMAGES:
            self.damage(what, name)
        elif what == "cache run":
            self.bench.cache(force=number == 3)
        else:
            self.interrupted(what, name, number)

    def edit(self, what: str, name: str, number: int) -> None:
        media, caption = self.section.media / f"{name}.bmp", self.section.media / f"{name}.txt"
        if what == "add" and not media.exists():
            self.section.picture(name, number, SIZES[number % 3])
            self.section.caption(name, f"new {name}")
        elif what == "resolution":
            self.section.set(resolution=[32 + 16 * (number % 2)] * 2)
        elif what == "buckets":
            self.section.set(enable_bucket=number % 2 == 0)
        elif what == "vae":
            self.bench.settings.models["vae"].write_text(f"{number}")
        elif what == "task":
            self.bench.settings = replace(self.bench.settings, task=list(Task)[number % 2])
        elif media.exists():
            self.edit_item(what, media, caption, number)

    def edit_item(self, what: str, media: Path, caption: Path, number: int) -> None:
        if what == "recaption":
            caption.write_text(f"text {number}\n")
        elif what == "repaint":  # older than what was there
            self.section.picture(media.stem, number, size_of(media))
        elif what == "resize":
            self.section.picture(media.stem, number, SIZES[number % 3])
        elif what == "paint over":  # the same file, its times put back
            times = media.stat()
            fresh = self.section.picture("fresh", number, size_of(media))
            media.write_bytes(fresh.read_bytes())
            fresh.unlink()
            os.utime(media, ns=(times.st_atime_ns, times.st_mtime_ns))
        elif what == "touch":
            media.touch()
            caption.write_bytes(caption.read_bytes())
        elif what == "remove" and len(list(self.section.media.glob("*.bmp"))) > 1:
            media.unlink()
            caption.unlink()
        elif what == "rename":
            self.rename(media, NAMES[number % 3])

    def rename(self, media: Path, to: str) -> None:
        """Give an item another's name; that one gets its name where there is one, but keeps its caption's file."""
        other = media.with_stem(to)
        if other == media:
            return
        if other.exists():
            spare = media.with_name("spare.part")
            media.rename(spare)
            other.rename(media)
            spare.rename(other)
        else:
            media.rename(other)
            media.with_suffix(".txt").rename(other.with_suffix(".txt"))

    def damage(self, what: str, name: str) -> None:
        cache = self.section.cache
        caches = sorted(cache.glob(f"{name}_*.safetensors"))
        if what == "lose records":
            self.bench.cache()  # of caches that nobody ever proved the time of encoding may not tell
            shutil.rmtree(self.bench.workspace.state / "caches")
        elif what == "leave half a trash" and caches:
            trash = cache / ".wantui-trash"
            trash.mkdir(exist_ok=True)
            caches[0].rename(trash / caches[0].name)
        for path in caches:
            is_text = path.name.endswith("_te.safetensors")
            if what == ("cut text" if is_text else "cut latents") and path.exists():
                data = path.read_bytes()
                path.write_bytes(data[: len(data) // 2])
            elif what == "lose latents" and not is_text:
                path.unlink()
            elif what == "an orphan":
                shutil.copyfile(path, path.with_name(f"gone{path.name[len(name) :]}"))

    def interrupted(self, what: str, name: str, number: int) -> None:
        """A cache run in whose first job that starts something happens at the file of `number`."""
        for step in CacheStep:
            verdict = self.bench.prepare(step)
            assert verdict.decision in (Decision.GO, Decision.SKIP), verdict.reason
            if verdict.decision is Decision.GO:
                self.interrupt(
                    TrainerCommand(verdict.argv, self.section.place.folder, verdict.env), step, what, name, number
                )
                return

    def interrupt(self, command: TrainerCommand, step: CacheStep, what: str, name: str, number: int) -> None:
        saved = tensors.save
        count = 0

        def save(path: Path, values: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
            nonlocal count
            count += 1
            if count == number + 1:
                if what == "edited meanwhile":  # what is being written was read before
                    self.edit("repaint" if step is CacheStep.LATENTS else "recaption", name, number + 4)
                    self.edit("recaption", path.name[0], number + 5)
                    self.edit("repaint", path.name[0], number + 5)
                else:
                    if what.startswith("half written"):
                        path.write_bytes(tensors.serialize(values, metadata)[:-50])
                    raise KilledError
            saved(path, values, metadata)

        failure = None
        with patch.object(tensors, "save", save):
            try:
                in_this_process(command)
            except KilledError:
                failure = "killed"
        if not what.endswith("for good"):
            case = replace(self.bench.case(step), stopped=what == "stopped")
            caching.verify(case, step, failure)

    def fresh(self) -> dict[str, Content]:
        """What encoding everything comes to, from what is there now alone."""
        i2v = self.bench.settings.task is Task.I2V
        contents: dict[str, Content] = {}
        for item in scan(load(self.bench.place.file)).items:
            assert item.bucket is not None
            assert item.caption is not None
            contents[f"here/{item.latent_caches[0].name}"] = encoded_picture(
                item.media.read_bytes(), item.bucket, i2v
            )
            contents[f"here/{item.text_cache.name}"] = encoded_caption(item.caption)
        return contents

    def assert_what_is_current_is_true(self) -> None:
        """Nobody would train on anything stale at this moment."""
        current = [each.path for each in self.bench.look().caches.verdicts if each.state is CacheState.CURRENT]
        names = {f"{path.parent.parent.name}/{path.name}" for path in current}
        ours, fresh = self.section.place.contents_of(names), self.fresh()
        assert_same(ours, {name: fresh[name] for name in names})


def size_of(media: Path) -> tuple[int, int]:
    with Image.open(media) as image:
        return image.size


@lru_cache(maxsize=1000)
def encoded_picture(data: bytes, bucket: tuple[int, int], i2v: bool) -> Content:
    image = Image.open(BytesIO(data)).convert("RGB")
    values = latents.cache_tensors([latents.fit(image, bucket)], bucket, i2v=i2v)
    return encoded(values, {"width": str(image.width), "height": str(image.height)})


@lru_cache(maxsize=1000)
def encoded_caption(caption: str) -> Content:
    return encoded({"varlen_t5_bfloat16": text.encode(caption)}, {"caption1": caption})


def encoded(values: Mapping[str, Tensor], metadata: dict[str, str]) -> Content:
    made = {name: (value.dtype, value.shape, value.data) for name, value in values.items()}
    return Content(METADATA | metadata, made)


actions = st.tuples(
    st.one_of(st.sampled_from(EDITS), st.sampled_from(DAMAGES), st.sampled_from(RUNS)),
    st.sampled_from(NAMES),
    st.integers(0, 3),
)


@given(history=st.lists(actions, max_size=7))
@example(history=[("edited meanwhile", "c", 1), ("rename", "b", 3), ("half written for good", "b", 3)])
@example(history=[("edited meanwhile", "b", 0), ("paint over", "b", 1)])
@example(history=[("cache run", "a", 1), ("cut text", "a", 3), ("half written for good", "c", 2)])
@example(history=[("cache run", "a", 0), ("rename", "a", 1), ("killed for good", "a", 1), ("rename", "a", 1)])
@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_after_any_history_a_cache_run_makes_everything_as_if_fresh(history: list[Action]) -> None:
    with (
        tempfile.TemporaryDirectory(dir=QUICK) as folder,
        patch.object(os, "fsync"),
    ):  # no power cut is among what happens
        root = Path(folder)
        bench = Bench(root, rehearsal_settings(root / "weights"), asks_first=False)
        section = bench.place.section("here")
        for number, name in enumerate(NAMES):
            section.picture(name, number, SIZES[number])
            section.caption(name, f"text {name}")
        section.set(resolution=[32, 32])
        world = World(bench, section)
        for action in history:
            world.act(action)
            world.assert_what_is_current_is_true()
        bench.cache()
        bench.assert_current()
        assert_same(bench.place.contents(), world.fresh())
        assert bench.cache().started == ()
