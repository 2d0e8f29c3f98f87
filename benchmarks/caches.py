"""How long it takes to know the state of 5,000 items: ``python -m benchmarks.caches [ITEMS]``.

Draws no pictures: PNG headers, captions and caches of empty tensors are enough, for nothing decodes them here.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.caches import records as room
from wantui.caches.items import difference, read_rows, rows_of
from wantui.caches.model import CacheStep
from wantui.caches.records import Records
from wantui.caches.snapshot import Snapshot, take, whole
from wantui.caches.source import Source
from wantui.caches.state import examine
from wantui.dataset.blueprint import load
from wantui.dataset.scan import scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from wantui.caches.model import CacheReport
    from wantui.dataset.model import Dataset

REPEATS = 5
SIDE = 64
MEDIA_BYTES = 100_000
TOML = """\
[general]
resolution = [64, 64]
caption_extension = ".txt"
enable_bucket = true

[[datasets]]
image_directory = "images"
cache_directory = "cache"
"""


def make(root: Path, items: int) -> Path:
    """A dataset with all its caches."""
    images, cache = root / "images", root / "cache"
    images.mkdir()
    cache.mkdir()
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + SIDE.to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    for number in range(items):
        caption = f"tok, picture number {number} " + "of a long row of pictures, " * 10
        (images / f"{number:05d}.png").write_bytes(head + number.to_bytes(4, "big") + bytes(MEDIA_BYTES))
        (images / f"{number:05d}.txt").write_text(caption)
    file = root / "dataset.toml"
    file.write_text(TOML)
    for item in scan(load(file)).items:
        wan = {"architecture": "wan", "format_version": "1.0.1"}
        write(item.latent_caches[0], wan, "latents_1x8x8_bfloat16", [16, 1, 8, 8])
        write(item.text_cache, {**wan, "caption1": item.caption or ""}, "varlen_t5_bfloat16", [1, 64])
    return file


def write(path: Path, metadata: dict[str, str], tensor: str, shape: list[int]) -> None:
    size = 2
    for side in shape:
        size *= side
    header = {"__metadata__": metadata, tensor: {"dtype": "BF16", "shape": shape, "data_offsets": [0, size]}}
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(size))


def median_ms(call: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main() -> None:
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        file, kept, weights = make(folder, items), folder / "records", folder / "vae"
        weights.write_bytes(bytes(10_000_000))
        source = Source(weights, {"vae_dtype": "float16"})
        time.sleep(2.1)  # what changed a moment ago is not remembered

        def look(dataset: Dataset) -> CacheReport:
            return examine(dataset, i2v=False, records=Records.open(kept), latents_source=source, text_source=source)

        dataset = scan(load(file))
        show(f"scan of {items} items", median_ms(lambda: scan(load(file))))
        show("examine without records, every header read", median_ms(lambda: examine(dataset, i2v=False)))
        start = time.perf_counter()
        for step in CacheStep:
            room.record(dataset, step, Records.open(kept), source)
        show("record both steps, every medium hashed", 1000 * (time.perf_counter() - start))
        show("examine with records, nothing changed", median_ms(lambda: look(dataset)))
        show("scan and examine, nothing changed", median_ms(lambda: look(scan(load(file)))))
        report = look(dataset)
        show("snapshot", median_ms(lambda: take(dataset, report, folder / "snapshot", Records.open(kept))))
        show("is the snapshot whole", median_ms(lambda: whole(folder / "snapshot")))
        kept_items = Snapshot(folder / "snapshot").items
        show(
            "changes since",
            median_ms(lambda: difference(read_rows(kept_items), rows_of(dataset, Records.open(kept)))),
        )


def show(what: str, milliseconds: float) -> None:
    print(f"{what:45} {milliseconds:8.0f} ms")


if __name__ == "__main__":
    main()
