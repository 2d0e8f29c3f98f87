"""The content of files, read once a change: media by their whole content, weights by samples of it.

A file that has been read is remembered by its stamp: modification time, size, inode and change time. While the stamp
is the same so is the content, because no program can set the change time. A file that changed a moment ago is read
again next time: a second change within one tick of the file system's clock would not be seen (git calls this racy).
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from typing import TYPE_CHECKING, NamedTuple

from wantui import atomic, reading
from wantui.dataset.media import IMAGE_SUFFIXES, is_taken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_VERSION = 1
LARGEST_RECORDS = 256 << 20
"""Bytes of a file of records or hashes; those of 50,000 items have 20 MB."""
_RACY_NS = 2_000_000_000
"""The coarsest clock of a file system in use (FAT): what changed within it is not remembered, for another change may
come and leave the same stamp. A time in the future is as good as one in the past: the clock was set back since."""
_DIGEST_BYTES = 16
_SAMPLES = 64
_SAMPLE_BYTES = 16_384
_SPARE_ENTRIES = 1000
"""So many entries of files that nobody asked for are kept before the vanished ones are dropped."""


class Stamp(NamedTuple):
    """What changes when a file's content does."""

    mtime_ns: int
    size: int
    inode: int
    ctime_ns: int

    @property
    def changed_ns(self) -> int:
        """When its content changed at the latest; an older file moved over another changes only `ctime_ns`."""
        return max(self.mtime_ns, self.ctime_ns)


def stamp_of(path: str) -> Stamp:
    """The stamp of a file; or of a folder of images, which the trainer takes for a video, with all its images.

    Raises:
        OSError: it cannot be looked at.
    """
    state = os.stat(path)  # noqa: PTH116  three times as fast as Path for thousands
    if stat.S_ISDIR(state.st_mode):
        return _folder_stamp(path, state)
    return Stamp(state.st_mtime_ns, state.st_size, state.st_ino, state.st_ctime_ns)


class Memo:
    """Digests of files by their stamps, kept in one file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._entries = _entries_in(file)
        self._asked: dict[str, list[int | str]] = {}
        self._is_newer_than_file = False

    def digest(self, path: str, stamp: Stamp | None = None) -> str | None:
        """A hash of the whole content of a media file; None where it cannot be read, or changes all the time.

        Args:
            path: absolute.
            stamp: its stamp now, if that is known.
        """
        return self._known(path, stamp, content_digest)

    def weights_digest(self, path: str) -> str | None:
        """A hash of samples of a weights file; None where it cannot be read."""
        return self._known(path, None, sampled_digest)

    def save(self) -> None:
        """Write down what has been read, together with what other processes have written meanwhile.

        Raises:
            OSError: the folder is not writable.
        """
        if not self._is_newer_than_file:
            return
        entries = _entries_in(self.file) | self._asked
        if len(entries) > 2 * len(self._asked) + _SPARE_ENTRIES:
            entries = {path: entry for path, entry in entries.items() if path in self._asked or os.path.exists(path)}  # noqa: PTH110
        self.file.parent.mkdir(exist_ok=True)
        write_compact(self.file, {"version": _VERSION, "files": entries})
        self._is_newer_than_file = False

    def _known(self, path: str, stamp: Stamp | None, read: Callable[[str], str]) -> str | None:
        try:
            stamp = stamp or stamp_of(path)
            known = self._entries.get(path)
            if known is not None and tuple(known[:-1]) == stamp:
                self._asked[path] = known
                return str(known[-1])
            return self._read(path, stamp, read)
        except OSError:
            return None

    def _read(self, path: str, stamp: Stamp, read: Callable[[str], str]) -> str | None:
        for _ in range(3):
            digest = read(path)
            after = stamp_of(path)
            if after == stamp:
                if abs(time.time_ns() - stamp.ctime_ns) > _RACY_NS:
                    self._entries[path] = self._asked[path] = [*stamp, digest]
                    self._is_newer_than_file = True
                return digest
            stamp = after
        return None


def content_digest(path: str) -> str:
    """A hash of the content of a file, or of a folder's images with their names.

    Raises:
        OSError: it cannot be read.
    """
    if not reading.is_folder(path):
        with reading.open_file(path) as file:
            return hashlib.file_digest(file, _hash).hexdigest()
    whole = _hash()
    for name in _images_in(path):
        whole.update(f"{name}\0{content_digest(os.path.join(path, name))}\0".encode(errors="surrogateescape"))  # noqa: PTH118
    return whole.hexdigest()


def sampled_digest(path: str) -> str:
    """A hash of the size of a weights file and of 64 slices spread evenly over it, its first and last bytes included.

    One MiB instead of all: a T5 has 11 GB, and the hook cannot wait for that. Another model of the same size differs
    in most of its tensors, so in most of the slices. Neither the path nor the modification time is part of it: the
    same file downloaded again, moved or touched is the same file.

    Raises:
        OSError: it cannot be read.
    """
    sampled = _hash()
    with reading.open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        sampled.update(str(size).encode())
        last = max(size - _SAMPLE_BYTES, 0)
        for start in sorted({last * number // (_SAMPLES - 1) for number in range(_SAMPLES)}):
            sampled.update(os.pread(file.fileno(), _SAMPLE_BYTES, start))
    return sampled.hexdigest()


def text_digest(text: str) -> str:
    """A hash of a text; lone surrogates, which JSON can hold, are no obstacle."""
    return _hash(text.encode(errors="surrogatepass")).hexdigest()


def write_compact(path: Path, document: object) -> None:
    """Replace `path` with `document` as JSON without blanks, in ASCII: names of files need not be UTF-8.

    Raises:
        OSError: the folder is missing, not writable or full.
    """
    atomic.write_bytes(path, json.dumps(document, separators=(",", ":")).encode("ascii"))


def read_object(path: Path, version: int) -> dict[str, object]:
    """The JSON object in a file of ours; empty where there is none, or it is broken or of another version."""
    try:
        document = reading.read_json(path, LARGEST_RECORDS)
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) and document.get("version") == version else {}


def _entries_in(file: Path) -> dict[str, list[int | str]]:
    entries = read_object(file, _VERSION).get("files")
    if not isinstance(entries, dict):
        return {}
    return {path: entry for path, entry in entries.items() if isinstance(entry, list) and len(entry) == 5}  # noqa: PLR2004


def _hash(data: bytes = b"") -> hashlib.blake2b:
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES)


def _images_in(folder: str) -> list[str]:
    return sorted(name for name in os.listdir(folder) if is_taken(name, IMAGE_SUFFIXES))  # noqa: PTH208  names only


def _folder_stamp(folder: str, own: os.stat_result) -> Stamp:
    """The latest times of a folder and its images, their size in all, and a number made of all their stamps."""
    together = _hash()
    mtime, ctime, size = own.st_mtime_ns, own.st_ctime_ns, 0
    for name in _images_in(folder):
        state = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118
        each = (state.st_mtime_ns, state.st_size, state.st_ino, state.st_ctime_ns)
        together.update(f"{name}\0{each}\0".encode(errors="surrogateescape"))
        mtime, ctime = max(mtime, state.st_mtime_ns), max(ctime, state.st_ctime_ns)
        size += state.st_size
    return Stamp(mtime, size, int.from_bytes(together.digest()[:8], "big"), ctime)
