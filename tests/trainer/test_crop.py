"""Our crop against the trainer's function itself, run by the trainer's interpreter.

Skipped unless ``WANTUI_TEST_MUSUBI`` and ``WANTUI_TEST_MUSUBI_PYTHON`` are set, as in `test_musubi_real`.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from wantui.dataset.buckets import Buckets
from wantui.dataset.crop import crop_to

pytestmark = [
    pytest.mark.musubi,
    pytest.mark.skipif("WANTUI_TEST_MUSUBI" not in os.environ, reason="WANTUI_TEST_MUSUBI names no checkout"),
]

CASES = 2000

PROBE = """
import importlib, json, sys
import numpy as np
try:
    room = importlib.import_module("musubi_tuner.dataset.media_utils")
except ImportError:
    room = importlib.import_module("musubi_tuner.dataset.image_video_dataset")
resize = room.resize_image_to_bucket
sizes = []

def places(size, *_, **__):
    "Every pixel says where it is."
    sizes.append(size)
    return np.stack(np.meshgrid(np.arange(size[0]), np.arange(size[1])), axis=-1)

class Places:
    def __init__(self, size):
        self.size = size
    def __array__(self, dtype=None, copy=None):
        return places(self.size)

class Unscaled:
    def resize(self, size, _):
        return Places(size)

class FakeImage:
    Image = room.Image.Image
    LANCZOS = None
    fromarray = staticmethod(lambda array: Unscaled())

class FakeCv2:
    INTER_AREA = None
    resize = staticmethod(lambda image, size, interpolation: places(size))

room.Image, room.cv2 = FakeImage, FakeCv2
found = []
for width, height, *bucket in json.load(sys.stdin):
    sizes.clear()
    taken = resize(np.empty((height, width, 0), dtype=np.uint8), tuple(bucket))
    corner = [int(part) for part in taken[0, 0]] if sizes else [0, 0]
    found.append([*(sizes[-1] if sizes else (width, height)), *corner])
print(json.dumps(found))
"""


def test_the_same_pixels_are_kept() -> None:
    chance = random.Random(7)
    cases = []
    for _ in range(CASES):
        size = chance.randint(16, 4000), chance.randint(16, 4000)
        resolution = chance.choice([480, 720, 960, 1024]), chance.choice([256, 544, 832, 1024])
        bucket = Buckets(resolution, chance.random() < 0.9, chance.random() < 0.4).choose(*size)
        if min(bucket):
            cases.append((*size, *bucket))
    root = Path(os.environ["WANTUI_TEST_MUSUBI"])
    done = subprocess.run(
        [os.environ["WANTUI_TEST_MUSUBI_PYTHON"], "-c", PROBE],
        input=json.dumps(cases), env={**os.environ, "PYTHONPATH": str(root / "src")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    crops = [crop_to((width, height), (across, down)) for width, height, across, down in cases]
    assert json.loads(done.stdout) == [[*crop.scaled, crop.left, crop.top] for crop in crops]
