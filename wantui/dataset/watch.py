"""Tells when something that a dataset is made of has changed on disk.

An event says where to look, never what has happened: an editor that saves by renaming, a sync tool that rewrites
equal bytes and a real edit all look alike here. What changed is decided by content (`wantui.caches.state`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wantui import reading
from wantui.dataset.cache_names import LATENTS_ENDING, TEXT_ENDING
from wantui.dataset.model import DatasetError

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator

    from wantui.dataset.model import DatasetConfig

GROUP_MS = 50
"""Events are gathered until none has come for `STEP_MS`, but no longer than this."""
STEP_MS = 20
IDLE_MS = 500
"""How often a watcher that is told nothing looks up."""
POLL_MS = 1000
"""How often files are looked at where the file system tells nothing."""

REMOTE_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "lustre", "ceph", "beegfs", "gpfs", "afs", "glusterfs", "vboxsf"}
)
"""Changes made on another machine raise no inotify events there (`inotify(7)`, "Limitations and caveats")."""


class WatchError(DatasetError):
    """Files that cannot be watched; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What to watch for one dataset."""

    folders: tuple[Path, ...]
    """Existing folders, each by itself: nothing the trainer takes lies deeper."""
    polling: bool
    why_polling: str | None = None
    """A clause for a person."""


def what_to_watch(config: DatasetConfig | None, also: Iterable[Path], *, polling: bool) -> Watched:
    """The folders of a dataset, and whether they have to be polled.

    Args:
        config: the dataset; None where it cannot be read at the moment.
        also: files that matter besides: ``dataset.toml``, ``wantui.toml``.
        polling: ``[watch] polling``: poll in any case.
    """
    folders = {path.parent for path in also}
    for subset in () if config is None else config.subsets:
        folders |= {folder for folder in (subset.media_directory, subset.control_directory) if folder is not None}
        if subset.jsonl_file is not None:
            folders.add(subset.jsonl_file.parent)
    existing = tuple(sorted({_nearest_existing(folder.absolute()) for folder in folders}))
    if polling:
        return Watched(existing, polling=True, why_polling="[watch] polling is set")
    for folder in existing:
        kind = file_system(folder)
        if kind in REMOTE_FILE_SYSTEMS or kind.startswith("fuse."):
            return Watched(existing, polling=True, why_polling=f"{folder} lies on {kind}, which tells no changes")
    return Watched(existing, polling=False)


def changes(watched: Watched, stop: threading.Event) -> Iterator[set[Path]]:
    """The files that something has happened to, again and again; an empty set at least every `IDLE_MS`.

    Raises:
        WatchError: the system's limit of watches is reached, a folder has gone, or a name is not UTF-8.
    """
    from watchfiles import watch  # noqa: PLC0415  0.1 s; only who watches pays

    folders = [os.fspath(folder) for folder in watched.folders]
    try:
        for events in watch(
            *folders,
            watch_filter=lambda _, path: matters(path),
            debounce=GROUP_MS,
            step=STEP_MS,
            rust_timeout=IDLE_MS,
            poll_delay_ms=POLL_MS,
            yield_on_timeout=True,
            stop_event=stop,
            force_polling=watched.polling,
            recursive=False,
            raise_interrupt=False,
        ):
            yield {Path(path) for _, path in events}
    except RuntimeError as error:  # WatchfilesRustInternalError, which is not exported; a name that is not UTF-8
        raise WatchError(f"changes cannot be watched ({error}); rename that file") from error
    except OSError as error:
        raise WatchError(
            f"changes cannot be watched ({error}); raise fs.inotify.max_user_watches, "
            "or set polling = true in [watch]"
        ) from error


def matters(path: str) -> bool:
    """Whether an event on this file can concern a dataset: the trainer's caches and temporary files do not."""
    name = path.rpartition(os.sep)[2]
    return not (name.startswith(".") or name.endswith(("~", LATENTS_ENDING, TEXT_ENDING, ".safetensors", ".tmp")))


def file_system(folder: Path) -> str:
    """The kind of file system that `folder` lies on, by ``/proc/self/mountinfo``; empty where it cannot be told."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    place, best, kind = os.path.realpath(folder), -1, ""
    for line in lines:
        before, _, after = line.partition(" - ")
        mount = before.split()[4].encode().decode("unicode_escape")
        if len(mount) > best and (place == mount or place.startswith(mount.rstrip("/") + "/")):
            best, kind = len(mount), after.split()[0]
    return kind


def _nearest_existing(folder: Path) -> Path:
    """`folder`, or what exists of the way to it: its coming is a change too."""
    return next(place for place in (folder, *folder.parents) if reading.is_folder(place))
