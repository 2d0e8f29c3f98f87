"""A dataset.toml of one or more sections, each with media and caches of its own."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import av
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

LONG_AGO = 1_000_000_000
"""Seconds since 1970."""
SIDE = 64


class Written(NamedTuple):
    """Tells a file that was written from one that stayed."""

    inode: int
    mtime_ns: int


@dataclass
class Place:
    """A folder with a dataset.toml; everything in it is relative, so that it can be copied."""

    folder: Path
    sections: dict[str, Section] = field(default_factory=dict)
    resolution: int = SIDE

    @property
    def file(self) -> Path:
        return self.folder / "dataset.toml"

    def section(self, name: str) -> Section:
        """A new section without media."""
        made = Section(self, name)
        made.media.mkdir(parents=True)
        self.sections[name] = made
        return made

    def write(self) -> None:
        """Write the dataset.toml."""
        general = {"resolution": [self.resolution] * 2, "caption_extension": ".txt", "enable_bucket": True}
        parts = ["[general]", *_lines(general)]
        for section in self.sections.values():
            parts += ["[[datasets]]", *_lines(section.keys)]
        self.file.write_text("\n".join(parts) + "\n", encoding="utf-8")

    def files(self) -> dict[str, Written]:
        """Every cache file, by ``section/name``."""
        states = {f"{path.parent.parent.name}/{path.name}": path.stat() for path in self._caches()}
        return {name: Written(state.st_ino, state.st_mtime_ns) for name, state in states.items()}

    def contents(self) -> dict[str, Content]:
        """What every cache file holds, by ``section/name``."""
        return {f"{path.parent.parent.name}/{path.name}": content_of(path) for path in self._caches()}

    def contents_of(self, names: Iterable[str]) -> dict[str, Content]:
        """What some of the cache files hold."""
        split = [(name, *name.split("/")) for name in names]
        return {name: content_of(self.folder / section / "cache" / file) for name, section, file in split}

    def _caches(self) -> list[Path]:
        return sorted(self.folder.glob("*/cache/*.safetensors"))

    def copy_sources(self, to: Path) -> Path:
        """Copy everything but the caches; the copy's dataset.toml."""
        shutil.copytree(self.folder, to, ignore=shutil.ignore_patterns("cache"))
        return to / self.file.name


@dataclass
class Section:
    """One ``[[datasets]]``."""

    place: Place
    name: str
    keys: dict[str, Any] = field(init=False)
    """What stands in the section."""

    def __post_init__(self) -> None:
        self.keys = {"image_directory": f"{self.name}/media", "cache_directory": f"{self.name}/cache"}

    @property
    def media(self) -> Path:
        return self.place.folder / self.name / "media"

    @property
    def cache(self) -> Path:
        return self.place.folder / self.name / "cache"

    def set(self, **keys: Any) -> None:
        """Change the section in the dataset.toml; None takes a key out."""
        merged = self.keys | keys
        self.keys = {name: value for name, value in merged.items() if value is not None}
        self.place.write()

    def picture(self, name: str, number: int, size: tuple[int, int] = (SIDE, SIDE)) -> Path:
        """An old picture moved to its place, as rsync does; uncompressed, so all of one size are equally long."""
        path = self.media / f"{name}.bmp"
        fresh = path.with_suffix(".part")
        draw(number, size).save(fresh, "BMP")
        os.utime(fresh, (LONG_AGO, LONG_AGO))
        fresh.replace(path)
        return path

    def caption(self, name: str, text: str) -> Path:
        path = self.media / f"{name}.txt"
        path.write_text(text, encoding="utf-8")
        return path

    def video(self, name: str, number: int, frames: int = 13) -> Path:
        """A video whose frames differ, with its caption."""
        path = self.media / f"{name}.mp4"
        make: Any = av.VideoFrame  # from_image has no types
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=16)
            stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
            for frame in range(frames):
                container.mux(stream.encode(make.from_image(draw(number + frame))))
            container.mux(stream.encode())
        self.caption(name, f"a video, {name}\n")
        return path

    def jsonl(self, captions: Mapping[str, str]) -> None:
        """The captions of the section's pictures in one file."""
        path = self.media / "items.jsonl"
        base = f"{self.name}/media"
        lines = [json.dumps({"image_path": f"{base}/{name}.bmp", "caption": text}) for name, text in captions.items()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.set(image_directory=None, image_jsonl_file=f"{base}/items.jsonl")


class Content(NamedTuple):
    """What a safetensors file holds, whatever the order of its header."""

    metadata: dict[str, str]
    tensors: dict[str, tuple[str, tuple[int, ...], bytes]]
    """Number format, shape and data, by name."""


def content_of(path: Path) -> Content:
    """Read a whole safetensors file."""
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = (entry["dtype"], tuple(entry["shape"]), data[start + begin : start + end])
    return Content(metadata, tensors)


def draw(number: int, size: tuple[int, int] = (SIDE, SIDE)) -> Image.Image:
    """A picture that no other number gives."""
    picture = Image.new("RGB", size, (number * 37 % 256, number * 91 % 256, number * 53 % 256))
    left, top = number * 5 % (size[0] // 2), number * 7 % (size[1] // 2)
    ImageDraw.Draw(picture).ellipse((left, top, left + size[0] // 3, top + size[1] // 3), fill="white")
    return picture


def _lines(keys: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {json.dumps(value)}" for name, value in keys.items()]  # what JSON writes here is TOML as well
