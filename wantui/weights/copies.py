"""Finds weight files that other programs have loaded already, and links them.

A file counts where name and size are right; whether it is the one is for its sha256 to say.
"""

from __future__ import annotations

import glob
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from wantui.weights.hub_cache import hub_cache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wantui.weights.catalogue import Weight
    from wantui.weights.remote import Remote

COMFYUI_FOLDERS = ("/workspace/ComfyUI/models", "/ComfyUI/models", "/opt/ComfyUI/models", "~/ComfyUI/models")
_DEEPEST = 6
"""Folders below a searched one: ComfyUI's own are two deep, its users' a few more."""


def copies(weight: Weight, remote: Remote, search: Iterable[Path], environment: Mapping[str, str]) -> Iterator[Path]:
    """Files that may be the wanted one, each once, symbolic links resolved.

    Args:
        weight: the wanted file.
        remote: what the Hub says of it.
        search: folders of the person's own, looked into first.
        environment: tells where the Hub's cache is.
    """
    seen: set[Path] = set()
    folders = [*search, *(Path(name).expanduser() for name in COMFYUI_FOLDERS)]
    for found in (*_in_hub_cache(weight, remote, hub_cache(environment)), *_below(folders, weight.name)):
        real = found.resolve()
        try:
            is_like_it = real.is_file() and real.stat().st_size == remote.size
        except OSError:
            continue
        if is_like_it and real not in seen:
            seen.add(real)
            yield real


def origin(source: Path | str) -> str:
    """Whose a copy is, in a few words: ``the Hub's cache``, ``ComfyUI``, or its folder."""
    parts = Path(source).parts
    if any(part.startswith("models--") for part in parts):
        return "the Hub's cache"
    return "ComfyUI" if any(part.lower().startswith("comfyui") for part in parts) else str(Path(source).parent)


def link(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`: a hard link where the file system can, else a symbolic one.

    The lock of `target` must be held.

    Raises:
        OSError: neither can be made; `target` is as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for left_behind in target.parent.glob(f".{glob.escape(target.name)}.*.link"):  # of one that was killed
        left_behind.unlink(missing_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.link")
    try:
        temporary.hardlink_to(source)
    except OSError:  # another file system, or one without hard links, or a file of somebody else's
        temporary.symlink_to(source)
    try:
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)  # a rename of a link to the same file leaves both names


def _in_hub_cache(weight: Weight, remote: Remote, cache: Path) -> Iterator[Path]:
    """The file of the repository's state that the Hub tells of, and of the last that was loaded."""
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415  it takes long, and listings need it seldom

    for revision in (remote.commit, "main"):
        with suppress(OSError, ValueError):  # a cache that cannot be read
            found = try_to_load_from_cache(weight.repository, weight.path, cache, revision)
            if isinstance(found, str):
                yield Path(found)


def _below(folders: Iterable[Path], name: str) -> Iterator[Path]:
    """Files of a name in folders and what is below, behind symbolic links too, each folder once."""
    seen: set[str] = set()
    for folder in folders:
        for here, below, files in os.walk(folder, followlinks=True):
            real = os.path.realpath(here)
            if real in seen or len(Path(here).relative_to(folder).parts) >= _DEEPEST:
                below.clear()
            if real not in seen and name in files:
                yield Path(here) / name
            seen.add(real)
