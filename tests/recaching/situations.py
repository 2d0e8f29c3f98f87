"""The situations in which the trainer's own rules train on what is stale, and what a cache run has to encode in each.

Each is a section of a dataset with media of its own, so that they can happen one by one or all at once.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.recaching.place import SIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.recaching.place import Section

SIZES = {"a": (64, 64), "b": (80, 48), "c": (48, 80)}
"""Of the pictures in each section."""


def latents(*names: str) -> frozenset[str]:
    """The latents of pictures, by ``NAME`` or ``NAME WIDTHxHEIGHT``."""
    made = set()
    for each in names:
        name, _, size = each.partition(" ")
        width, height = map(int, size.split("x")) if size else SIZES[name]
        made.add(f"{name}_{width:04d}x{height:04d}_wan.safetensors")
    return frozenset(made)


def clips(name: str, *lengths: int, side: int = SIDE) -> frozenset[str]:
    """The latents of a video's first frames."""
    return frozenset(f"{name}_00000-{length:03d}_{side:04d}x{side:04d}_wan.safetensors" for length in lengths)


def texts(*names: str) -> frozenset[str]:
    return frozenset(f"{name}_wan_te.safetensors" for name in names)


def pictures(section: Section) -> None:
    """Three pictures in three buckets."""
    for number, (name, size) in enumerate(SIZES.items()):
        section.picture(name, number, size)
        section.caption(name, f"ohwx, picture {name}\n")
    section.place.write()


def videos(section: Section) -> None:
    """Two videos with two clips each."""
    section.video("v", 1)
    section.video("w", 2)
    section.set(image_directory=None, video_directory=f"{section.name}/media", target_frames=[1, 5])


def listed(section: Section) -> None:
    """Three pictures with their captions in one file."""
    for number, (name, size) in enumerate(SIZES.items()):
        section.picture(name, number, size)
    section.jsonl({name: f"ohwx, picture {name}" for name in SIZES})


@dataclass(frozen=True)
class Situation:
    """A change, and what it costs."""

    name: str
    change: Callable[[Section], object]
    encoded: frozenset[str] = field(default_factory=frozenset)
    """The cache files that are written anew; by name, like `removed`."""
    removed: frozenset[str] = field(default_factory=frozenset)
    prepare: Callable[[Section], None] = pictures


def rewrite(section: Section) -> None:
    """Touch a picture, and move a copy over another, as sync tools do; save a caption with another line end."""
    os.utime(section.media / "a.bmp")
    shutil.copyfile(section.media / "b.bmp", section.media / "b.part")
    (section.media / "b.part").replace(section.media / "b.bmp")
    section.caption("c", "ohwx, picture c\r\n\n")


def remove(section: Section) -> None:
    for name in ("a.bmp", "a.txt"):
        (section.media / name).unlink()


def rename(section: Section) -> None:
    for suffix in (".bmp", ".txt"):
        (section.media / "a").with_suffix(suffix).rename((section.media / "e").with_suffix(suffix))


def swap(section: Section) -> None:
    """Two pictures change names, which leaves no new time of modification; one of another size with its own."""
    section.picture("d", 9)
    for old, new in (("a", "x"), ("d", "a"), ("x", "d")):
        (section.media / f"{old}.bmp").rename(section.media / f"{new}.bmp")


def with_a_fourth(section: Section) -> None:
    pictures(section)
    section.picture("d", 8)
    section.caption("d", "ohwx, picture d\n")


def add(section: Section) -> None:
    section.picture("d", 7)
    section.caption("d", "ohwx, picture d\n")


def cut(section: Section, name: str) -> None:
    """Cut a cache file in the middle."""
    path = section.cache / name
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def edit_line(section: Section) -> None:
    section.jsonl({name: f"ohwx, picture {name}" + ", edited" * (name == "b") for name in SIZES})


def remove_line(section: Section) -> None:
    section.jsonl({name: f"ohwx, picture {name}" for name in SIZES if name != "b"})


SITUATIONS = (
    Situation("nothing", lambda _: None),
    Situation("caption edited", lambda at: at.caption("a", "ohwx, another caption\n"), texts("a")),
    Situation("rewritten as it was", rewrite),
    Situation("image replaced, same size, older", lambda at: at.picture("a", 5), latents("a")),
    Situation(
        "image replaced, other size",
        lambda at: at.picture("a", 0, (96, 64)),
        latents("a 96x64"),
        latents("a"),
    ),
    Situation("two images swapped", swap, latents("a", "d 64x64"), prepare=with_a_fourth),
    Situation("resolution changed", lambda at: at.set(resolution=[96, 96]), latents("a", "b", "c")),
    Situation("buckets off", lambda at: at.set(enable_bucket=False), latents("b", "c")),
    Situation("latents truncated", lambda at: cut(at, *latents("b")), latents("b")),
    Situation("text truncated", lambda at: cut(at, *texts("b")), texts("b")),
    Situation("cache lost", lambda at: (at.cache / min(texts("c"))).unlink(), texts("c")),
    Situation("image removed", remove, removed=latents("a") | texts("a")),
    Situation("image added", add, latents("d 64x64") | texts("d")),
    Situation("image renamed", rename, latents("e 64x64") | texts("e"), latents("a") | texts("a")),
    Situation(
        "an orphan", lambda at: shutil.copyfile(at.cache / min(latents("a")), at.cache / min(latents("z 64x64")))
    ),
    Situation("repeats and batch changed", lambda at: at.set(num_repeats=3, batch_size=2)),
    Situation(
        "a target more", lambda at: at.set(target_frames=[1, 5, 9]), clips("v", 9) | clips("w", 9), prepare=videos
    ),
    Situation(
        "a target less",
        lambda at: at.set(target_frames=[1]),
        removed=clips("v", 5) | clips("w", 5),
        prepare=videos,
    ),
    Situation("video replaced", lambda at: at.video("v", 6), clips("v", 1, 5), prepare=videos),
    Situation(
        "frame rate changed",
        lambda at: at.set(source_fps=32.0),
        clips("v", 1, 5) | clips("w", 1, 5),
        prepare=videos,
    ),
    Situation("video's caption edited", lambda at: at.caption("w", "moves"), texts("w"), prepare=videos),
    Situation("line edited in the jsonl", edit_line, texts("b"), prepare=listed),
    Situation("line removed from the jsonl", remove_line, removed=latents("b") | texts("b"), prepare=listed),
    Situation("image of the jsonl replaced", lambda at: at.picture("c", 6, SIZES["c"]), latents("c"), prepare=listed),
)
