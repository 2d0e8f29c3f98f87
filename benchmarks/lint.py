"""How long it takes to find what is wrong with 5,000 images: ``python -m benchmarks.lint [ITEMS] [SIDE]``.

Quick checks read names, captions and headers; a thorough look decodes every image, once. The images are JPEG files of
SIDE pixels square, drawn anew for every hundredth and linked with other names for the rest: as many bytes to read, as
many pixels to decode.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from wantui.captions import lint as wording
from wantui.dataset.blueprint import load
from wantui.dataset.lint import lint, thorough
from wantui.dataset.near_duplicates import workers
from wantui.dataset.scan import scan

EACH = 100
"""Names for one picture."""
TOML = """\
[general]
resolution = [1024, 1024]
caption_extension = ".txt"
enable_bucket = true

[[datasets]]
image_directory = "images"
cache_directory = "cache"
"""


def make(root: Path, items: int, side: int) -> Path:
    """A dataset of so many images with captions."""
    random.seed(1)
    images = root / "images"
    images.mkdir()
    for number in range(items):
        path = images / f"{number:05d}.jpg"
        if number % EACH:
            os.link(images / f"{number - number % EACH:05d}.jpg", path)
        else:
            small = Image.frombytes("RGB", (16, 16), random.randbytes(768))
            small.resize((side, side), Image.Resampling.BICUBIC).save(path, quality=90)
        path.with_suffix(".txt").write_text(f"ohwx, picture {number}, soft light, film grain\n")
    file = root / "dataset.toml"
    file.write_text(TOML)
    return file


def main() -> None:
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    side = int(sys.argv[2]) if len(sys.argv) > 2 else 1024
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        file = make(root, items, side)
        begun = time.perf_counter()
        dataset = scan(load(file))
        scanned = time.perf_counter()
        found = [*lint(dataset), *wording.check(dataset.items)]
        checked = time.perf_counter()
        print(
            f"{items} images of {side}x{side}: scan {scanned - begun:.2f} s, quick checks {checked - scanned:.2f} s"
        )
        print(f"  {len(found)} problems")
        for what in ("thorough, the first time", "thorough, again"):
            begun = time.perf_counter()
            seen = thorough.examine(dataset, root / "lint", threads=workers())
            print(
                f"{what}: {time.perf_counter() - begun:.2f} s, {seen.decoded} decoded, {len(seen.problems)} problems"
            )
        begun = time.perf_counter()
        kept = thorough.kept(dataset, root / "lint")
        print(f"what was found, read back: {time.perf_counter() - begun:.2f} s, {len(kept)} problems")


if __name__ == "__main__":
    main()
