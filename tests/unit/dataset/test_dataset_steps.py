"""Batches and steps, against what the trainer printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wantui.dataset.blueprint import load
from wantui.dataset.scan import scan
from wantui.dataset.steps import plan

if TYPE_CHECKING:
    from tests.unit.dataset.conftest import Toy
    from wantui.dataset.model import StepPlan

TRANSCRIPTS = Path(__file__).parents[2] / "fixtures" / "transcripts"
SIX = [(96, 96), (128, 96), (96, 128), (64, 64), (160, 90), (90, 160)]
IMAGES = 'image_directory = "images"\ncache_directory = "cache"'


class Printed:
    """The numbers in a transcript of the training script."""

    def __init__(self, name: str) -> None:
        out = (TRANSCRIPTS / f"{name}.out").read_text()
        log = (TRANSCRIPTS / f"{name}.err").read_text()
        self.items = self._number(r"num train items / [^:]*", out)
        self.batches = self._number(r"num batches per epoch / [^:]*", out)
        self.epochs = self._number(r"num epochs / [^:]*", out)
        self.accumulation = int(re.findall(r"gradient accumulation steps / .* = (\d+)", out)[0])
        self.steps = self._number(r"total optimization steps / [^:]*", out)
        found = re.findall(r"bucket: \((\d+), (\d+), (\d+)\), count: (\d+)", log)
        self.buckets = [tuple(map(int, numbers)) for numbers in found]

    @staticmethod
    def _number(label: str, text: str) -> int:
        return int(re.findall(rf"{label}: (\d+)", text)[0])

    def check(self, planned: StepPlan, *, images: bool = True) -> None:
        """Compare with a plan; where the log has 9 frames for an image it means FramePack's window."""
        ours = [(b.width, b.height, 9 if b.frames == 1 and images else b.frames, b.items) for b in planned.buckets]
        assert ours == self.buckets
        assert sum(bucket.items for bucket in planned.buckets) == self.items
        assert planned.batches_per_epoch == self.batches
        assert planned.steps == self.steps


@pytest.mark.parametrize("name", ["pinned-train", "head-train"])
def test_six_images(toy: Toy, name: str) -> None:
    for number, size in enumerate(SIX):
        toy.image(f"img_{number}.png", size)
    printed = Printed(name)
    printed.check(plan(scan(load(toy.file)), epochs=printed.epochs))


@pytest.mark.parametrize("name", ["fail-head-train-high-low", "feat-pinned-i2v-2"])
def test_three_images(toy: Toy, name: str) -> None:
    for number, size in enumerate(SIX[:3]):
        toy.image(f"img_{number}.png", size)
    printed = Printed(name)
    printed.check(plan(scan(load(toy.file)), epochs=printed.epochs))


def test_jsonl_with_repeats_batches_and_accumulation(toy: Toy) -> None:
    toy.write('image_jsonl_file = "m.jsonl"\ncache_directory = "cache"\nbatch_size = 2\nnum_repeats = 3')
    entries = [
        {"image_path": str(toy.image(f"{number}.png", size, caption=None)), "caption": "c"}
        for number, size in enumerate(SIX[:3])
    ]
    (toy.root / "m.jsonl").write_text("\n".join(map(json.dumps, entries)))
    printed = Printed("feat-pinned-jsonl-2")
    assert printed.accumulation == 2
    printed.check(plan(scan(load(toy.file)), epochs=printed.epochs, gradient_accumulation_steps=printed.accumulation))


@pytest.mark.parametrize("name", ["feat-pinned-video-2", "feat-head-video-2"])
def test_videos_and_images(toy: Toy, name: str) -> None:
    toy.write('video_directory = "videos"\ncache_directory = "vcache"\ntarget_frames = [1, 5, 8]', IMAGES)
    for number, size in enumerate(SIX[:3]):
        toy.image(f"img_{number}.png", size)
    for stem in "ab":
        toy.video(f"{stem}.avi", 12)
    printed = Printed(name)
    planned = plan(scan(load(toy.file)), epochs=printed.epochs)
    assert [(b.width, b.height, b.frames) for b in planned.buckets[:2]] == [(80, 48, 1), (80, 48, 5)]
    assert [b.items for b in planned.buckets] == [count for *_, count in printed.buckets]
    assert planned.batches_per_epoch == printed.batches
    assert planned.steps == printed.steps


def test_what_cannot_be_encoded_is_not_counted(toy: Toy) -> None:
    toy.image("a.png")
    toy.image("b.png", caption=None)
    toy.image("c.png").write_bytes(b"")
    toy.image("d.png", (96, 96))
    toy.image("d.webp", (96, 96))  # shares the caches of the one before
    planned = plan(scan(load(toy.file)), epochs=2)
    assert [bucket.items for bucket in planned.buckets] == [2]
    assert planned.steps == 4


def test_a_batch_never_mixes_buckets_or_subsets(toy: Toy) -> None:
    second = 'image_directory = "more"\ncache_directory = "cache2"\nbatch_size = 4'
    toy.write(IMAGES + "\nbatch_size = 4\nnum_repeats = 5", second)
    toy.image("a.png")
    toy.image("b.png", (160, 90))
    (toy.root / "more").mkdir()
    toy.image("../more/c.png")
    planned = plan(scan(load(toy.file)), epochs=3, gradient_accumulation_steps=2)
    assert [(bucket.items, bucket.batches) for bucket in planned.buckets] == [(5, 2), (5, 2), (1, 1)]
    assert (planned.batches_per_epoch, planned.steps_per_epoch, planned.steps) == (5, 3, 9)


def test_unbucketed_clips_are_trained_in_one_bucket(toy: Toy) -> None:
    general = '[general]\nresolution = [64, 64]\ncaption_extension = ".txt"\n'
    toy.write('video_jsonl_file = "m.jsonl"\ncache_directory = "cache"', general=general)
    toy.image("0.png", (160, 90), caption=None)
    (toy.root / "m.jsonl").write_text('{"video_path": "images", "caption": "c"}')
    dataset = scan(load(toy.file))
    assert dataset.items[0].bucket == (80, 48)
    (bucket,) = plan(dataset, epochs=1).buckets
    assert (bucket.width, bucket.height, bucket.frames) == (64, 64, 1)


def test_nothing_to_train(toy: Toy) -> None:
    assert plan(scan(load(toy.file)), epochs=5).steps == 0
