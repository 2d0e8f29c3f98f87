"""Where a trainer may lie on a machine already: each place with who puts it there.

``$NAME`` is a variable of the environment, and a place whose variable is not set does not count. ``WANTUI_BOX_ROOT``
names a folder that stands for ``/`` in places that begin with it, so that a machine can be played in a folder.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class SearchPlace:
    """A folder that may be there."""

    path: str
    source: str
    """Who puts it there."""


CHECKOUTS = (
    SearchPlace("$WORKSPACE/musubi-tuner", "Vast.ai's images name their volume so (README of vast-ai/base-image)"),
    SearchPlace("/workspace/musubi-tuner", "the workflow's provisioning script; the volume of Vast.ai and of RunPod"),
    SearchPlace("~/musubi-tuner", "git clone after a login"),
    SearchPlace("/opt/workspace-internal/musubi-tuner", "Vast.ai's images, before it is copied to their volume"),
    SearchPlace("/opt/musubi-tuner", "images with the trainer in them"),
    SearchPlace("/app/musubi-tuner", "images with the trainer in them"),
    SearchPlace("/musubi-tuner", "images with the trainer in them, cloned without a working directory"),
)
"""Checkouts, in the order in which they are looked at."""

INSIDE = (
    SearchPlace("venv", "the workflow: python3 -m venv venv"),
    SearchPlace(".venv", "uv, as the trainer's README has it"),
)
"""Environments inside a checkout."""

OUTSIDE = (
    SearchPlace("$VIRTUAL_ENV", "the environment of the shell"),
    SearchPlace("/venv/main", "Vast.ai's images (README of vast-ai/base-image)"),
    SearchPlace("$CONDA_PREFIX", "the conda environment of the shell"),
    SearchPlace("/workspace/venv", "RunPod's users: the volume outlives the pod"),
    SearchPlace("/opt/conda", "PyTorch's images, and those of RunPod that build upon them"),
)
"""Environments elsewhere. Python of the system is none: what is installed there may break the image."""


def checkouts(environment: Mapping[str, str]) -> Iterator[Path]:
    """Folders that exist where a checkout may be, each once."""
    yield from _once(_path(place.path, environment) for place in CHECKOUTS)


def environments(environment: Mapping[str, str], checkout: Path) -> Iterator[Path]:
    """Folders of Python environments that exist, those of the checkout first; wantui's own is none."""
    own = Path(sys.prefix).resolve()
    places = [checkout / place.path for place in INSIDE] + [_path(place.path, environment) for place in OUTSIDE]
    for folder in _once(places):
        is_the_systems = any(folder.glob("lib/python3*/EXTERNALLY-MANAGED"))
        if interpreter(folder).is_file() and folder.resolve() != own and not is_the_systems:
            yield folder


def interpreter(folder: Path) -> Path:
    """Of an environment."""
    return folder / "bin" / "python"


def _path(path: str, environment: Mapping[str, str]) -> Path | None:
    first, _, rest = path.partition("/")
    if first.startswith("$"):
        value = environment.get(first[1:])
        return Path(value) / rest if value and Path(value).is_absolute() else None
    if first == "~":
        return Path(path).expanduser()
    return Path(environment.get("WANTUI_BOX_ROOT") or "/") / rest


def _once(paths: Iterator[Path | None] | list[Path | None] | list[Path]) -> Iterator[Path]:
    seen: set[str] = set()
    for path in paths:
        if path is not None and path.is_dir() and (real := os.path.realpath(path)) not in seen:
            seen.add(real)
            yield path
