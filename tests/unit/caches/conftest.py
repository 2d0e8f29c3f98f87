"""A dataset whose caches the trainer itself wrote."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from PIL import Image

from wantui.caches.state import examine
from wantui.dataset.blueprint import load
from wantui.dataset.scan import scan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wantui.caches.model import CacheReport

SAMPLES = Path(__file__).parents[2] / "fixtures" / "samples"
LONG_AGO = 1_000_000_000
"""Seconds since 1970."""

GENERAL = """\
[general]
resolution = [64, 64]
caption_extension = ".txt"
enable_bucket = true

"""


class WriteTensors(Protocol):
    """Writes a safetensors file with empty tensors of `shapes`."""

    def __call__(self, path: Path, metadata: dict[str, str], shapes: Mapping[str, tuple[int, ...]]) -> None: ...


class Encoded:
    """Two images as the samples were made of, and the samples in their cache folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.images = root / "images"
        self.cache = root / "cache"
        self.images.mkdir()
        self.cache.mkdir()
        for number, size in enumerate([(96, 96), (128, 96)]):
            self.image(f"img_{number:02d}.png", size, f"tok, a picture number {number} with a disc\n")
        for sample in SAMPLES.glob("img_0[01]_*.safetensors"):
            shutil.copyfile(sample, self.cache / sample.name)
        self.file = root / "dataset.toml"
        self.write('image_directory = "images"\ncache_directory = "cache"\n')

    def write(self, section: str, general: str = GENERAL) -> None:
        """The dataset.toml, with one dataset."""
        self.file.write_text(f"{general}[[datasets]]\n{section}\n")

    def image(self, name: str, size: tuple[int, int], caption: str) -> Path:
        """An old image with its caption."""
        path = self.images / name
        Image.new("RGB", size, "grey").save(path)
        path.with_suffix(".txt").write_text(caption)
        os.utime(path, (LONG_AGO, LONG_AGO))
        return path

    def report(self, *, i2v: bool = False) -> CacheReport:
        """What is found now."""
        return examine(scan(load(self.file)), i2v=i2v)

    def states(self, *, i2v: bool = False) -> dict[str, tuple[str, str | None]]:
        """State and reason of every file that is not current, by its name."""
        verdicts = self.report(i2v=i2v).verdicts
        return {v.path.name: (str(v.state), v.why) for v in verdicts if v.state != "current"}


def _write_tensors(path: Path, metadata: dict[str, str], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """A safetensors file with empty tensors of `shapes`."""
    header: dict[str, Any] = {"__metadata__": metadata}
    end = 0
    for name, shape in shapes.items():
        size = 2
        for side in shape:
            size *= side
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(end))


@pytest.fixture
def write_tensors() -> WriteTensors:
    return _write_tensors


@pytest.fixture
def encoded(tmp_path: Path) -> Encoded:
    return Encoded(tmp_path)
