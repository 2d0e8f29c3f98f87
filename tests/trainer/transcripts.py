"""The trainer's real output, kept as fixtures: which files there are, and how they are fed to a reader."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wantui.trainer.musubi.output import MusubiOutput

if TYPE_CHECKING:
    from wantui.trainer.model import Progress

FOLDER = Path(__file__).parent.parent / "fixtures" / "transcripts"

NAMES = sorted(path.name for path in FOLDER.iterdir() if path.suffix in {".out", ".err", ".pty"})
"""Every transcript of output; the two ``flags-*.txt`` are lists."""

PAIRS = sorted(path.stem for path in FOLDER.glob("*.out"))
"""Transcripts whose two streams were kept apart, and lie in one file in reality."""


def kind_of(name: str) -> str:
    """Which job printed a transcript."""
    stem, _, suffix = name.rpartition(".")
    if "train" in stem or suffix == "out" or stem in PAIRS:
        return "high"
    words = stem.split("-")
    return "text" if "te" in words or stem.endswith("-1") else "latents"


def read(name: str) -> bytes:
    """A transcript's bytes."""
    return (FOLDER / name).read_bytes()


def whole(stem: str) -> bytes:
    """What a job printed, standard output first where it was kept apart."""
    return b"".join(read(f"{stem}.{suffix}") for suffix in ("out", "err", "pty") if f"{stem}.{suffix}" in NAMES)


def progress_of(data: bytes, kind: str) -> Progress:
    """What a reader makes of output that comes at once."""
    reader = MusubiOutput(kind)
    reader.feed(data)
    return reader.progress
