"""One caption of 200 edited: how many items are encoded, and how long that takes: ``python -m benchmarks.recache``.

The rehearsal trainer in a real workspace under a real supervisor, each item as slow as ``WANTUI_REHEARSAL_STEP_S``
says: half of it. A full re-encode in the same workspace is what the trainer's own default costs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

ITEMS = 200
SIDE = 64
STEP_S = "0.05"
TOML = """\
[general]
resolution = [64, 64]
caption_extension = ".txt"
enable_bucket = true

[[datasets]]
image_directory = "images"
cache_directory = "cache"
"""
SETTINGS = f"""\
[trainer]
kind = "rehearsal"
env = {{ WANTUI_REHEARSAL_STEP_S = "{STEP_S}" }}

[run]
dataset = "dataset.toml"
suffix = "benchmark"

[gpus]
provider = "simulated"

[watch]
enabled = false
"""


def make(root: Path) -> None:
    """A workspace whose caches are not made yet."""
    images = root / "images"
    images.mkdir()
    for number in range(ITEMS):
        Image.new("RGB", (SIDE, SIDE), (number, 255 - number, 128)).save(images / f"{number:03d}.png")
        (images / f"{number:03d}.txt").write_text(f"ohwx, plain colour number {number}\n")
    (root / "dataset.toml").write_text(TOML)
    (root / "wantui.toml").write_text(SETTINGS)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as runtime:
        root = Path(folder)
        make(root)
        os.environ["WANTUI_RUNTIME_DIR"] = runtime
        try:
            measure(root)
        finally:
            subprocess.run(
                [sys.executable, "-m", "wantui", "supervisor", "stop"], cwd=root, env=environment(), check=True
            )


def measure(root: Path) -> None:
    cache(root)
    print(f"{'every item again':34} {report(root, '--force')}")
    print(f"{'nothing changed':34} {report(root)}")
    (root / "images" / "077.txt").write_text("ohwx, an edited caption\n")
    print(f"{f'one caption of {ITEMS} edited':34} {report(root)}")
    Image.new("RGB", (SIDE, SIDE), "white").save(root / "images" / "111.png")
    print(f"{f'one image of {ITEMS} replaced':34} {report(root)}")


def report(root: Path, *flags: str) -> str:
    """What a cache run wrote, and how long it took."""
    before = written(root)
    seconds = cache(root, *flags)
    after = written(root)
    encoded = [name for name, times in after.items() if before.get(name) != times]
    texts = [name for name in encoded if name.endswith("_te.safetensors")]
    return f"{len(encoded) - len(texts):4} latents, {len(texts):4} captions {seconds:8.2f} s"


def cache(root: Path, *flags: str) -> float:
    """Seconds that ``wantui cache --wait`` takes."""
    start = time.perf_counter()
    argv = [sys.executable, "-m", "wantui", "cache", "--wait", *flags]
    subprocess.run(argv, cwd=root, env=environment(), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def environment() -> dict[str, str]:
    """With this tree to import from, wherever the workspace is."""
    here = str(Path(__file__).parents[1])
    return {**os.environ, "PYTHONPATH": here}


def written(root: Path) -> dict[str, tuple[int, int]]:
    states = {path.name: path.stat() for path in (root / "cache").glob("*.safetensors")}
    return {name: (state.st_ino, state.st_mtime_ns) for name, state in states.items()}


if __name__ == "__main__":
    main()
