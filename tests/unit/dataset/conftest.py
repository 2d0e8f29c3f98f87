"""Small datasets on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

GENERAL = """\
[general]
resolution = [64, 64]
caption_extension = ".txt"
enable_bucket = true
"""


class Toy:
    """A folder with a ``dataset.toml``, images and captions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.images = root / "images"
        self.images.mkdir()
        self.file = root / "dataset.toml"
        self.write('image_directory = "images"\ncache_directory = "cache"')

    def write(self, *sections: str, general: str = GENERAL) -> Path:
        """A dataset.toml with one ``[[datasets]]`` for each of `sections`."""
        self.file.write_text(general + "".join(f"\n[[datasets]]\n{section}\n" for section in sections))
        return self.file

    def image(self, name: str, size: tuple[int, int] = (96, 96), caption: str | None = "a disc, {}\n") -> Path:
        """An image of noise-free grey, with its caption, ``{}`` for the name, unless that is None."""
        path = self.images / name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", size, "grey").save(path)
        if caption is not None:
            path.with_suffix(".txt").write_text(caption.format(path.name), encoding="utf-8")
        return path

    def video(self, name: str, frames: int, size: tuple[int, int] = (128, 80), caption: str = "moves") -> Path:
        """A video of whatever the memory held, with its caption."""
        path = self.root / "videos" / name
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".txt").write_text(caption)
        with av.open(path, "w") as container:
            stream = container.add_stream("mpeg4", rate=24)
            stream.width, stream.height = size
            for _ in range(frames):
                container.mux(stream.encode(av.VideoFrame(*size, "yuv420p")))
            container.mux(stream.encode())
        return path


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    return Toy(tmp_path)
