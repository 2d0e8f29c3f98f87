"""Clips of the kinds that people have: whole, cut without encoding again, broken off, damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path


def clip(
    path: Path,
    frames: int,
    *,
    codec: str = "libx264",
    rate: Fraction | int = 16,
    size: tuple[int, int] = (96, 64),
    options: dict[str, str] | None = None,
) -> Path:
    """A clip whose picture changes with each frame, its index in front where the container has one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(path, "w", options={"movflags": "+faststart"} if path.suffix == ".mp4" else {}) as container:
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, av.VideoStream)
        (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        stream.gop_size = 15
        stream.options = {**(options or {})}
        for number in range(frames):
            frame = av.VideoFrame(*size, "yuv420p")
            for at, plane in enumerate(frame.planes):
                plane.update(bytes((number * 7 + x * x * (at + 3)) % 256 for x in range(plane.buffer_size)))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def cut(source: Path, target: Path, first: int) -> Path:
    """The packets of `source` from `first` on, copied, as programs cut that do not encode again."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with av.open(source) as old, av.open(target, "w") as new:
        stream = old.streams.video[0]
        copied = new.add_stream_from_template(stream)
        packets = [packet for packet in old.demux(stream) if packet.dts is not None]
        for packet in packets[first:]:
            packet.stream = copied
            new.mux(packet)
    return target


def decodes(path: Path) -> int:
    """Frames that the trainer's way of reading gives: each one that comes out of the decoder."""
    with av.open(path) as container:
        return sum(1 for _ in container.decode(video=0))


def packets(path: Path) -> int:
    """What a file's packets come to."""
    with av.open(path) as container:
        return sum(1 for packet in container.demux(video=0) if packet.size)
