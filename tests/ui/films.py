"""Videos made for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path


def film(path: Path, codec: str, frames: int = 60, fps: int = 30) -> None:
    """A video of 160x96 pixels whose frames get brighter, two levels each from 40."""
    with av.open(str(path), "w") as container:
        frame: Any = av.VideoFrame  # from_image has no types
        stream: Any = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 160, 96, "yuv420p", 12
        for number in range(frames):
            level = 2 * number + 40
            image = Image.new("RGB", (160, 96), (level, level, level))
            for packet in stream.encode(frame.from_image(image)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
