"""A dataset whose caches a stand-in for the trainer writes, which notes in each what it was really made from."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from PIL import Image

from wantui.caches.model import CacheState, CacheStep, CacheVerdict
from wantui.caches.records import Records, expect, record
from wantui.caches.source import Source
from wantui.caches.state import examine
from wantui.caches.trash import discard, empty
from wantui.dataset.blueprint import load
from wantui.dataset.scan import scan

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wantui.caches.model import CacheReport
    from wantui.dataset.model import Dataset

LONG_AGO = 1_000_000_000
"""Seconds since 1970."""
NAMES = ("a", "b")


def latents_of(name: str, side: int = 64) -> str:
    return f"{name}_{side:04d}x{side:04d}_wan.safetensors"


class Kept:
    """A folder of images, their caches, and wantui's records of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.images = root / "images"
        self.cache = root / "cache"
        self.weights = root / "weights"
        self.flags: dict[str, Any] = {}
        self.i2v = False
        for folder in (self.images, self.cache):
            folder.mkdir(parents=True)
        for name in NAMES:
            self.picture(name, "grey")
            self.caption(name, f"picture {name}")
        self.weights.write_bytes(b"weights")
        self.file = root / "dataset.toml"
        self.settings()

    def settings(self, resolution: int = 64, more: str = "") -> None:
        self.file.write_text(
            f'[general]\nresolution = [{resolution}, {resolution}]\ncaption_extension = ".txt"\n'
            f'enable_bucket = true\n[[datasets]]\nimage_directory = "images"\ncache_directory = "cache"\n{more}'
        )

    def picture(self, name: str, colour: str | int, side: int = 64) -> Path:
        """Moved over the old one, as rsync and careful editors do; uncompressed, so all of a size have one size."""
        path = self.images / f"{name}.bmp"
        fresh = self.root / "fresh.bmp"
        Image.new("RGB", (side, side), colour).save(fresh)
        os.utime(fresh, (LONG_AGO, LONG_AGO))
        fresh.replace(path)
        return path

    def caption(self, name: str, text: str) -> None:
        (self.images / f"{name}.txt").write_text(text)

    @property
    def records(self) -> Records:
        return Records.open(self.root / "records")

    @property
    def source(self) -> Source:
        return Source(self.weights, self.flags)

    def dataset(self) -> Dataset:
        return scan(load(self.file))

    def report(self, *, with_records: bool = True) -> CacheReport:
        records = self.records if with_records else None
        return examine(
            self.dataset(), i2v=self.i2v, records=records, latents_source=self.source, text_source=self.source
        )

    def reasons(self, *, with_records: bool = True) -> dict[str, str | None]:
        """Why each file is not current, by its name."""
        verdicts = self.report(with_records=with_records).verdicts
        return {each.path.name: each.why for each in verdicts if each.state is not CacheState.CURRENT}

    def cache_by_hand(self) -> None:
        """Encode everything, and tell wantui nothing of it."""
        self.encode(verdict for verdict in self.report(with_records=False).verdicts if verdict.item is not None)

    def cache_run(self) -> list[str]:
        """What the hooks and the trainer do; the names of the files encoded."""
        encoded: list[str] = []
        for step in CacheStep:
            report = self.report()
            work = report.to_encode(step)
            expect(self.dataset(), work, self.records, self.source)
            discard(report.to_remove(step))
            encoded += self.encode(work)
            self.record(step)
            empty([self.cache])
        return encoded

    def record(self, *steps: CacheStep) -> None:
        for step in steps or CacheStep:
            record(self.dataset(), step, self.records, self.source)

    def encode(self, verdicts: Iterable[CacheVerdict]) -> list[str]:
        """What the trainer does: encode whatever is there now."""
        done = list(verdicts)
        for verdict in done:
            write(verdict.path, *self._content(verdict.path, verdict.step))
        return [verdict.path.name for verdict in done]

    def _content(self, path: Path, step: CacheStep) -> tuple[dict[str, str], list[str]]:
        item = next(each for each in self.dataset().items if path in (*each.latent_caches, each.text_cache))
        metadata = {"architecture": "wan", "made_from": self.made_from(item.name, step)}
        if step is CacheStep.TEXT:
            return {**metadata, "caption1": item.caption or ""}, ["varlen_t5_bfloat16"]
        width, height = item.bucket or (0, 0)
        tensors = [f"latents_1x{height // 8}x{width // 8}_bfloat16"]
        return metadata, tensors + ["latents_image_1x8x8_bfloat16"] * self.i2v

    def made_from(self, name: str, step: CacheStep) -> str:
        """Everything that what is encoded depends on, and that no header of the trainer's tells."""
        media = self.images / f"{name}.bmp"
        pixels = media.read_bytes().hex() if step is CacheStep.LATENTS else ""
        return json.dumps([pixels, self.weights.read_bytes().hex(), self.source.effective_flags])


def write(path: Path, metadata: dict[str, str], tensors: list[str]) -> None:
    """A safetensors file of two-byte tensors."""
    header: dict[str, Any] = {"__metadata__": metadata}
    for number, tensor in enumerate(tensors):
        header[tensor] = {"dtype": "BF16", "shape": [1], "data_offsets": [2 * number, 2 * number + 2]}
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(2 * len(tensors)))


def made_from(path: Path) -> str:
    """What the stand-in noted in a cache file."""
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    noted: str = header["__metadata__"]["made_from"]
    return noted
