"""What an expert trains on: hard links to exactly the caches that were current when it started.

The trainer takes its items from a glob over the cache folder, whatever else is in there, and not from the media
folder (``prepare_for_training``): orphans would be trained on, and a cache job beside it would pull files away. In a
snapshot there is nothing but what was proved, and nobody writes there: a cache job moves what it replaces out of the
cache folder (`trash`), so the old file lives on under its link. Links cost no space.

A snapshot is a folder:

- ``0/``, ``1/``, ...: the caches of each ``[[datasets]]`` section
- ``dataset.json``: the user's own settings, all paths absolute, with those folders for caches; both trainer commits
  read a ``--dataset_config`` whose name ends with ``.json`` (``config_utils.load_user_config``)
- ``items.json``: the items as they were
- ``complete``: size and modification time of each file
"""

from __future__ import annotations

import errno
import glob
import os
import shutil
import stat
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wantui import reading
from wantui.caches.content import read_object, write_compact
from wantui.caches.header import CorruptError, read_header
from wantui.caches.items import rows_of
from wantui.caches.model import CacheError, CacheState
from wantui.caches.records import identity_of
from wantui.caches.wanted import wanted_folders
from wantui.dataset import blueprint
from wantui.dataset.model import DatasetError

if TYPE_CHECKING:
    from wantui.caches.model import CacheReport
    from wantui.caches.records import Records
    from wantui.dataset.model import Dataset, DatasetConfig

_VERSION = 1
_NO_LINKS = frozenset({errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS})
"""What the kernel says where it cannot link: another file system, one without links, another user's file
(``fs.protected_hardlinks``), too many links."""
_PATH_KEYS = (
    *("image_directory", "image_jsonl_file", "video_directory", "video_jsonl_file"),
    *("cache_directory", "control_directory"),
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A folder that can be trained on."""

    folder: Path

    @property
    def dataset(self) -> Path:
        """What the trainer's ``--dataset_config`` names."""
        return self.folder / "dataset.json"

    @property
    def items(self) -> Path:
        """The items as they were."""
        return self.folder / "items.json"

    @property
    def complete(self) -> Path:
        """The list of its files, written last."""
        return self.folder / "complete"


def take(dataset: Dataset, report: CacheReport, into: Path, records: Records) -> Snapshot | None:
    """Make a snapshot of `dataset`, all of whose caches are current.

    It is made beside `into` and then renamed: there is a whole snapshot, the one before, or none. Nobody may be
    training on the one before.

    Args:
        dataset: freshly scanned.
        report: freshly examined.
        into: the folder to be; its parents are made.
        records: for the media's hashes.

    Returns:
        None where the file system cannot link, or the trainer would take brackets in the path for a pattern: then
        training has to read the cache folders themselves.

    Raises:
        CacheError: a cache is not current, something changed meanwhile, or the folder cannot be written.
    """
    _refuse_unproved(report)
    snapshot = Snapshot(into.absolute())
    if glob.has_magic(str(snapshot.folder)):
        return None
    temporary = Snapshot(snapshot.folder.with_name(f".{snapshot.folder.name}.part"))
    try:
        _remove(temporary.folder)
        files = _link_all(dataset, temporary.folder)
        write_compact(temporary.dataset, _settings(dataset.config, snapshot.folder))
        write_compact(temporary.items, rows_of(dataset, records))
        write_compact(temporary.complete, {"version": _VERSION, "files": files})
        broken = whole(temporary.folder)
        if broken:
            raise CacheError(f"{broken[0]}: changed while it was about to be trained on; start again")
        _replace(snapshot.folder, temporary.folder)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return None
        raise CacheError(f"{into}: cannot be written ({error.strerror}); make its folder writable") from error
    finally:
        with suppress(OSError):
            _remove(temporary.folder)
    return snapshot


def whole(into: Path) -> list[str]:
    """The files of a snapshot that are not as they were: missing, corrupt, written anew, or more than there were.

    Names are relative to `into`. A snapshot that was never completed is named by its list, ``complete``.
    """
    snapshot = Snapshot(into)
    files = read_object(snapshot.complete, _VERSION).get("files")
    if not isinstance(files, dict):
        return [snapshot.complete.name]
    broken = [name for name, identity in files.items() if not _is_whole(into / name, identity)]
    broken += [each.name for each in (snapshot.dataset, snapshot.items) if not each.is_file()]
    folders = {name.partition("/")[0] for name in files}
    present = {f"{folder}/{name}" for folder in folders for name in _names(into / folder)}
    return [*broken, *sorted(present - files.keys())]


def _refuse_unproved(report: CacheReport) -> None:
    unproved = [
        verdict for verdict in report.verdicts if verdict.state not in (CacheState.CURRENT, CacheState.ORPHAN)
    ]
    if unproved:
        first = unproved[0]
        raise CacheError(f"{first.path}: {first.why or first.state}; encode it before training")


def _link_all(dataset: Dataset, root: Path) -> dict[str, tuple[int, int]]:
    """Link the caches of all subsets; their identities by their names.

    Raises:
        CacheError: a cache is gone.
        OSError: they cannot be linked.
    """
    files: dict[str, tuple[int, int]] = {}
    for folder in wanted_folders(dataset):
        target = root / str(folder.subset.index)
        target.mkdir(parents=True)
        for name, wanted in (*folder.latents.items(), *folder.texts.items()):
            link = os.path.join(target, name)  # noqa: PTH118  thousands
            _link(str(wanted.path), link)
            identity = identity_of(Path(link))
            if identity is None:
                raise CacheError(f"{wanted.path}: gone while it was about to be trained on; start again")
            files[f"{folder.subset.index}/{name}"] = identity
    return files


def _link(path: str, link: str) -> None:
    try:
        if stat.S_ISLNK(os.lstat(path).st_mode):
            path = os.path.realpath(path)
        os.link(path, link)
    except FileNotFoundError as error:
        raise CacheError(f"{path}: gone while it was about to be trained on; start again") from error


def _settings(config: DatasetConfig, root: Path) -> dict[str, Any]:
    """The user's own settings, with absolute paths and the snapshot's cache folders.

    Raises:
        CacheError: the file is no longer the one that was scanned.
    """
    try:
        if blueprint.load(config.path).subsets != config.subsets:
            raise CacheError(f"{config.path}: changed while its items were about to be trained on; start again")
        text = blueprint.read_text(config.path)
        is_toml = config.path.suffix.lower() == ".toml"
        document: dict[str, Any] = tomllib.loads(text) if is_toml else reading.parse_json(text)
    except (DatasetError, OSError, ValueError) as error:
        raise CacheError(f"{config.path}: changed while its items were about to be trained on: {error}") from error
    for index, section in enumerate(document["datasets"]):
        for key in _PATH_KEYS:
            if key in section:
                section[key] = str(config.path.parent / section[key])
        section["cache_directory"] = str(root / str(index))
    return document


def _is_whole(path: Path, identity: object) -> bool:
    now = identity_of(path)
    if now is None or [*now] != identity:
        return False
    try:
        read_header(path)
    except (CorruptError, OSError):
        return False
    return True


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  names only
    except OSError:
        return []


def _replace(folder: Path, new: Path) -> None:
    """Put `new` where `folder` is, if there is one."""
    before = folder.with_name(f".{folder.name}.before")
    _remove(before)
    with suppress(FileNotFoundError):
        folder.rename(before)
    new.rename(folder)
    _remove(before)


def _remove(folder: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
